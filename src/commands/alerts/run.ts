import { Flags } from '@oclif/core';
import { addressFlags, readGivenAddress, rulesFlag } from '../../alert-flags.js';
import { LabCommand } from '../../command.js';
import { parseAlertSpan } from '../../domain/alerts/alert-span.js';
import { ExitCode } from '../../errors.js';
import { runAlerts, type AlertsRunResult } from '../../wiring/alerts-run.js';

export default class AlertsRun extends LabCommand {
  static override summary = 'Judge the lab by rules and tell people, until Ctrl-C';
  static override description =
    'Reads the aggregates, the dead letters and the topic of alerts, looks at Kafka and Flink, and sends what fires and resolves to the channels that are set up: Discord, Slack, a webhook, and the terminal. It goes on where it stopped; an alert has the same id whenever it is found again, and is shown once. What fired before the first start is not told, unless --since asks for it. On stdout is what people are told, on stderr everything else.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --rules ./alert-rules.yaml',
    'STREAMLAB_DISCORD_WEBHOOK_URL_FILE=~/.discord <%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --since 1h',
  ];
  static override flags = {
    ...rulesFlag,
    ...addressFlags,
    since: Flags.string({
      summary: 'At the first start, tell also what fired so long ago',
      helpValue: 'D',
    }),
  };

  async run(): Promise<AlertsRunResult> {
    const { flags, config } = await this.setUp(AlertsRun);
    const result = await runAlerts(config, {
      rules: flags.rules,
      sinceMs: flags.since === undefined ? undefined : agoOf(flags.since),
      given: await readGivenAddress(flags, this.interrupt),
      write: (line) => {
        if (this.jsonEnabled()) this.out.message(line);
        else this.out.data(line);
      },
      say: (line) => {
        if (this.out.mode !== 'quiet') this.out.message(line);
      },
      signal: this.untilNobodyReads(),
    });
    if (this.interrupt.aborted) process.exitCode = ExitCode.interrupted;
    return result;
  }

  /** Aborted by Ctrl-C, and when whoever read stdout has gone: what is told there would be lost unnoticed. */
  private untilNobodyReads(): AbortSignal {
    const end = new AbortController();
    this.interrupt.addEventListener('abort', () => {
      end.abort(this.interrupt.reason);
    });
    process.stdout.on('error', () => {
      end.abort();
    });
    return end.signal;
  }
}

/** How long before now that is, milliseconds. */
function agoOf(since: string): number {
  const nowMs = Date.now();
  return nowMs - parseAlertSpan({ since }, nowMs).sinceMs;
}
