import { dateAndTime, longDuration, timeOfDay } from '../instant.js';
import { printable, shortened } from '../printable.js';
import { grouped } from '../traffic/summary.js';
import type { LetterStats, MinuteStats } from './letter-tally.js';

const bars = ['▁', '▂', '▃', '▅', '▇'];
const BARS = 30;
const minuteMs = 60_000;
const barWidths = [1, 2, 5, 10, 30, 60, 180, 360, 720, 1_440].map((minutes) => minutes * minuteMs);
/** Of the letters, so many must lie within the bars; a few of odd times shall not flatten all others. */
const SHARE = 0.99;

/** A stretch of time in bars. Epoch milliseconds. */
export interface Span {
  startMs: number;
  barMs: number;
  count: number;
}

/** The shortest bars in which nearly all letters up to now lie; undefined where there is none. */
export function spanOf(minutes: readonly MinuteStats[], nowMs: number): Span | undefined {
  const past = minutes.filter(
    (of): of is MinuteStats & { minute: number } => (of.minute ?? Infinity) <= nowMs,
  );
  const last = past.at(-1)?.minute;
  if (last === undefined) return undefined;
  const total = past.reduce((sum, { letters }) => sum + letters, 0);
  const starts = barWidths.map((barMs) => ({
    barMs,
    startMs: Math.floor(last / barMs) * barMs - (BARS - 1) * barMs,
  }));
  const isEnough = ({ startMs }: { startMs: number }): boolean =>
    past.filter(({ minute }) => minute >= startMs).reduce((sum, { letters }) => sum + letters, 0) >=
    SHARE * total;
  const fitting = starts.find(isEnough) ?? starts.at(-1);
  return fitting === undefined ? undefined : { ...fitting, count: BARS };
}

/** One bar for each part of a span, by the highest of them; a dot for none. */
export function sparkLine(counts: readonly number[]): string {
  const highest = Math.max(1, ...counts);
  return counts
    .map((count) => (count === 0 ? '·' : (bars[Math.ceil((count / highest) * bars.length) - 1] ?? '')))
    .join('');
}

function countsIn(
  { startMs, barMs, count }: Span,
  minutes: readonly MinuteStats[],
  of: (minute: MinuteStats) => number,
): number[] {
  const counts = new Array<number>(count).fill(0);
  for (const minute of minutes) {
    const bar = Math.floor(((minute.minute ?? -1) - startMs) / barMs);
    if (bar >= 0 && bar < count) counts[bar] = (counts[bar] ?? 0) + of(minute);
  }
  return counts;
}

export interface StatsView {
  sentence: string;
  reasons: { head: string[]; rows: string[][] };
  types: { head: string[]; rows: string[][] };
}

/** Dead letters in two tables, most first. */
export function statsView(stats: LetterStats, nowMs: number): StatsView {
  const { total, outstanding, replayed, byReason, outstandingByReason, byType, outstandingByType } = stats;
  const span = spanOf(stats.byMinute, nowMs);
  const spark = (of: (minute: MinuteStats) => number): string[] =>
    span === undefined ? [] : [sparkLine(countsIn(span, stats.byMinute, of))];
  const reasons = rowsOf(byReason, outstandingByReason).map(([name = '', ...counts]) => [
    name,
    ...counts,
    ...spark((minute) => ownCount(minute.byReason, name)),
  ]);
  const sum = ['total', ...counted(total, outstanding), ...spark(({ letters }) => letters)];
  const head = ['DEAD LETTERS', 'REPLAYED', 'OUTSTANDING'];
  return {
    sentence: `${grouped(total)} dead letters, ${grouped(replayed)} replayed, ${grouped(outstanding)} outstanding${span === undefined ? '' : `; ${spanText(span)}`}`,
    reasons: {
      head: ['REASON', ...head, ...(span === undefined ? [] : ['WHEN'])],
      rows: [...reasons, sum].map(shown),
    },
    types: { head: ['TYPE', ...head], rows: rowsOf(byType, outstandingByType).map(shown) },
  };
}

/** A letter may name any reason, `constructor` too. */
function ownCount(counts: Record<string, number>, name: string): number {
  return Object.hasOwn(counts, name) ? (counts[name] ?? 0) : 0;
}

function rowsOf(all: Record<string, number>, left: Record<string, number>): string[][] {
  return Object.entries(all)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => [name, ...counted(count, ownCount(left, name))]);
}

function counted(all: number, left: number): string[] {
  return [grouped(all), grouped(all - left), grouped(left)];
}

function shown([name = '', ...rest]: string[]): string[] {
  return [shortened(printable(name), 60), ...rest];
}

/** `bars of 1m from 2026-01-31 13:30 to 14:00 UTC`. */
function spanText({ startMs, barMs, count }: Span): string {
  const minute = (text: string): string => text.replace(/:00(\.000)?$/, '');
  const start = minute(dateAndTime(startMs));
  const end = minute(timeOfDay(startMs + count * barMs, startMs));
  return `bars of ${longDuration(barMs)} from ${start} to ${end} UTC`;
}
