import { Args, Flags } from '@oclif/core';
import { LabCommand } from '../../command.js';
import { parseFilter } from '../../domain/dlq/filter.js';
import type { PastReplay } from '../../domain/dlq/past-replays.js';
import { replaysText } from '../../screens.js';
import { runPastReplays } from '../../wiring/past-replays.js';

interface ReplaysJson {
  /** Oldest first. */
  replays: PastReplay[];
}

export default class Replays extends LabCommand {
  static override summary = 'List past replays of dead letters and what became of them';
  static override description =
    'Of what a replay sent, some is counted in windows, some came back as dead letters for it was still invalid, and what is unseen is on its way, or was dropped since its event was counted already. A replay that was killed had sent what the list says, and nothing of it twice: the journal is written in the transactions that send. Exit code 1 when there is no replay of that id.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --since 1h --json',
    '<%= config.bin %> <%= command.id %> r-20260131T120000Z-1f2e',
  ];
  static override args = {
    replay: Args.string({ description: 'The id of a replay or a part of it, to see all about it' }),
  };
  static override flags = {
    since: Flags.string({
      summary: 'Started since then: a time, or a duration such as 1h for that long ago',
      helpValue: 'T',
    }),
    limit: Flags.integer({ summary: 'The newest of them', helpValue: 'N', default: 20, min: 1 }),
  };

  async run(): Promise<ReplaysJson> {
    const { flags, args, config } = await this.setUp(Replays);
    const { sinceMs } = parseFilter({ since: flags.since }, Date.now());
    const choice = { id: args.replay, sinceMs, limit: flags.limit };
    const tools = { report: this.out.report, signal: this.interrupt };
    const replays = await runPastReplays(config, { ...choice, ...tools });
    this.out.stop();
    if (!this.jsonEnabled()) this.out.data(replaysText(replays, args.replay !== undefined));
    return { replays };
  }
}
