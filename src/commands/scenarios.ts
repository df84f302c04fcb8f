import { Args } from '@oclif/core';
import { LabCommand } from '../command.js';
import { formatDuration } from '../domain/duration.js';
import { lengthOf } from '../domain/traffic/plan-length.js';
import type { Scenario } from '../domain/traffic/scenario.js';
import { lengthText, phaseWords, rateSpanText } from '../domain/traffic/words.js';
import { table } from '../output.js';
import { loadScenario, loadScenarios } from '../wiring/scenarios.js';

/** What `--json` prints of a scenario. Without an end, `durationSeconds` is null. */
interface ScenarioView {
  name: string;
  description: string;
  durationSeconds: number | null;
  rate: string;
  phases: { name: string; durationSeconds: number | null; traffic: string[] }[];
}

export default class Scenarios extends LabCommand {
  static override summary = 'List the scenarios of traffic, or show what one of them does';
  static override description =
    'A scenario is a script of phases for produce --scenario, one YAML file each. With a name or a file, its phases are shown in words; a file of your own is checked that way, too.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> flash-sale',
    '<%= config.bin %> <%= command.id %> ./mine.yaml',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override args = {
    scenario: Args.string({ description: 'Name of a scenario, or a YAML file', required: false }),
  };
  static override flags = {};

  async run(): Promise<ScenarioView | { scenarios: ScenarioView[] }> {
    const { args } = await this.setUp(Scenarios);
    if (args.scenario !== undefined) {
      const scenario = await loadScenario(args.scenario);
      if (!this.jsonEnabled()) this.out.data(scenarioText(scenario));
      return viewOf(scenario);
    }
    const scenarios = await loadScenarios();
    if (!this.jsonEnabled()) {
      this.out.data(scenarioTable(scenarios));
      this.out.data('\nRun one: streamlab produce --scenario NAME. Look into one: streamlab scenarios NAME.');
    }
    return { scenarios: scenarios.map(viewOf) };
  }
}

function viewOf({ name, description, plan }: Scenario): ScenarioView {
  return {
    name,
    description,
    durationSeconds: secondsOf(lengthOf(plan)),
    rate: rateSpanText(plan),
    phases: plan.phases.map((phase) => ({
      name: phase.name,
      durationSeconds: secondsOf(phase.durationMs),
      traffic: phaseWords(phase),
    })),
  };
}

function secondsOf(ms: number | undefined): number | null {
  return ms === undefined ? null : ms / 1_000;
}

function scenarioTable(scenarios: readonly Scenario[]): string {
  const rows = scenarios.map(({ name, description, plan }) => [
    name,
    lengthText(plan),
    rateSpanText(plan),
    description,
  ]);
  return table(['NAME', 'LENGTH', 'RATE', 'WHAT HAPPENS'], rows, [1]);
}

function scenarioText({ name, description, plan }: Scenario): string {
  const rows = plan.phases.map((phase) => [
    phase.name,
    phase.durationMs === undefined ? 'no end' : formatDuration(phase.durationMs),
    phaseWords(phase).join('\n'),
  ]);
  return `${name}: ${description}\n\n${table(['PHASE', 'LENGTH', 'TRAFFIC'], rows, [1])}`;
}
