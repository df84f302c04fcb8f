import { LabCommand } from '../command.js';
import { ExitCode } from '../errors.js';
import { statusTable } from '../screens.js';
import { runStatus } from '../wiring/lab.js';

export default class Status extends LabCommand {
  static override summary = 'Show the services of the lab, where they are reached, and the job';
  static override description = 'Exit code 0 if everything answers and the job runs, 3 if not.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override flags = {};

  async run(): Promise<unknown> {
    const { config } = await this.setUp(Status);
    const status = await runStatus(config);
    if (!this.jsonEnabled()) this.out.data(statusTable(status));
    if (!status.healthy) process.exitCode = ExitCode.unreachable;
    return status;
  }
}
