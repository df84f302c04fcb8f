import { addCents } from '../money.js';

/** Length of a window, milliseconds. */
export const windowMs = 60_000;

/** A number of events and the exact sum of their money. */
export interface Tally {
  events: number;
  cents: number;
}

/** One window of one event type and channel: what raw says must be there, and what is. */
export interface Cell {
  /** Epoch milliseconds. */
  windowStart: number;
  eventType: string;
  channel: string;
  /** Unique events that must have been counted on time or late. */
  counted: Tally;
  /** Unique events that must have been counted through a replay. */
  replayed: Tally;
  /** Unique events that wait in the dead-letter queue. */
  outstanding: Tally;
  /** What the aggregate topic holds, by kind of contribution. */
  found: { onTime: Tally; late: Tally; replayed: Tally };
}

export function emptyTally(): Tally {
  return { events: 0, cents: 0 };
}

export function addTo(tally: Tally, events: number, cents: number): void {
  tally.events += events;
  tally.cents = addCents(tally.cents, cents);
}

/** The cells of a ledger, found by window, event type and channel, and numbered so that a column can refer to them. */
export class Cells {
  readonly all: Cell[] = [];
  private readonly byType = new Map<string, Map<string, Map<number, number>>>();

  static windowOf(eventTimeMs: number): number {
    return Math.floor(eventTimeMs / windowMs) * windowMs;
  }

  /** The number of the cell, which is made if it is not there yet. */
  indexOf(windowStart: number, eventType: string, channel: string): number {
    const byChannel = entry(this.byType, eventType, () => new Map<string, Map<number, number>>());
    const byWindow = entry(byChannel, channel, () => new Map<number, number>());
    const known = byWindow.get(windowStart);
    if (known !== undefined) return known;
    const index = this.all.push(newCell(windowStart, eventType, channel)) - 1;
    byWindow.set(windowStart, index);
    return index;
  }

  at(index: number): Cell {
    const cell = this.all[index];
    if (cell === undefined) throw new RangeError(`no cell ${String(index)}`);
    return cell;
  }

  get(windowStart: number, eventType: string, channel: string): Cell {
    return this.at(this.indexOf(windowStart, eventType, channel));
  }
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

function newCell(windowStart: number, eventType: string, channel: string): Cell {
  return {
    windowStart,
    eventType,
    channel,
    counted: emptyTally(),
    replayed: emptyTally(),
    outstanding: emptyTally(),
    found: { onTime: emptyTally(), late: emptyTally(), replayed: emptyTally() },
  };
}
