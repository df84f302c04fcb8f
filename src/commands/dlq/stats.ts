import { LabCommand } from '../../command.js';
import { parseFilter } from '../../domain/dlq/filter.js';
import type { LetterStats } from '../../domain/dlq/letter-tally.js';
import { letterFlags } from '../../letter-flags.js';
import { statsText } from '../../screens.js';
import { runLetterStats } from '../../wiring/letter-stats.js';

export default class Stats extends LabCommand {
  static override summary = 'Count the dead letters: why, of what type, when, and how many were replayed';
  static override description =
    'Reads the dead-letter topic and the journal of replays. Outstanding are those that were not replayed yet. A line of bars shows when the letters of a reason failed; each line is scaled by its highest bar. Letters that cannot be read are counted whatever the filters say of their contents.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --since 1h --outstanding',
    '<%= config.bin %> <%= command.id %> --event-type order_placed --json',
  ];
  static override flags = { ...letterFlags };

  async run(): Promise<LetterStats> {
    const { flags, config } = await this.setUp(Stats);
    const filter = parseFilter(flags, Date.now());
    const stats = await runLetterStats(config, { filter, report: this.out.report, signal: this.interrupt });
    this.out.stop();
    if (!this.jsonEnabled()) this.out.data(statsText(stats));
    return stats;
  }
}
