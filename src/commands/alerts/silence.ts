import { Args, Flags } from '@oclif/core';
import { rulesFlag } from '../../alert-flags.js';
import { LabCommand } from '../../command.js';
import { refuseUnknownRule } from '../../domain/alerts/rule-names.js';
import {
  parseSilence,
  silenceColumns,
  silenceRow,
  silenceSentence,
  type SilenceFlags,
} from '../../domain/alerts/silence-request.js';
import type { Silence } from '../../domain/alerts/silences.js';
import type { Config } from '../../domain/config.js';
import { printable } from '../../domain/printable.js';
import { StreamlabError } from '../../errors.js';
import { table } from '../../output.js';
import { loadAlertFile } from '../../wiring/alert-rules.js';
import { silencesOf } from '../../wiring/alert-silences.js';

/** What `--json` prints: of a new silence, of those that were ended, or of all there are. */
type SilenceJson =
  | { silence: Silence; replaced: Silence | null }
  | { ended: readonly Silence[] }
  | { silences: readonly Silence[] };

export default class AlertsSilence extends LabCommand {
  static override summary = 'Keep the alerts of a rule from being sent for a while';
  static override description =
    'Alerts are judged and written to the topic as ever, but nobody is told. What still fires when the silence is over is told then. With --label only alerts that have it; a rule given as * stands for all. A second silence for the same rule and labels takes the place of the first. It is kept with the lab, so the dispatcher may be started before or after. No lab need run.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> dead-letter-spike --for 1h --comment "release of the shop"',
    '<%= config.bin %> <%= command.id %> event-type-refused --for 30m --label event_type=order_placed',
    '<%= config.bin %> <%= command.id %> "*" --for 10m',
    '<%= config.bin %> <%= command.id %> dead-letter-spike --end',
    '<%= config.bin %> <%= command.id %> --list --json',
  ];
  static override args = {
    rule: Args.string({ description: 'Name of a rule, or * for all of them' }),
  };
  static override flags = {
    ...rulesFlag,
    for: Flags.string({
      summary: 'For so long from now, such as 30m or 1h',
      helpValue: 'D',
      exclusive: ['list', 'end'],
    }),
    label: Flags.string({
      summary: 'Only alerts with this label; may be given several times, and all must hold',
      helpValue: 'NAME=VALUE',
      multiple: true,
      multipleNonGreedy: true,
      default: [],
      exclusive: ['list', 'end'],
    }),
    comment: Flags.string({
      summary: 'Why, for those who look at the list',
      helpValue: 'TEXT',
      exclusive: ['list', 'end'],
    }),
    end: Flags.boolean({ summary: 'End the silences of the rule', default: false, exclusive: ['list'] }),
    list: Flags.boolean({ summary: 'List those that are not over', default: false }),
    force: Flags.boolean({ summary: 'Also for a rule that is not in the file of rules', default: false }),
  };

  async run(): Promise<SilenceJson> {
    const { flags, args, config } = await this.setUp(AlertsSilence);
    const { rule } = args;
    if (flags.list) return this.list(config, rule);
    if (rule === undefined || rule === '') throw noRule();
    if (flags.end) return this.end(config, rule);
    if (!flags.force) refuseUnknownRule(await loadAlertFile(config, flags.rules), rule);
    return this.silence(config, rule, flags);
  }

  private async silence(config: Config, rule: string, flags: SilenceFlags): Promise<SilenceJson> {
    const nowMs = Date.now();
    const silence = parseSilence(rule, flags, nowMs);
    const replaced = await (await silencesOf(config)).add(silence, nowMs);
    if (!this.jsonEnabled()) {
      this.out.data(silenceSentence(silence));
      if (replaced !== undefined) this.out.message('It takes the place of the silence that there was.');
    }
    return { silence, replaced: replaced ?? null };
  }

  private async end(config: Config, rule: string): Promise<SilenceJson> {
    const ended = await (await silencesOf(config)).end(rule, Date.now());
    if (ended.length === 0)
      throw new StreamlabError('NOT_FOUND', `There is no silence for ${printable(rule)}.`, {
        suggestions: ['Those that there are: streamlab alerts silence --list'],
      });
    if (!this.jsonEnabled())
      this.out.data(
        `Ended: ${ended.length} ${ended.length === 1 ? 'silence' : 'silences'} for ${printable(rule)}.`,
      );
    return { ended };
  }

  private async list(config: Config, rule: string | undefined): Promise<SilenceJson> {
    if (rule !== undefined)
      throw new StreamlabError('INVALID_USAGE', '--list takes no rule: it lists all silences.');
    const nowMs = Date.now();
    const silences = await (await silencesOf(config)).read(nowMs);
    if (!this.jsonEnabled()) {
      const rows = silences.map((silence) => silenceRow(silence, nowMs));
      if (rows.length === 0) this.out.message('Nothing is silenced.');
      else this.out.data(table(silenceColumns, rows));
    }
    return { silences };
  }
}

function noRule(): StreamlabError {
  return new StreamlabError('INVALID_USAGE', 'No rule is named.', {
    suggestions: [
      'streamlab alerts silence RULE --for 1h',
      'Those that there are: streamlab alerts silence --list',
    ],
  });
}
