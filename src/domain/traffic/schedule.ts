/** A producer that fell behind catches up at most this much; the rest of a longer stall is left out of the traffic. */
export const MAX_CATCH_UP_MS = 1_000;

/**
 * When each record of an open-loop run is due: evenly, whatever the broker does. After a stall the missed records follow
 * at once, but never more than `MAX_CATCH_UP_MS` worth of them: a pause must not turn into a flood. What is given up
 * moves the rest of the schedule, so that event times stay close to the clock.
 */
export class Schedule {
  private lastMs: number;
  private movedMs = 0;
  private skipped = 0;

  /**
   * @param ratePerSecond 0 is as fast as possible: everything is due at once, and each record when it is asked for
   * @param startMs epoch milliseconds
   */
  constructor(
    private readonly ratePerSecond: number,
    private readonly startMs: number,
  ) {
    this.lastMs = startMs;
  }

  /** How much time was given up after stalls, milliseconds. */
  get skippedMs(): number {
    return this.skipped;
  }

  /** How many records are due in all, given that `planned` have been planned. */
  due(nowMs: number, planned: number): number {
    if (this.ratePerSecond === 0) return Number.POSITIVE_INFINITY;
    // A clock that was set back takes the schedule with it.
    if (nowMs < this.lastMs) this.movedMs -= this.lastMs - nowMs;
    this.lastMs = nowMs;
    const behindMs = nowMs - this.exactTimeOf(planned);
    if (behindMs > MAX_CATCH_UP_MS) {
      this.movedMs += behindMs - MAX_CATCH_UP_MS;
      this.skipped += behindMs - MAX_CATCH_UP_MS;
    }
    return Math.floor(((nowMs - this.startMs - this.movedMs) * this.ratePerSecond) / 1_000) + 1;
  }

  /** The time a record is due, whole epoch milliseconds. */
  timeOf(index: number, nowMs: number): number {
    return Math.floor(this.ratePerSecond === 0 ? nowMs : this.exactTimeOf(index));
  }

  private exactTimeOf(index: number): number {
    return this.startMs + this.movedMs + (index * 1_000) / this.ratePerSecond;
  }
}

/** How many records lie within a length of time at an even rate; without bound for rate 0. */
export function recordsWithin(durationMs: number, ratePerSecond: number): number {
  return ratePerSecond === 0 ? Number.POSITIVE_INFINITY : Math.ceil((durationMs * ratePerSecond) / 1_000);
}

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
