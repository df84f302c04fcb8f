import { Flags } from '@oclif/core';
import { LabCommand } from '../../command.js';
import { runJobCancel } from '../../wiring/job.js';

export default class JobCancel extends LabCommand {
  static override summary = 'Stop the job with a savepoint, so that nothing is lost';
  static override description =
    'The next submit goes on from the savepoint. With --no-savepoint the job ends at once, and the next submit goes on from its last checkpoint.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --no-savepoint',
  ];
  static override flags = {
    savepoint: Flags.boolean({ summary: 'Take a savepoint first (default)', default: true, allowNo: true }),
  };

  async run(): Promise<unknown> {
    const { flags, config } = await this.setUp(JobCancel);
    const stopped = await runJobCancel(config, {
      savepoint: flags.savepoint,
      report: this.out.report,
      signal: this.interrupt,
    });
    if (!this.jsonEnabled()) this.out.data(stopped.savepoint ?? `${stopped.id} cancelled`);
    return stopped;
  }
}
