import type { TrafficMix } from './plan.js';
import { deriveKey, Percentiles } from './random.js';

/** What the mix makes of a record; `ordinary` is all that it has no other plan for. */
export type Slot = 'ordinary' | 'late' | 'tooLate' | 'future' | 'duplicate' | 'invalid';

/** A phone that comes back on-line sends so many events at once. */
export const OFFLINE_EVENTS = 20;

/**
 * Which share of the mix a record falls into: each share of whole percents is met exactly in every hundred records.
 * Events of phones that were off-line come in groups, so theirs is met in every hundred groups.
 */
export class Slots {
  private readonly percentiles: Percentiles;
  private readonly groups: Percentiles;
  private readonly hot: Percentiles;

  constructor(seed: number) {
    this.percentiles = new Percentiles(deriveKey(2, seed));
    this.groups = new Percentiles(deriveKey(4, seed));
    this.hot = new Percentiles(deriveKey(5, seed));
  }

  /** @param unit drawn evenly, 0 <= unit < 1 */
  of(index: number, mix: TrafficMix, unit: number): Slot {
    const { late, tooLatePercent, duplicates, future, invalid } = mix;
    let rest = this.percentiles.of(index, unit);
    if (late.by?.kind === 'offline') {
      if (this.groups.of(Math.floor(index / OFFLINE_EVENTS), 0.5) < late.percent) return 'late';
      // The others share what the groups leave.
      rest *= 1 - late.percent / 100;
    } else if ((rest -= late.percent) < 0) return 'late';
    if ((rest -= tooLatePercent) < 0) return 'tooLate';
    if ((rest -= duplicates.percent) < 0) return 'duplicate';
    if ((rest -= future.percent) < 0) return 'future';
    for (const { percent } of invalid) if ((rest -= percent) < 0) return 'invalid';
    return 'ordinary';
  }

  /** Whether a record is of the hot key. */
  isHot(index: number, mix: TrafficMix, unit: number): boolean {
    return mix.hotKeyPercent > 0 && this.hot.of(index, unit) < mix.hotKeyPercent;
  }
}
