import { Flags } from '@oclif/core';
import { LabCommand, pipelineFlags } from '../../command.js';
import { runJobSubmit } from '../../wiring/job.js';

export default class JobSubmit extends LabCommand {
  static override summary = 'Submit the Flink SQL job in flink-sql/';
  static override description =
    'Goes on from the newest checkpoint or savepoint of the lab. Refused while the job runs: stop it first with job cancel.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --allowed-lateness 5m',
    '<%= config.bin %> <%= command.id %> --from /backups/savepoint-1f3a',
  ];
  static override flags = {
    ...pipelineFlags,
    from: Flags.string({
      summary: 'A checkpoint or savepoint to go on from, instead of the newest',
      helpValue: 'PATH',
    }),
  };

  async run(): Promise<unknown> {
    const { flags, config } = await this.setUp(JobSubmit);
    const job = await runJobSubmit(config, {
      from: flags.from,
      report: this.out.report,
      signal: this.interrupt,
    });
    const origin =
      job.restoredFrom === undefined ? 'from the beginning of the raw topic' : `from ${job.restoredFrom}`;
    if (!this.jsonEnabled()) this.out.data(`${job.name} ${job.state} (${job.id}), ${origin}`);
    return { id: job.id, name: job.name, state: job.state, restoredFrom: job.restoredFrom ?? null };
  }
}
