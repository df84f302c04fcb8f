import { formatCents } from '../money.js';
import { aggregateKey, type Aggregate } from './aggregates.js';
import type { Cell, Tally } from './cells.js';
import { windowName, type Hop, type Mismatch, type Mismatches } from './mismatches.js';

type Where = Pick<Cell, 'windowStart' | 'eventType' | 'channel'>;

interface Comparison {
  hop: Hop;
  where: Where;
  expected: Tally;
  actual: Tally;
  /** How the sentence goes on: "5 events expected, <found> 4". */
  found: string;
}

/** Compares what raw says with what the aggregate topic holds, for one cell. */
export function compareCell(cell: Cell, mismatches: Mismatches): void {
  const { onTime, late, replayed } = cell.found;
  const counted = { events: onTime.events + late.events, cents: onTime.cents + late.cents };
  const hop = 'raw-aggregates';
  const where = cell;
  compareTallies(
    { hop, where, expected: cell.counted, actual: counted, found: 'on time and late there are' },
    mismatches,
  );
  compareTallies(
    { hop, where, expected: cell.replayed, actual: replayed, found: 'replayed there are' },
    mismatches,
  );
}

/** Compares the latest aggregates of the topic with the rows of ClickHouse, key by key. */
export function compareClickHouse(
  topic: ReadonlyMap<string, Aggregate>,
  rows: ReadonlyMap<string, Aggregate>,
  mismatches: Mismatches,
): void {
  const compare = (expected: Aggregate | undefined, actual: Aggregate | undefined): void => {
    const where = expected ?? actual;
    if (where === undefined) return;
    const none = { events: 0, cents: 0 };
    const found = `(${where.contribution}) ClickHouse has`;
    const hop = 'aggregates-clickhouse';
    compareTallies({ hop, where, expected: expected ?? none, actual: actual ?? none, found }, mismatches);
  };
  for (const [key, expected] of topic) compare(expected, rows.get(key));
  for (const [key, actual] of rows) if (!topic.has(key)) compare(undefined, actual);
}

function compareTallies(comparison: Comparison, mismatches: Mismatches): void {
  const { expected, actual } = comparison;
  if (expected.events !== actual.events) {
    mismatches.book(expected.events, actual.events);
    mismatches.add(difference(comparison, 'events', expected.events, actual.events));
  }
  if (expected.cents !== actual.cents) {
    const amounts = [formatCents(expected.cents), formatCents(actual.cents)] as const;
    mismatches.add(difference(comparison, 'revenue', ...amounts));
  }
}

function difference(
  { hop, where, found }: Comparison,
  field: 'events' | 'revenue',
  expected: number | string,
  actual: number | string,
): Mismatch {
  const { windowStart, eventType, channel } = where;
  const name = `window ${windowName(windowStart)} ${eventType} ${channel}`;
  return {
    hop,
    field,
    windowStart,
    eventType,
    channel,
    expected,
    actual,
    sentence: `${name}: ${field} should be ${String(expected)}, ${found} ${String(actual)}`,
  };
}

/** The rows by key; of two rows with one key the counts are added, which then shows as a difference. */
export function byKey(rows: Iterable<Aggregate>): Map<string, Aggregate> {
  const result = new Map<string, Aggregate>();
  for (const row of rows) {
    const key = aggregateKey(row);
    const known = result.get(key);
    result.set(
      key,
      known === undefined
        ? row
        : { ...row, events: known.events + row.events, cents: known.cents + row.cents },
    );
  }
  return result;
}
