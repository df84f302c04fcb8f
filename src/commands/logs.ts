import { Args, Flags } from '@oclif/core';
import { LabCommand } from '../command.js';
import { runLogs } from '../wiring/lab.js';

export default class Logs extends LabCommand {
  static override summary = 'Show the log of one service, or of all';
  static override description =
    'Ctrl-C ends -f. The log of the run before is kept beside it as <service>.log.1.';
  static override enableJsonFlag = false;
  static override examples = [
    '<%= config.bin %> <%= command.id %> kafka',
    '<%= config.bin %> <%= command.id %> -f',
  ];
  static override args = {
    service: Args.string({ description: 'Name of the service as in status; all when left out' }),
  };
  static override flags = {
    follow: Flags.boolean({ char: 'f', summary: 'Go on with new lines as they come', default: false }),
    lines: Flags.integer({
      char: 'n',
      summary: 'How many lines from the end',
      default: 50,
      min: 0,
      helpValue: 'N',
    }),
  };

  async run(): Promise<void> {
    const { flags, args, config } = await this.setUp(Logs);
    await runLogs(config, {
      service: args.service,
      follow: flags.follow,
      lines: flags.lines,
      write: (line) => process.stdout.write(`${line}\n`),
      signal: this.interrupt,
    });
  }
}
