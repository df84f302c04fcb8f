import { Flags } from '@oclif/core';
import { LabCommand } from '../command.js';
import { runConsole, type ConsoleResult } from '../wiring/console.js';

export default class Console extends LabCommand {
  static override summary = "Serve the lab's console and measure the lab, until Ctrl-C";
  static override description =
    'What up starts in the background, in the foreground: a page on 127.0.0.1, and a row of measurements of the pipeline in ClickHouse every 5 s, which the dashboards show. While the background console runs, measuring is left to it.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --console-port 4100',
  ];
  static override flags = {
    'console-port': Flags.string({
      aliases: ['port'],
      summary: 'Port of the page (default 4000, moved when taken)',
      helpValue: 'PORT',
    }),
  };

  async run(): Promise<ConsoleResult> {
    const { config } = await this.setUp(Console);
    return runConsole(config, {
      onListening: (url) => {
        if (!this.jsonEnabled()) this.out.data(url);
        else this.out.message(url);
      },
      say: (sentence) => {
        this.out.message(sentence);
      },
      signal: this.interrupt,
    });
  }
}
