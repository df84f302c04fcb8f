import type { TrafficPlan } from './plan.js';
import { exponential } from './quantiles.js';
import { deriveKey, IndexedRandom } from './random.js';
import { rateAt, rateSegments, recordsBefore, recordsOf, timeWithin, type Segment } from './rate-curve.js';

/** Time between events, in the time of the schedule, where they are sent as fast as possible. */
export const UNPACED_PER_SECOND = 1_000;

export interface ArrivalLimits {
  /** Undefined: none. */
  count: number | undefined;
  durationMs: number | undefined;
  /** The rates are scaled so that `count` records fill `durationMs`. */
  isCountSpread: boolean;
}

/**
 * When each record of a run is due: an open schedule, decided by plan and seed alone, whatever the broker does. Even
 * arrivals leave equal shares of the rate between records; Poisson arrivals leave exponential ones.
 */
export class Arrivals {
  private readonly segments: Iterator<Segment, undefined>;
  private readonly random: IndexedRandom;
  private readonly scale: number;
  private segment: Segment | undefined;
  /** Of the records due in all, those before the current segment; unscaled. */
  private before = 0;
  private target = 0;
  private index = -1;
  private dueMs = 0;

  constructor(
    private readonly plan: TrafficPlan,
    seed: number,
    private readonly limits: ArrivalLimits,
  ) {
    this.random = new IndexedRandom(deriveKey(3, seed));
    this.scale = scaleOf(plan, limits);
    this.segments = paced(plan)[Symbol.iterator]() as Iterator<Segment, undefined>;
    this.segment = this.nextSegment();
    this.advance();
  }

  /** When the next record is due, milliseconds from the start; infinite after the last. */
  get nextMs(): number {
    return this.dueMs;
  }

  /** The phase that the next record belongs to. */
  get phase(): number {
    return this.segment?.phase ?? this.plan.phases.length - 1;
  }

  /** What the rate is meant to be at the next record, records per second. */
  get ratePerSecond(): number {
    if (this.segment === undefined || !Number.isFinite(this.dueMs)) return 0;
    return this.scale * rateAt(this.segment, this.dueMs);
  }

  /** Goes on to the record after the next. */
  advance(): void {
    this.index++;
    const { count, durationMs = Number.POSITIVE_INFINITY } = this.limits;
    this.dueMs =
      this.index >= (count ?? Number.POSITIVE_INFINITY) ? Number.POSITIVE_INFINITY : this.timeOfNext();
    if (this.dueMs >= durationMs && !this.limits.isCountSpread) this.dueMs = Number.POSITIVE_INFINITY;
  }

  private timeOfNext(): number {
    this.target = this.plan.arrivals === 'even' ? this.index : this.target + this.gap();
    const target = this.target / this.scale;
    for (; this.segment !== undefined; this.segment = this.nextSegment()) {
      const records = recordsOf(this.segment);
      if (target < this.before + records) return timeWithin(this.segment, target - this.before);
      this.before += records;
    }
    return Number.POSITIVE_INFINITY;
  }

  private gap(): number {
    this.random.seek(this.index);
    return exponential(this.random.unit(), 1);
  }

  private nextSegment(): Segment | undefined {
    const { value, done } = this.segments.next();
    return done === true ? undefined : value;
  }
}

/** Whether a plan says to send as fast as possible: then its schedule only orders events and spaces their times. */
export function isUnpaced({ phases }: TrafficPlan): boolean {
  const curve = phases[0]?.rate.curve;
  return curve?.kind === 'constant' && curve.perSecond === 0;
}

function paced(plan: TrafficPlan): Generator<Segment> {
  return rateSegments(pacedPhases(plan));
}

/** The phases with the rate of the schedule in place of 0. */
export function pacedPhases(plan: TrafficPlan): TrafficPlan['phases'] {
  if (!isUnpaced(plan)) return plan.phases;
  const rate = { curve: { kind: 'constant', perSecond: UNPACED_PER_SECOND }, bursts: [] } as const;
  return plan.phases.map((phase) => ({ ...phase, rate }));
}

/** How many records there are in all; undefined where there is no end, or chance decides. */
export function scheduledCount(plan: TrafficPlan, limits: ArrivalLimits): number | undefined {
  const { count, durationMs = Number.POSITIVE_INFINITY, isCountSpread } = limits;
  if (isCountSpread) return count;
  const phasesMs = plan.phases.reduce(
    (sum, phase) => sum + (phase.durationMs ?? Number.POSITIVE_INFINITY),
    0,
  );
  const lengthMs = Math.min(durationMs, phasesMs);
  if (!Number.isFinite(lengthMs)) return count;
  if (plan.arrivals === 'poisson') return undefined;
  // The first is due at once, and the n-th after it when n have been due; a rounding error must not add one.
  const due = recordsBefore(pacedPhases(plan), lengthMs);
  const records = due > 0 ? Math.max(1, Math.ceil(due - 1e-6)) : 0;
  return Math.min(records, count ?? Number.POSITIVE_INFINITY);
}

function scaleOf(plan: TrafficPlan, { count, durationMs, isCountSpread }: ArrivalLimits): number {
  if (!isCountSpread || count === undefined || durationMs === undefined) return 1;
  const records = recordsBefore(pacedPhases(plan), durationMs);
  return records > 0 ? count / records : 1;
}
