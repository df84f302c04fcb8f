/** Between which two stations the books differ. */
export type Hop = 'raw-aggregates' | 'raw-dlq' | 'raw-journal' | 'aggregates-clickhouse' | 'dlq-clickhouse';

/** One difference. Where a record has no window (it could not be read), window, type and channel are null. */
export interface Mismatch {
  hop: Hop;
  /** What differs. */
  field: 'events' | 'revenue' | 'record';
  /** Epoch milliseconds. */
  windowStart: number | null;
  eventType: string | null;
  channel: string | null;
  /** A number of events, an exact decimal amount, or for a record its reason; null for none. */
  expected: number | string | null;
  actual: number | string | null;
  /** One sentence for people. */
  sentence: string;
}

/** How many mismatches are kept; all are counted. */
export const keptMismatches = 1_000;

export class Mismatches {
  readonly kept: Mismatch[] = [];
  total = 0;
  /** Events that should be somewhere and are not. */
  unaccounted = 0;
  /** Events that are somewhere more often than they should. */
  doubleCounted = 0;

  add(mismatch: Mismatch): void {
    this.total++;
    if (this.kept.length < keptMismatches) this.kept.push(mismatch);
  }

  /** Books a difference in a number of events under lost or counted twice. */
  book(expected: number, actual: number): void {
    if (expected > actual) this.unaccounted += expected - actual;
    else this.doubleCounted += actual - expected;
  }
}

export function windowName(windowStart: number | null): string {
  if (windowStart === null) return 'no window';
  const date = new Date(windowStart);
  return Number.isNaN(date.getTime()) ? String(windowStart) : date.toISOString().replace(/:00\.000Z$/, 'Z');
}
