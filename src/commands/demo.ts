import { Flags } from '@oclif/core';
import { LabCommand } from '../command.js';
import { ledgerRows, ledgerVerdict } from '../domain/ledger/report.js';
import { parseProduceFlags } from '../domain/traffic/options.js';
import { summaryText } from '../domain/traffic/summary.js';
import { ExitCode } from '../errors.js';
import { table } from '../output.js';
import { endpointLines, howToGoOn, statsText, windowLine } from '../screens.js';
import { runDemo, type Demo } from '../wiring/demo.js';

export default class DemoCommand extends LabCommand {
  static override summary = 'Run the whole pipeline for a minute and prove its ledger';
  static override description =
    'Brings the lab up, sends traffic with late, duplicate and invalid events, shows the results of each window as they come, the dead letters, and whether the ledger balances. The lab stays up. Exit code 0 only if the ledger balances.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --duration 3m --rate 5k',
  ];
  static override flags = {
    duration: Flags.string({
      char: 'd',
      summary: 'How long to send traffic',
      default: '60s',
      helpValue: 'D',
    }),
    rate: Flags.string({ char: 'r', summary: 'Events per second', default: '1000', helpValue: 'N' }),
    seed: Flags.string({
      summary: 'Whole number that the traffic is drawn from (default: another one each time)',
      helpValue: 'N',
    }),
  };

  async run(): Promise<Demo> {
    const { flags, config } = await this.setUp(DemoCommand);
    const { duration, rate, seed } = flags;
    const traffic = parseProduceFlags({
      duration,
      rate,
      seed,
      late: '5%',
      'late-by': '10s..3m',
      duplicates: '2%',
      invalid: '1%',
    });
    const say = (text: string): void => {
      if (!this.jsonEnabled()) this.out.data(text);
    };
    let connections: string[] = [];
    const result = await runDemo(config, {
      traffic,
      stage: {
        upDone: (up) => {
          connections = endpointLines(up.connections);
          up.notices.forEach((notice) => {
            this.out.warn(notice);
          });
          say(`The lab is up. Traffic for ${duration}: 5% behind by 10s to 3m, 2% duplicates, 1% invalid.\n`);
        },
        window: (window) => {
          say(windowLine(window));
        },
        produced: (summary) => {
          say(`\n${summaryText(summary)}\n`);
        },
        deadLetters: (stats) => {
          say(`\n${statsText(stats)}`);
        },
      },
      report: this.out.report,
      signal: this.interrupt,
    });
    this.out.stop();
    say(`\n${table(['LEDGER', 'RECORDS', ''], ledgerRows(result.verify), [1])}`);
    say(ledgerVerdict(result.verify));
    say(`\n${connections.join('\n')}\n\n${howToGoOn}`);
    if (!result.verify.ok) process.exitCode = ExitCode.checkFailed;
    return result;
  }
}
