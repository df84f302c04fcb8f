import { Flags } from '@oclif/core';
import { rulesFlag } from '../../alert-flags.js';
import { LabCommand } from '../../command.js';
import type { AlertsReplay } from '../../domain/alerts/firings.js';
import { parseAlertSpan } from '../../domain/alerts/alert-span.js';
import { firingColumns, firingRows, replayLines } from '../../domain/alerts/replay-view.js';
import { StreamlabError } from '../../errors.js';
import { table } from '../../output.js';
import { runAlertsReplay } from '../../wiring/alerts-replay.js';

export default class AlertsReplayCommand extends LabCommand {
  static override summary = 'Show what a file of rules would have fired, on what is recorded';
  static override description =
    'Judges the minutes of a span by the rules as they are now, from the aggregates and the dead letters on the topics, and compares with what the dispatcher fired then: what is as it was, what is new, and what is gone. It only ever shows: nothing is sent and nothing is written, which is why it asks for --dry-run. Times are those of the events. Rules on the lab itself, such as consumer lag, are not judged, since no topic records what they look at.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --since 6h --dry-run',
    '<%= config.bin %> <%= command.id %> --since 6h --rules ./alert-rules.yaml --dry-run',
    '<%= config.bin %> <%= command.id %> --since 2026-11-28T12:00 --until 2026-11-28T15:00 --dry-run --json',
  ];
  static override flags = {
    ...rulesFlag,
    since: Flags.string({
      summary: 'Minutes that closed since then: a time, or a duration such as 6h for that long ago',
      helpValue: 'T',
      required: true,
    }),
    until: Flags.string({ summary: 'Minutes before then: a time, or a duration ago', helpValue: 'T' }),
    'dry-run': Flags.boolean({ summary: 'Only show: a replay does nothing else', default: false }),
  };

  async run(): Promise<AlertsReplay> {
    const { flags, config } = await this.setUp(AlertsReplayCommand);
    if (!flags['dry-run']) throw notDry();
    const result = await runAlertsReplay(config, {
      ...parseAlertSpan(flags, Date.now()),
      ...{ rules: flags.rules, report: this.out.report, signal: this.interrupt },
    });
    if (!this.jsonEnabled()) {
      const rows = firingRows(result);
      if (rows.length > 0) this.out.data(`${table(firingColumns, rows)}\n`);
      this.out.data(replayLines(result).join('\n'));
    }
    return result;
  }
}

function notDry(): StreamlabError {
  return new StreamlabError(
    'INVALID_USAGE',
    'A replay of alerts only ever shows what would have fired: it sends nothing and writes nothing.',
    { suggestions: ['Say that this is what you want: add --dry-run.'] },
  );
}
