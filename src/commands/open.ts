import { Args, Flags } from '@oclif/core';
import { LabCommand } from '../command.js';
import { pageNames, type PageName } from '../domain/pages.js';
import { runOpen } from '../wiring/open.js';

export default class Open extends LabCommand {
  static override summary = "Open a page of the lab: Grafana, Flink's web interface, Kafka UI or the console";
  static override description =
    'Prints the address, and opens it in the browser when run from a terminal. Grafana and Kafka UI come with the docker runtime.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> grafana',
    '<%= config.bin %> <%= command.id %> flink --print',
  ];
  static override args = {
    page: Args.string({ description: pageNames.join(', '), required: true, options: [...pageNames] }),
  };
  static override flags = {
    print: Flags.boolean({ summary: 'Only print the address', default: false }),
  };

  async run(): Promise<unknown> {
    const { flags, args, config } = await this.setUp(Open);
    const result = await runOpen(config, {
      page: args.page as PageName,
      browse: !flags.print && !this.jsonEnabled() && process.stdout.isTTY,
    });
    if (!this.jsonEnabled()) this.out.data(result.url);
    return result;
  }
}
