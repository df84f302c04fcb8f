import {
  drawLateBy,
  maxJitterMs,
  placeLate,
  placeTooLate,
  timeliness,
  type LatenessModel,
  type Timeliness,
} from './lateness.js';
import type { TrafficMix } from './plan.js';
import { deriveKey, mix32, type IndexedRandom } from './random.js';
import type { Slot } from './slots.js';

/**
 * The times that events claim, and the verdict that each will get if the watermark stands where it is expected to: at the
 * highest event time sent so far, less the watermark delay.
 */
export class EventTimes {
  private readonly producerKey: number;
  private highestMs: number | undefined;

  constructor(
    seed: number,
    private readonly lateness: LatenessModel,
    private readonly producers: number,
    /** The highest event time that the lab saw before the run, epoch milliseconds: its watermark is there already. */
    private readonly priorMs = Number.NEGATIVE_INFINITY,
  ) {
    this.producerKey = deriveKey(10, seed);
  }

  /**
   * @param baseMs when the event is due, epoch milliseconds
   * @param user whose producer's clock it is
   */
  claim(slot: Slot, baseMs: number, mix: TrafficMix, user: number, random: IndexedRandom): number {
    const { lateness } = this;
    const draw = (): number => random.unit();
    if (slot === 'tooLate') return placeTooLate(this.watermarkAt(baseMs), lateness, draw);
    if (slot === 'future') return Math.floor(baseMs) + mix.future.byMs;
    if (slot !== 'late') return this.onTime(baseMs, mix, user, random);
    const { by } = mix.late;
    if (by === undefined) return placeLate(this.watermarkAt(baseMs), lateness, draw);
    if (by.kind === 'offline')
      throw new TypeError('the events of a phone that was off-line are placed together');
    return Math.max(0, Math.floor(baseMs) - drawLateBy(by, draw) + this.skewOf(user, mix));
  }

  /** Small delays are the rule, large ones the exception. */
  private onTime(baseMs: number, mix: TrafficMix, user: number, random: IndexedRandom): number {
    const unit = random.unit();
    const jitterMs = mix.jitterMs ?? maxJitterMs(this.lateness);
    return Math.max(0, Math.floor(baseMs) - Math.floor(jitterMs * unit * unit) + this.skewOf(user, mix));
  }

  /** How far the clock of a user's producer is off, milliseconds: evenly spread among the producers, the ends included. */
  private skewOf(user: number, { clockSkewMs }: TrafficMix): number {
    if (clockSkewMs === 0) return 0;
    const producer = mix32((user ^ this.producerKey) >>> 0) % this.producers;
    return this.producers === 1
      ? clockSkewMs
      : Math.round(clockSkewMs * ((2 * producer) / (this.producers - 1) - 1));
  }

  /** Where the run's own events put the watermark; before the first of them, where it would be. */
  private watermarkAt(baseMs: number): number {
    return (this.highestMs ?? Math.floor(baseMs)) - this.lateness.watermarkDelayMs;
  }

  /** The verdict on a valid event, which moves the watermark. */
  judge(eventTimeMs: number): Timeliness {
    const highestMs = Math.max(this.highestMs ?? this.priorMs, this.priorMs);
    const watermark = Number.isFinite(highestMs) ? highestMs - this.lateness.watermarkDelayMs : undefined;
    if (this.highestMs === undefined || eventTimeMs > this.highestMs) this.highestMs = eventTimeMs;
    return timeliness(eventTimeMs, watermark, this.lateness);
  }
}
