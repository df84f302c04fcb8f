import { LabCommand } from '../../command.js';
import { ExitCode } from '../../errors.js';
import { jobLines } from '../../screens.js';
import { runJobStatus } from '../../wiring/job.js';

export default class JobStatusCommand extends LabCommand {
  static override summary = 'Show the job, its checkpoints and why it last failed';
  static override description = 'Exit code 0 if the job runs, 3 if not.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override flags = {};

  async run(): Promise<unknown> {
    const { config } = await this.setUp(JobStatusCommand);
    const job = await runJobStatus(config, this.interrupt);
    if (!this.jsonEnabled())
      this.out.data(job === undefined ? 'No job was submitted.' : jobLines(job).join('\n'));
    if (job?.state !== 'RUNNING') process.exitCode = ExitCode.unreachable;
    return job ?? null;
  }
}
