const RATE_OVER_MS = 1_000;

/** The rate of the last second or two, for a progress line: an average since the start would hide an outage. */
export class RateMeter {
  private older: { ms: number; records: number };
  private newer: { ms: number; records: number };

  constructor(startMs: number) {
    this.older = this.newer = { ms: startMs, records: 0 };
  }

  /** Records per second, given how many there have been in all. */
  at(ms: number, records: number): number {
    if (ms - this.newer.ms >= RATE_OVER_MS) [this.older, this.newer] = [this.newer, { ms, records }];
    return ((records - this.older.records) * 1_000) / Math.max(1, ms - this.older.ms);
  }
}
