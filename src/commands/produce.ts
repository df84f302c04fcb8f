import { Flags, type Interfaces } from '@oclif/core';
import { LabCommand } from '../command.js';
import type { Config } from '../domain/config.js';
import { allOptions, switches, type OptionName } from '../domain/traffic/option-table.js';
import { parseProduceFlags, type ProduceFlags, type ProduceOptions } from '../domain/traffic/options.js';
import { joinBurstWords } from '../domain/traffic/rate-notation.js';
import { fileSummaryText, summaryText, type ProduceSummary } from '../domain/traffic/summary.js';
import { phaseWords } from '../domain/traffic/words.js';
import { ExitCode, exitCodeOf, StreamlabError } from '../errors.js';
import { runDryRun, runProduce, type DryRun } from '../wiring/produce.js';
import { loadScenario } from '../wiring/scenarios.js';

export default class Produce extends LabCommand {
  static override summary = 'Put controlled traffic through the lab';
  static override description =
    'Sends events of a small shop to the raw topic, on a schedule that does not wait for the broker, with whatever was asked for mixed in: late events, duplicates, invalid records, broken schemas, hot keys, silent partitions. Each record is counted as what it is meant to be; a late event, for instance, as one whose window has closed when the watermark stands at the highest event time sent so far minus the watermark delay. Ctrl-C ends the run and prints its summary. The same --seed gives the same traffic again; ids also depend on the start of the run, so that two runs never collide. Shares are of all records, and late, too late, future, duplicates and invalid are 100% in sum at most. With --scenario, other flags change every one of its phases.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --duration 1m',
    '<%= config.bin %> <%= command.id %> --rate 5k --late 3% --duplicates 1% --invalid 0.5% --duration 2m',
    '<%= config.bin %> <%= command.id %> --rate 1k..20k --over 5m --arrivals poisson',
    '<%= config.bin %> <%= command.id %> --rate 500 --burst 10x/30s every 5m',
    '<%= config.bin %> <%= command.id %> --late 10% --late-by lognormal:30s,1.2 --count 100k --json',
    '<%= config.bin %> <%= command.id %> --break rename:amount=total@5% --break add:coupon@10%',
    '<%= config.bin %> <%= command.id %> --scenario flash-sale --seed 42',
    '<%= config.bin %> <%= command.id %> --backfill 2h --count 1m --workers 2',
    '<%= config.bin %> <%= command.id %> --late 20% --dry-run',
    '<%= config.bin %> <%= command.id %> --count 10k --to events.ndjson',
    '<%= config.bin %> <%= command.id %> --from events.ndjson --retime --rate 200',
  ];
  static override flags: Interfaces.FlagInput = { ...optionFlags(), ...switchFlags() };

  async run(): Promise<ProduceSummary | DryRun> {
    this.argv = joinBurstWords(this.argv);
    const { flags, config } = await this.setUp(Produce);
    const options = await this.optionsOf(flags as ProduceFlags);
    return options.dryRun ? this.dryRun(config, options) : this.produce(config, options);
  }

  private async produce(config: Config, options: ProduceOptions): Promise<ProduceSummary> {
    const summary = await runProduce(config, options, { report: this.out.report, signal: this.interrupt });
    this.out.stop();
    const { to } = options;
    // Whoever read it has enough.
    if (to === '-' && summary.error?.code === 'INTERRUPTED') return summary;
    const text = to === undefined ? summaryText(summary) : fileSummaryText(summary, to);
    if (!this.jsonEnabled()) this.show(text, to !== '-');
    if (summary.error !== undefined && !this.jsonEnabled()) this.out.warn(summary.error.message);
    if (summary.error !== undefined) process.exitCode = exitCodeOf(summary.error.code);
    else if (summary.acknowledged !== summary.sent) process.exitCode = ExitCode.unreachable;
    else if (summary.interrupted) process.exitCode = ExitCode.interrupted;
    return summary;
  }

  private async dryRun(config: Config, options: ProduceOptions): Promise<DryRun> {
    const sample = await runDryRun(config, options);
    if (this.jsonEnabled()) return sample;
    for (const phase of options.plan.phases)
      this.out.message(`${phase.name}: ${phaseWords(phase).join(', ')}`);
    for (const { value } of sample.events) this.out.data(value);
    this.out.message(`Nothing was sent. The same events: --seed ${String(sample.seed)}`);
    return sample;
  }

  private async optionsOf(flags: ProduceFlags) {
    const scenario = typeof flags.scenario === 'string' ? await loadScenario(flags.scenario) : undefined;
    const options = parseProduceFlags(flags, scenario);
    if (options.to !== '-' || !this.jsonEnabled()) return options;
    throw new StreamlabError('INVALID_USAGE', '--to - and --json would both write to stdout.', {
      suggestions: ['Write the events into a file: --to events.ndjson --json'],
    });
  }

  private show(text: string, onStdout: boolean): void {
    if (onStdout) this.out.data(text);
    else this.out.message(text);
  }
}

/** A flag for every option, under the heading of its group. What a value means is read by the domain. */
function optionFlags(): Interfaces.FlagInput {
  return Object.fromEntries(
    (Object.keys(allOptions) as OptionName[]).map((name) => {
      const { summary, helpValue, group, char, isList } = allOptions[name];
      const shared = { summary, helpValue, helpGroup: group, ...(char === undefined ? {} : { char }) };
      return [name, isList === true ? Flags.string({ ...shared, multiple: true }) : Flags.string(shared)];
    }),
  );
}

function switchFlags(): Interfaces.FlagInput {
  return Object.fromEntries(
    Object.entries(switches).map(([name, { summary, group }]) => [
      name,
      Flags.boolean({ summary, helpGroup: group }),
    ]),
  );
}
