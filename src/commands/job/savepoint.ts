import { LabCommand } from '../../command.js';
import { runJobSavepoint } from '../../wiring/job.js';

export default class JobSavepoint extends LabCommand {
  static override summary = 'Take a savepoint of the running job, which runs on';
  static override description = 'Prints the path, which job submit --from takes.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override flags = {};

  async run(): Promise<unknown> {
    const { config } = await this.setUp(JobSavepoint);
    const taken = await runJobSavepoint(config, { report: this.out.report, signal: this.interrupt });
    if (!this.jsonEnabled()) this.out.data(taken.savepoint);
    return taken;
  }
}
