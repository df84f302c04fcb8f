import { Flags } from '@oclif/core';
import { LabCommand } from '../command.js';
import { runDown } from '../wiring/lab.js';

export default class Down extends LabCommand {
  static override summary = 'Stop the lab; with --volumes delete its data too';
  static override description =
    'The job is stopped with a savepoint, so that the next up goes on where this one ended. Without --volumes nothing is deleted. On the attach runtime the services run on, and --volumes removes only what the lab created.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --volumes --yes',
  ];
  static override flags = {
    volumes: Flags.boolean({
      char: 'v',
      summary: 'Delete topics, tables, checkpoints and logs of this lab as well',
      default: false,
    }),
    yes: Flags.boolean({ char: 'y', summary: 'Do not ask', default: false }),
  };

  async run(): Promise<unknown> {
    const { flags, config } = await this.setUp(Down);
    return runDown(config, {
      volumes: flags.volumes,
      confirm: (question) => this.confirm(question, flags.yes),
      report: this.out.report,
      signal: this.interrupt,
    });
  }
}
