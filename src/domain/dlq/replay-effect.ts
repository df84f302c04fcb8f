import type { Aggregate } from '../ledger/aggregates.js';
import { addTo, Cells, emptyTally, type Tally } from '../ledger/cells.js';
import { addCents, formatCents } from '../money.js';
import type { JudgedEvent } from '../reason.js';

/** Windows, types and channels that are told apart; events may claim any time, and there may be millions. */
const MAX_CELLS = 50_000;

/** The total of one window, event type and channel, before and after. Money is exact, as text. */
export interface CellEffect {
  /** Epoch milliseconds. */
  windowStart: number;
  eventType: string;
  channel: string;
  events: { before: number; after: number };
  revenue: { before: string; after: string };
}

export interface EffectSummary {
  /** Windows that change. */
  windows: number;
  events: number;
  revenue: string;
  /** By window, type and channel; the first thousand. */
  totals: CellEffect[];
  /** All of them. */
  totalsCount: number;
}

const SHOWN = 1_000;

interface EffectCell {
  windowStart: number;
  eventType: string;
  channel: string;
  before: Tally;
  added: Tally;
}

/** Which totals a replay changes, and by how much. */
export class ReplayEffect {
  private readonly cells = new Map<string, EffectCell>();
  private readonly sum = emptyTally();

  add({ eventTimeMs, eventType, channel, revenueCents }: JudgedEvent): void {
    addTo(this.sum, 1, revenueCents);
    const windowStart = Cells.windowOf(eventTimeMs);
    const key = keyOf(windowStart, eventType, channel);
    let cell = this.cells.get(key);
    if (cell === undefined) {
      if (this.cells.size >= MAX_CELLS) return;
      cell = { windowStart, eventType, channel, before: emptyTally(), added: emptyTally() };
      this.cells.set(key, cell);
    }
    addTo(cell.added, 1, revenueCents);
  }

  /** @param totals what the aggregate topic holds, of all contributions */
  summary(totals: Iterable<Aggregate>): EffectSummary {
    for (const { windowStart, eventType, channel, events, cents } of totals) {
      const cell = this.cells.get(keyOf(windowStart, eventType, channel));
      if (cell !== undefined) addTo(cell.before, events, cents);
    }
    const all = [...this.cells.values()].sort(byPlace);
    return {
      windows: new Set(all.map(({ windowStart }) => windowStart)).size,
      events: this.sum.events,
      revenue: formatCents(this.sum.cents),
      totals: all.slice(0, SHOWN).map(effectOf),
      totalsCount: all.length,
    };
  }
}

function keyOf(windowStart: number, eventType: string, channel: string): string {
  return `${windowStart}|${eventType}|${channel}`;
}

function byPlace(a: EffectCell, b: EffectCell): number {
  return (
    a.windowStart - b.windowStart ||
    a.eventType.localeCompare(b.eventType) ||
    a.channel.localeCompare(b.channel)
  );
}

function effectOf({ windowStart, eventType, channel, before, added }: EffectCell): CellEffect {
  return {
    windowStart,
    eventType,
    channel,
    events: { before: before.events, after: before.events + added.events },
    revenue: {
      before: formatCents(before.cents),
      after: formatCents(addCents(before.cents, added.cents)),
    },
  };
}
