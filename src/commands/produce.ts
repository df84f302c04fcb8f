import { Flags } from '@oclif/core';
import { LabCommand } from '../command.js';
import { parseProduceFlags } from '../domain/traffic/options.js';
import { summaryText, type ProduceSummary } from '../domain/traffic/summary.js';
import { ExitCode } from '../errors.js';
import { openLab } from '../wiring/lab.js';
import { wireProduce } from '../wiring/produce.js';

export default class Produce extends LabCommand {
  static override summary = 'Put controlled traffic through the lab';
  static override description =
    'Sends events of a small shop to the raw topic, at an even rate whatever the broker does, with the late events, duplicates and invalid records that were asked for. Each is counted as what it is meant to be; a late event, for instance, as one whose window has closed when the watermark stands at the highest event time sent so far minus the watermark delay. Ctrl-C ends the run and prints its summary. The same --seed gives the same traffic again; ids also depend on the start of the run, so that two runs never collide.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --duration 1m',
    '<%= config.bin %> <%= command.id %> --rate 5k --late 3% --duplicates 1% --invalid 0.5% --duration 2m',
    '<%= config.bin %> <%= command.id %> --late 10% --late-by 10s..5m --count 100k --json',
    '<%= config.bin %> <%= command.id %> --rate 0 --count 1m --seed 42',
  ];
  static override flags = {
    rate: Flags.string({
      char: 'r',
      summary: 'Records per second, such as 200, 5k or 0 for as fast as possible (default 1000)',
      helpValue: 'N',
    }),
    late: Flags.string({
      summary: 'Share of records with an event time in the past (default 0%)',
      helpValue: 'P%',
    }),
    'late-by': Flags.string({
      summary:
        'How far in the past those lie, such as 10s..90s (default: in windows that are closed and still take late events)',
      helpValue: 'MIN..MAX',
    }),
    duplicates: Flags.string({
      summary: 'Share of records that repeat one of the last 200, byte for byte (default 0%)',
      helpValue: 'P%',
    }),
    invalid: Flags.string({
      summary: 'Share of records that are invalid, for every reason there is (default 0%)',
      helpValue: 'P%',
    }),
    duration: Flags.string({
      char: 'd',
      summary: 'How long to send, such as 30s or 5m (default: until Ctrl-C)',
      helpValue: 'D',
      exclusive: ['count'],
    }),
    count: Flags.string({
      char: 'n',
      summary: 'How many records to send, such as 500 or 10k (default: until Ctrl-C)',
      helpValue: 'N',
    }),
    seed: Flags.string({
      summary: 'Whole number that the traffic is drawn from (default: another one each time)',
      helpValue: 'N',
    }),
  };

  async run(): Promise<ProduceSummary> {
    const { flags, config } = await this.setUp(Produce);
    const options = parseProduceFlags(flags);
    const lab = await openLab(config);
    const produce = await wireProduce(lab.config, lab.connections);
    const summary = await produce(options, { report: this.out.report, signal: this.interrupt });
    this.out.stop();
    if (!this.jsonEnabled()) this.out.data(summaryText(summary));
    if (summary.error !== undefined && !this.jsonEnabled()) this.out.warn(summary.error.message);
    if (summary.acknowledged !== summary.sent) process.exitCode = ExitCode.unreachable;
    else if (summary.interrupted) process.exitCode = ExitCode.interrupted;
    return summary;
  }
}
