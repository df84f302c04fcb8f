import type { InvalidReason } from '../events.js';
import { EventIds } from './event-id.js';
import { writeEvent, type KeyedPayload } from './event.js';
import { spoil } from './invalid.js';
import { maxJitterMs, placeLate, timeliness, type LatenessModel, type Timeliness } from './lateness.js';
import { deriveKey, IndexedRandom, Percentiles } from './random.js';

/** What is to be mixed into the traffic. Shares are percentages of all records, 0 to 100 in sum. */
export interface TrafficMix {
  latePercent: number;
  /** How far late events lie behind; undefined: in windows that are closed and still take late events. */
  lateByMs: { min: number; max: number } | undefined;
  duplicatesPercent: number;
  invalidPercent: number;
}

export interface StreamOptions extends TrafficMix {
  /** A whole number, 0 to 2^53 - 1. */
  seed: number;
  /** Start of the run, epoch milliseconds: part of every event id, so that two runs with one seed do not collide. */
  startMs: number;
  lateness: LatenessModel;
  maxFutureSkewMs: number;
  /** A duplicate is at most this many records after its original; at least 1. */
  duplicateWithin: number;
}

/** A duplicate follows its original closely: within this many records, */
const MAX_DUPLICATE_DISTANCE = 200;
/** and at a low rate within this much time. */
const MAX_DUPLICATE_DELAY_MS = 10_000;

/**
 * `duplicateWithin` for a rate: never so far that the lab may have forgotten the event id.
 * @param ratePerSecond 0 is as fast as possible
 */
export function duplicateDistance(ratePerSecond: number, dedupeHorizonMs: number): number {
  if (ratePerSecond === 0) return MAX_DUPLICATE_DISTANCE;
  const delayMs = Math.min(MAX_DUPLICATE_DELAY_MS, dedupeHorizonMs / 2);
  return Math.max(1, Math.min(MAX_DUPLICATE_DISTANCE, Math.floor((ratePerSecond * delayMs) / 1_000)));
}

/** What the verdict on a record is meant to be. */
export type Intent =
  | { kind: Timeliness; reason?: undefined }
  | { kind: 'duplicate'; reason?: undefined }
  | { kind: 'invalid'; reason: InvalidReason };

export interface PlannedRecord extends KeyedPayload {
  index: number;
  intent: Intent;
  /** Time the event claims, epoch milliseconds; also of an invalid record before it was spoiled. */
  eventTimeMs: number;
}

/** A future event claims at least this much more than the accepted skew: time for it to wait before it is sent. */
const FUTURE_MARGIN_MS = 60_000;
const FUTURE_SPREAD_MS = 3_600_000;

const onTime: Intent = { kind: 'onTime' };
const late: Intent = { kind: 'late' };
const tooLate: Intent = { kind: 'tooLate' };
const duplicate: Intent = { kind: 'duplicate' };

type Slot = 'onTime' | 'late' | 'duplicate' | 'invalid';

/**
 * The traffic of a run: record after record, by index. The bytes of a record are a function of options, index and the
 * base time given for it; only the *verdict* meant for it also depends on what came before, as it does in the pipeline.
 */
export class TrafficStream {
  private readonly random: IndexedRandom;
  private readonly ids: EventIds;
  private readonly percentiles: Percentiles;
  private readonly jitterMs: number;
  /** Base times of the last records, to write a duplicate exactly as its original. */
  private readonly bases: Float64Array;
  private next = 0;
  private highestEventTimeMs: number | undefined;

  constructor(private readonly options: StreamOptions) {
    this.random = new IndexedRandom(deriveKey(1, options.seed));
    this.percentiles = new Percentiles(deriveKey(2, options.seed));
    this.ids = new EventIds(options.seed, options.startMs);
    this.jitterMs = maxJitterMs(options.lateness);
    this.bases = new Float64Array(options.duplicateWithin + 1);
  }

  /** Index of the record that `plan` gives next. */
  get index(): number {
    return this.next;
  }

  /**
   * The next record.
   * @param baseMs when it is due, epoch milliseconds: the event time if it is neither late nor out of order
   */
  plan(baseMs: number): PlannedRecord {
    const index = this.next++;
    this.bases[index % this.bases.length] = baseMs;
    const slot = this.slotOf(index);
    if (slot === 'duplicate') {
      const original = this.originalOf(index);
      if (original !== undefined) return this.repeat(index, original);
    }
    const { event, eventTimeMs } = this.write(index, slot, baseMs);
    if (slot === 'invalid') {
      const { reason, payload } = spoil(event.payload, this.futureOf(baseMs), this.random);
      return { index, intent: { kind: 'invalid', reason }, key: event.key, payload, eventTimeMs };
    }
    return { index, intent: this.judge(eventTimeMs), key: event.key, payload: event.payload, eventTimeMs };
  }

  /** Which of the shares an index falls into; leaves `random` just after its first draw. */
  private slotOf(index: number): Slot {
    const { latePercent, duplicatesPercent, invalidPercent } = this.options;
    this.random.seek(index);
    const percentile = this.percentiles.of(index, this.random.unit());
    if (percentile < latePercent) return 'late';
    if (percentile < latePercent + duplicatesPercent) return 'duplicate';
    return percentile < latePercent + duplicatesPercent + invalidPercent ? 'invalid' : 'onTime';
  }

  private write(index: number, slot: Slot, baseMs: number): { event: KeyedPayload; eventTimeMs: number } {
    const eventTimeMs = slot === 'late' ? this.lateTime(baseMs) : baseMs - this.jitter();
    return { event: writeEvent(index, eventTimeMs, this.random, this.ids), eventTimeMs };
  }

  private lateTime(baseMs: number): number {
    const { lateByMs: range, lateness } = this.options;
    if (range === undefined) return placeLate(baseMs, lateness, () => this.random.unit());
    return Math.max(0, baseMs - range.min - this.random.below(range.max - range.min + 1));
  }

  /** Small delays are the rule, large ones the exception. */
  private jitter(): number {
    const unit = this.random.unit();
    return Math.floor(this.jitterMs * unit * unit);
  }

  private futureOf(baseMs: number): number {
    return baseMs + this.options.maxFutureSkewMs + FUTURE_MARGIN_MS + this.random.below(FUTURE_SPREAD_MS);
  }

  private judge(eventTimeMs: number): Intent {
    const { lateness } = this.options;
    const watermark =
      this.highestEventTimeMs === undefined ? undefined : this.highestEventTimeMs - lateness.watermarkDelayMs;
    if (this.highestEventTimeMs === undefined || eventTimeMs > this.highestEventTimeMs)
      this.highestEventTimeMs = eventTimeMs;
    const verdict = timeliness(eventTimeMs, watermark, lateness);
    if (verdict === 'onTime') return onTime;
    return verdict === 'late' ? late : tooLate;
  }

  /** The valid record that an index repeats: one of the last, or none when there is none among them. */
  private originalOf(index: number): number | undefined {
    const within = Math.min(this.options.duplicateWithin, index);
    if (within === 0) return undefined;
    const distance = 1 + this.random.below(within);
    for (let tried = 0; tried < within; tried++) {
      const candidate = index - 1 - ((distance - 1 + tried) % within);
      const slot = this.slotOf(candidate);
      if (slot === 'onTime' || slot === 'late') return candidate;
    }
    this.slotOf(index);
    return undefined;
  }

  private repeat(index: number, original: number): PlannedRecord {
    const slot = this.slotOf(original);
    const { event, eventTimeMs } = this.write(original, slot, this.bases[original % this.bases.length] ?? 0);
    return { index, intent: duplicate, key: event.key, payload: event.payload, eventTimeMs };
  }
}
