import { dateAndTime, timeOfDay } from '../instant.js';
import { sparkOf } from '../notify/message.js';
import { printable } from '../printable.js';
import { grouped } from '../traffic/summary.js';
import type { AlertsReplay, Firing, ReplayedFiring } from './firings.js';
import { bandText, formatValue } from './message.js';
import type { NotJudged } from './recorded.js';

/** So many minutes are drawn. */
const DRAWN = 15;

export const firingColumns = [
  ...['FIRED (UTC)', 'RESOLVED', 'THEN', 'SEVERITY', 'RULE', 'LABELS', 'VALUE', 'EXPECTED', 'LAST MINUTES'],
] as const;

/** What would fire and what is gone, in order of time; each is safe to show on a terminal. */
export function firingRows({ firings, gone }: AlertsReplay): string[][] {
  return [
    ...firings.map((firing) => ({ firing, then: thenText(firing) })),
    ...gone.map((firing) => ({ firing, then: firing.silenced === true ? 'gone; was silenced' : 'gone' })),
  ]
    .sort((a, b) => a.firing.firedAt - b.firing.firedAt)
    .map(({ firing, then }) => rowOf(firing, then).map(printable));
}

function rowOf(firing: Firing, then: string): string[] {
  const { firedAt, rule, severity, labels, value, unit, points } = firing;
  const known = points.flatMap(([, point]) => (point === null ? [] : [point])).slice(-DRAWN);
  return [
    minuteOf(firedAt),
    resolvedText(firing),
    then,
    severity,
    rule,
    Object.entries(labels)
      .map(([name, text]) => `${name}=${text}`)
      .join(' '),
    value === null ? 'unknown' : formatValue(value, unit),
    bandText(firing),
    known.length > 1 ? sparkOf(known) : '',
  ];
}

function resolvedText({ firedAt, resolvedAt, resolution }: Firing): string {
  if (resolvedAt === null) return 'not yet';
  const time = shortTime(resolvedAt, firedAt);
  return resolution === null || resolution === 'recovered' ? time : `${time} ${resolution.replace('_', ' ')}`;
}

/** The same alert may have fired or ended at another minute. */
function thenText({ firedAt, resolvedAt, recorded }: ReplayedFiring): string {
  if (recorded === null) return 'new';
  const differs = [
    ...(recorded.firedAt === firedAt ? [] : [`fired ${shortTime(recorded.firedAt, firedAt)}`]),
    ...(recorded.resolvedAt === null || recorded.resolvedAt === resolvedAt
      ? []
      : [`resolved ${shortTime(recorded.resolvedAt, firedAt)}`]),
    ...(recorded.silenced ? ['silenced'] : []),
  ];
  return differs.length === 0 ? 'as it was' : `as it was; ${differs.join(', ')}`;
}

/** What all of it comes to, a line each. */
export function replayLines(replay: AlertsReplay): string[] {
  const { windows, firings, silent, notJudged, file } = replay;
  const lines = [...windowLines(replay)];
  if (windows.count > 0) {
    const byRule = new Map<string, number>();
    for (const { rule } of firings) byRule.set(rule, (byRule.get(rule) ?? 0) + 1);
    const fired = [...byRule].map(([rule, count]) => `${rule} ${grouped(count)}`).join(', ');
    lines.push(
      `By the rules of ${file} ${fired === '' ? 'nothing would have fired' : `would have fired: ${fired}`}.`,
      ...(silent.length === 0 ? [] : [`Silent: ${silent.join(', ')}.`]),
      comparisonLine(replay),
    );
  }
  return [...lines, ...notJudgedLines(notJudged)].map(printable);
}

function windowLines({
  sinceMs,
  untilMs,
  windows: { count, fromMs, untilMs: endMs },
}: AlertsReplay): string[] {
  if (fromMs === null || endMs === null)
    return [
      `From ${minuteOf(sinceMs)} to ${minuteOf(untilMs)} UTC nothing is recorded that could be judged: no window closed.`,
    ];
  const what = count === 1 ? '1 window was' : `${grouped(count)} windows were`;
  return [`${what} judged, from ${minuteOf(fromMs)} to ${minuteOf(endMs)} UTC.`];
}

function comparisonLine({ comparison, recorded }: AlertsReplay): string {
  if (recorded === 0 && comparison.asItWas === 0)
    return 'No alert of a dispatcher is recorded in that time, so there is nothing to compare with.';
  const { asItWas, new: fresh, gone } = comparison;
  return `Beside what was fired then: ${grouped(asItWas)} as it was, ${grouped(fresh)} new, ${grouped(gone)} gone.`;
}

function notJudgedLines(notJudged: readonly NotJudged[]): string[] {
  const of = (wanted: NotJudged['why']): string =>
    notJudged
      .filter(({ why }) => why === wanted)
      .map(({ rule }) => rule)
      .join(', ');
  const [lab, off] = [of('not_recorded'), of('disabled')];
  return [
    ...(lab === ''
      ? []
      : [`Not judged, as what Kafka and Flink said of themselves then is not recorded: ${lab}.`]),
    ...(off === '' ? [] : [`Not judged, as they are not enabled: ${off}.`]),
  ];
}

function minuteOf(ms: number): string {
  return dateAndTime(ms).slice(0, 16);
}

function shortTime(ms: number, near: number): string {
  return timeOfDay(ms, near).replace(/:00$/, '');
}
