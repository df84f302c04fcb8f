import { StreamlabError } from '../../errors.js';
import { formatDuration, parseDurationMs } from '../duration.js';
import { dateAndTime } from '../instant.js';
import { printable } from '../printable.js';
import { quoted } from '../traffic/notation.js';
import type { Silence } from './silences.js';

/** What a silence hides for longer is forgotten: who means it switches the rule off. */
const MAX_SILENCE_MS = 30 * 86_400_000;
const longestComment = 200;

export interface SilenceFlags {
  for: string | undefined;
  label: readonly string[];
  comment: string | undefined;
}

/**
 * The silence that flags ask for, from now on.
 * @throws StreamlabError INVALID_USAGE naming the flag
 */
export function parseSilence(rule: string, flags: SilenceFlags, nowMs: number): Silence {
  const comment = flags.comment ?? '';
  if (comment.length > longestComment)
    throw new StreamlabError('INVALID_USAGE', `--comment: give ${longestComment} characters at most.`);
  return {
    rule,
    labels: labelsOf(flags.label),
    from: nowMs,
    until: nowMs + lengthOf(flags.for),
    comment,
  };
}

function lengthOf(given: string | undefined): number {
  const suggestions = ['For an hour: --for 1h', 'For good: enabled: false in the file of rules'];
  if (given === undefined)
    throw new StreamlabError('INVALID_USAGE', 'For how long is not said.', { suggestions });
  const ms = parseDurationMs(given);
  if (ms !== undefined && ms > 0 && ms <= MAX_SILENCE_MS) return ms;
  const why =
    ms === undefined
      ? 'give a duration with a unit'
      : ms === 0
        ? 'give a duration above 0'
        : 'give 30d at most';
  throw new StreamlabError('INVALID_USAGE', `--for ${quoted(given)}: ${why}.`, { suggestions });
}

function labelsOf(given: readonly string[]): Record<string, string> {
  const labels = new Map<string, string>();
  for (const text of given) {
    const at = text.indexOf('=');
    if (at <= 0)
      throw new StreamlabError('INVALID_USAGE', `--label ${quoted(text)}: give a name and a value.`, {
        suggestions: ['Such as: --label event_type=order_placed'],
      });
    const name = text.slice(0, at);
    if (labels.has(name))
      throw new StreamlabError(
        'INVALID_USAGE',
        `--label ${quoted(name)} is given twice, and no alert has both.`,
      );
    labels.set(name, text.slice(at + 1));
  }
  return Object.fromEntries(labels);
}

export const silenceColumns = ['RULE', 'LABELS', 'UNTIL (UTC)', 'STILL', 'COMMENT'];

export function silenceRow({ rule, labels, until, comment }: Silence, nowMs: number): string[] {
  return [
    rule === '*' ? '* (every rule)' : printable(rule),
    printable(labelText(labels)),
    untilText(until),
    formatDuration(Math.max(0, until - nowMs)),
    printable(comment),
  ];
}

/** `Silent until 2026-11-29 13:00:00 UTC: dead-letter-spike (team=shop).` */
export function silenceSentence({ rule, labels, until }: Silence): string {
  const of = Object.keys(labels).length === 0 ? '' : ` (${labelText(labels)})`;
  const what = rule === '*' ? 'every rule' : rule;
  return printable(`Silent until ${untilText(until)} UTC: ${what}${of}.`);
}

function labelText(labels: Silence['labels']): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

function untilText(until: number): string {
  return dateAndTime(until).slice(0, 19);
}
