import { LabCommand } from '../../command.js';
import { deadLetterTable } from '../../screens.js';
import type { DlqStats } from '../../services/dlq-stats.js';
import { runDlqStats } from '../../wiring/verify.js';

export default class Stats extends LabCommand {
  static override summary = 'Count the dead letters: how many, why, and how many were replayed';
  static override description =
    'Reads the dead-letter topic and the journal of replays. Outstanding are those that were not replayed yet.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override flags = {};

  async run(): Promise<DlqStats> {
    const { config } = await this.setUp(Stats);
    const stats = await runDlqStats(config, this.interrupt);
    if (!this.jsonEnabled()) this.out.data(deadLetterTable(stats));
    return stats;
  }
}
