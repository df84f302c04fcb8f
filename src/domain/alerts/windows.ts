import { eventTypes } from '../events.js';
import type { AggregateSeen, LetterSeen } from './inputs.js';

/** What is known of one window; plain JSON. */
export interface WindowFacts {
  /** Of event type, channel and contribution: events and cents. */
  cells: Readonly<Record<string, readonly [events: number, cents: number]>>;
  /** Dead letters whose raw record came in this minute, of reason and event type. */
  letters: Readonly<Record<string, number>>;
}

export type Windows = Readonly<Record<string, WindowFacts>>;

const none: WindowFacts = { cells: {}, letters: {} };
const separator = '|';

/** @returns the windows, and the starts of those that changed */
export function withAggregates(windows: Windows, records: readonly AggregateSeen[]): Changed {
  return changed(
    windows,
    records,
    ({ windowStart }) => windowStart,
    (facts, record) => {
      const key = [record.eventType, record.channel, record.contribution].join(separator);
      (facts.cells as Record<string, readonly [number, number]>)[key] = [record.events, record.cents];
    },
  );
}

export function withLetters(windows: Windows, letters: readonly LetterSeen[], windowMs: number): Changed {
  const startOf = ({ at }: LetterSeen): number => Math.floor(at / windowMs) * windowMs;
  return changed(windows, letters, startOf, (facts, { reason, eventType, count = 1 }) => {
    const key = [countedType(eventType), reason].join(separator);
    const counts = facts.letters as Record<string, number>;
    counts[key] = (counts[key] ?? 0) + count;
  });
}

/** Rules know the types that there are. Of what is none, its sender may have made up any number, of any length. */
function countedType(eventType: string | null): string {
  return eventTypes.find((type) => type === eventType) ?? '';
}

interface Changed {
  windows: Windows;
  starts: Set<number>;
}

/** Copies each window once, however many of the items are of it. */
function changed<T>(
  windows: Windows,
  items: readonly T[],
  startOf: (item: T) => number,
  put: (facts: WindowFacts, item: T) => void,
): Changed {
  const next: Record<string, WindowFacts> = { ...windows };
  const starts = new Set<number>();
  for (const item of items) {
    const start = startOf(item);
    const facts = next[start] ?? none;
    const own = starts.has(start) ? facts : { cells: { ...facts.cells }, letters: { ...facts.letters } };
    starts.add(start);
    next[start] = own;
    put(own, item);
  }
  return { windows: next, starts };
}

/** Starts from the oldest on, of windows of which anything is known. */
export function startsBetween(windows: Windows, afterMs: number, untilMs: number): number[] {
  return Object.keys(windows)
    .map(Number)
    .filter((start) => start > afterMs && start <= untilMs)
    .sort((a, b) => a - b);
}

export interface Totals {
  /** On time, late and replayed. */
  events: number;
  /** Events that came by themselves, as opposed to a replay of dead letters. */
  arrived: number;
  cents: number;
}

/** @param types all types where undefined */
export function totalsOf({ cells }: WindowFacts, types?: readonly string[]): Totals {
  const totals = { events: 0, arrived: 0, cents: 0 };
  for (const [key, [events, cents]] of Object.entries(cells)) {
    const [type = '', , contribution = ''] = key.split(separator);
    if (types !== undefined && !types.includes(type)) continue;
    totals.events += events;
    totals.cents += cents;
    if (!contribution.startsWith('replay:')) totals.arrived += events;
  }
  return totals;
}

/** Letters by reason, of one event type or of all. */
export function lettersByReason({ letters }: WindowFacts, eventType?: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [key, count] of Object.entries(letters)) {
    const at = key.indexOf(separator);
    if (eventType !== undefined && key.slice(0, at) !== eventType) continue;
    const reason = key.slice(at + 1);
    counts.set(reason, (counts.get(reason) ?? 0) + count);
  }
  return counts;
}
