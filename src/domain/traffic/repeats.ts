import type { MinMax } from './plan.js';
import type { IndexedRandom } from './random.js';

/** A duplicate follows its original closely: within this many valid events, */
const RECENT = 200;
/** and at a low rate within this much time. */
const USUAL_DELAY_MS = 10_000;
/** Events that are kept to be repeated after minutes. */
const SAMPLES = 65_536;

/** The valid events that a duplicate may repeat: all of the last, and samples of those before. */
export class Repeats<T> {
  private readonly recent: { at: number; item: T }[] = [];
  private recentCount = 0;
  /** A ring of events, of which one in `spacingMs` is kept. */
  private readonly samples: { at: number; item: T }[] = [];
  private sampleCount = 0;

  private readonly longestMs: number;
  private readonly usualMs: number;

  /** @param horizonMs how long the lab remembers an event */
  constructor(horizonMs: number) {
    this.longestMs = horizonMs / 2;
    this.usualMs = Math.min(USUAL_DELAY_MS, this.longestMs);
  }

  /** @param after what the phase asks for: only then samples are kept */
  remember(item: T, nowMs: number, after: MinMax | undefined): void {
    this.recent[this.recentCount++ % RECENT] = { at: nowMs, item };
    if (after === undefined) return;
    const last = this.samples[(this.sampleCount - 1) % SAMPLES];
    if (last === undefined || nowMs - last.at >= after.max / (SAMPLES - 1))
      this.samples[this.sampleCount++ % SAMPLES] = { at: nowMs, item };
  }

  /** One of the last events, or, with `after`, one that is about as old as is drawn; undefined where there is none. */
  pick(nowMs: number, after: MinMax | undefined, random: IndexedRandom): T | undefined {
    return after === undefined ? this.pickRecent(nowMs, random) : this.pickSample(nowMs, after, random);
  }

  private pickRecent(nowMs: number, random: IndexedRandom): T | undefined {
    let distance = 1 + random.below(Math.min(RECENT, this.recentCount));
    for (; distance > 1; distance = Math.floor(distance / 2)) {
      const found = this.recent[(this.recentCount - distance) % RECENT];
      if (found !== undefined && nowMs - found.at <= this.usualMs) return found.item;
    }
    const last = this.recent[(this.recentCount - 1) % RECENT];
    return last !== undefined && nowMs - last.at <= this.longestMs ? last.item : undefined;
  }

  private pickSample(nowMs: number, { min, max }: MinMax, random: IndexedRandom): T | undefined {
    const wantedMs = nowMs - min - random.unit() * (max - min);
    // The last sample that is at least so old.
    let low = Math.max(0, this.sampleCount - SAMPLES);
    let high = this.sampleCount;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = this.samples[middle % SAMPLES]?.at ?? 0;
      if (at <= wantedMs) low = middle + 1;
      else high = middle;
    }
    const found = low === 0 ? undefined : this.samples[(low - 1) % SAMPLES];
    return found !== undefined && found.at <= wantedMs && nowMs - found.at <= max + 1_000
      ? found.item
      : undefined;
  }
}
