import { Flags } from '@oclif/core';
import { addressFlags, readGivenAddress, rulesFlag } from '../../alert-flags.js';
import { LabCommand } from '../../command.js';
import { printable } from '../../domain/printable.js';
import { ExitCode } from '../../errors.js';
import type { ChannelOutcome } from '../../services/alert-test.js';
import { runAlertTest, type AlertTestResult } from '../../wiring/alert-test.js';

export default class AlertsTest extends LabCommand {
  static override summary = 'Send a sample alert, to see whether it arrives and how it looks';
  static override description =
    'Goes to the channels that are set up, by the routes of the file of rules; with --channel to those, whatever the routes. With --rule the sample has the severity, the labels and the message of that rule, and made-up figures; it always says that it is a test. It is sent at once and once: what does not arrive is not kept. Exit code 1 if a channel did not take it. No lab is needed.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --rule revenue-drop --channel discord --channel console',
    '<%= config.bin %> <%= command.id %> --discord-url-stdin < webhook-address',
    '<%= config.bin %> <%= command.id %> --rules ./alert-rules.yaml --json',
  ];
  static override flags = {
    ...rulesFlag,
    ...addressFlags,
    rule: Flags.string({ summary: 'As an alert of this rule would look, and be routed', helpValue: 'RULE' }),
    channel: Flags.string({
      summary: 'To this channel: discord, slack, webhook or console; may be given several times',
      helpValue: 'C',
      multiple: true,
      multipleNonGreedy: true,
      default: [],
    }),
  };

  async run(): Promise<AlertTestResult> {
    const { flags, config } = await this.setUp(AlertsTest);
    const { rule, rules, channel: channels } = flags;
    const result = await runAlertTest(config, {
      ...{ rule, rules, channels, given: await readGivenAddress(flags, this.interrupt) },
      ...{ report: this.out.report, signal: this.interrupt },
      write: (line) => {
        if (this.jsonEnabled()) this.out.message(line);
        else this.out.data(line);
      },
    });
    if (!this.jsonEnabled()) this.show(result);
    if (result.results.some(({ delivered }) => !delivered)) process.exitCode = ExitCode.checkFailed;
    return result;
  }

  private show({ results, untested }: AlertTestResult): void {
    for (const outcome of results) this.out.data(printable(outcomeLine(outcome)));
    if (untested.length > 0)
      this.out.message(`Set up, but not asked, since no route or flag names it: ${untested.join(', ')}`);
    if (results.every(({ channel }) => channel === 'console') && untested.length === 0)
      this.out.message(
        'Only the console is set up: docs/notifications.md tells how to add Discord, Slack, …',
      );
  }
}

function outcomeLine({ channel, delivered, reason, next }: ChannelOutcome): string {
  return delivered ? `${channel}: delivered` : `${channel}: not delivered: ${reason ?? ''}. ${next ?? ''}`;
}
