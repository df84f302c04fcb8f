import { z } from 'zod';
import { parseRecord } from '../dlq/contract.js';
import { centsOf } from '../money.js';
import { addTo, type Cells, type Cell, type Tally } from './cells.js';

/** The state of one key of the aggregate topic, or one row of ClickHouse. */
export interface Aggregate {
  /** Epoch milliseconds. */
  windowStart: number;
  eventType: string;
  channel: string;
  /** `on_time`, `late` or `replay:<id>`. */
  contribution: string;
  events: number;
  cents: number;
}

/** A record of the aggregate topic: latest per key wins, a null value takes the key away. */
export interface AggregateRecord {
  key: Uint8Array | null;
  value: Uint8Array | null;
}

const keySchema = z.object({
  window_start: z.int(),
  event_type: z.string(),
  channel: z.string(),
  contribution: z.string(),
});
const valueSchema = z.object({ events: z.int() });

const utf8 = new TextDecoder();
// Taken from the text: as a JavaScript number a large amount is no longer exact.
const revenueText = /"revenue"\s*:\s*"?(-?\d+(?:\.\d+)?)"?\s*[,}]/;

export function aggregateKey(aggregate: Omit<Aggregate, 'events' | 'cents'>): string {
  const { windowStart, eventType, channel, contribution } = aggregate;
  return `${String(windowStart)}|${eventType}|${channel}|${contribution}`;
}

export type AggregateReading =
  { isGone: false; aggregate: Aggregate } | ({ isGone: true } & Omit<Aggregate, 'events' | 'cents'>);

/** A record of the aggregate topic, read; undefined for one that is not what the contract says. */
export function readAggregate(record: AggregateRecord): AggregateReading | undefined {
  const found = parseRecord(keySchema, record.key);
  if (found === undefined) return undefined;
  const { window_start: windowStart, event_type: eventType, channel, contribution } = found;
  const key = { windowStart, eventType, channel, contribution };
  if (record.value === null) return { isGone: true, ...key };
  const events = parseRecord(valueSchema, record.value)?.events;
  const cents = centsOf(revenueText.exec(utf8.decode(record.value))?.[1] ?? '');
  if (events === undefined || cents === undefined) return undefined;
  return { isGone: false, aggregate: { ...key, events, cents } };
}

/** The latest state of every key. */
export class LatestAggregates {
  readonly byKey = new Map<string, Aggregate>();
  /** Records that are not what the contract says. */
  unreadable = 0;

  add(record: AggregateRecord): void {
    const read = readAggregate(record);
    if (read === undefined) this.unreadable++;
    else if (read.isGone) this.byKey.delete(aggregateKey(read));
    else this.byKey.set(aggregateKey(read.aggregate), read.aggregate);
  }

  /** Adds every key to its cell, under its kind of contribution. */
  fill(cells: Cells): void {
    for (const aggregate of this.byKey.values()) {
      const cell = cells.get(aggregate.windowStart, aggregate.eventType, aggregate.channel);
      addTo(tallyOf(cell, aggregate.contribution), aggregate.events, aggregate.cents);
    }
  }
}

function tallyOf(cell: Cell, contribution: string): Tally {
  if (contribution === 'on_time') return cell.found.onTime;
  if (contribution === 'late') return cell.found.late;
  return cell.found.replayed;
}
