import { Flags } from '@oclif/core';
import { LabCommand } from '../command.js';
import { parseDurationMs } from '../domain/duration.js';
import { topJson, type TopJson } from '../domain/pipeline/top-json.js';
import type { PipelineView } from '../domain/pipeline/view.js';
import { StreamlabError } from '../errors.js';
import { lookAtLab, overviewOf, runTop } from '../wiring/top.js';

export default class Top extends LabCommand {
  static override summary = 'Watch the lab live: rates, lag, backpressure, watermark, dead letters';
  static override description =
    'One screen that says why it is slow, why it is late and what was lost. Keys: 1 to 6 for the views, ? for help, q to quit. With --once or --json it looks for some five seconds and ends; the exit code is 0 also where something is the matter.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --interval 1s',
    '<%= config.bin %> <%= command.id %> --once',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override flags = {
    once: Flags.boolean({ summary: 'Print the overview as text and end', default: false }),
    interval: Flags.string({
      summary:
        'How often the screen is drawn, 200ms to 1m, and with it the lab looked at, though never less often than every 2.5s (Flink and ClickHouse: 5s)',
      default: '2s',
      helpValue: 'D',
    }),
  };

  async run(): Promise<TopJson | undefined> {
    const { flags, config } = await this.setUp(Top);
    const intervalMs = intervalOf(flags.interval);
    if (this.jsonEnabled()) return topJson(await lookAtLab(config, this.interrupt));
    if (flags.once) {
      this.out.data(await overviewOf(await this.look(() => lookAtLab(config, this.interrupt))));
      return undefined;
    }
    if (!process.stdout.isTTY || !process.stdin.isTTY || process.env.TERM === 'dumb') throw noTerminal();
    await runTop(config, { intervalMs, signal: this.interrupt });
    return undefined;
  }

  private async look(look: () => Promise<PipelineView>): Promise<PipelineView> {
    const step = { type: 'step', id: 'look', title: 'Looking at the lab' } as const;
    this.out.report({ ...step, state: 'running' });
    const view = await look();
    this.out.report({ ...step, state: 'done' });
    return view;
  }
}

const shortestMs = 200;
const longestMs = 60_000;

function intervalOf(text: string): number {
  const ms = parseDurationMs(text);
  if (ms !== undefined && ms >= shortestMs && ms <= longestMs) return ms;
  throw new StreamlabError('INVALID_USAGE', `--interval ${text}: not a duration from 200ms to 1m.`, {
    suggestions: ['Write a number with a unit, such as 500ms, 2s or 1m.'],
  });
}

function noTerminal(): StreamlabError {
  return new StreamlabError('INVALID_USAGE', 'top needs a terminal, and this is none.', {
    suggestions: ['As text: streamlab top --once', 'For scripts: streamlab top --json'],
  });
}
