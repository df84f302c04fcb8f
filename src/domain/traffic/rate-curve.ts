import type { Burst, Phase, Rate, RateCurveSpec } from './plan.js';

/** A stretch of time over which the rate changes in a straight line. Milliseconds, and records per second. */
export interface Segment {
  fromMs: number;
  /** May be infinite, with a rate that does not change. */
  toMs: number;
  from: number;
  to: number;
  phase: number;
}

/** A half-wave in so many straight lines, each within 0.2 % of the curve. */
const STEPS_PER_HALF_WAVE = 24;

/** The rate over the time of a run, from 0 on: all its phases, one after the other. */
export function* rateSegments(phases: readonly Phase[]): Generator<Segment> {
  let startMs = 0;
  for (const [n, { rate, durationMs = Number.POSITIVE_INFINITY }] of phases.entries()) {
    for (const segment of cut(ofRate(rate), durationMs)) {
      const { fromMs, toMs } = segment;
      yield { ...segment, fromMs: startMs + fromMs, toMs: startMs + toMs, phase: n };
    }
    startMs += durationMs;
  }
}

/** How many records there are before a time. */
export function recordsBefore(phases: readonly Phase[], endMs: number): number {
  let sum = 0;
  for (const segment of cut(rateSegments(phases), endMs)) sum += recordsOf(segment);
  return sum;
}

/** How many records a segment has. */
export function recordsOf({ fromMs, toMs, from, to }: Segment): number {
  if (from === 0 && to === 0) return 0;
  return ((toMs - fromMs) * (from + to)) / 2_000;
}

/**
 * The time at which so many records of a segment have been due: the inverse of the integral of its rate.
 * @param records 0 to `recordsOf(segment)`
 */
export function timeWithin({ fromMs, toMs, from, to }: Segment, records: number): number {
  if (records === 0) return fromMs;
  if (from === to) return fromMs + (records * 1_000) / from;
  const slope = (to - from) / (toMs - fromMs);
  // The root that stays exact where the rate hardly changes. Square roots are correctly rounded by IEEE 754.
  const root = Math.sqrt(Math.max(0, from * from + 2_000 * slope * records));
  return fromMs + (2_000 * records) / (from + root);
}

/** The rate at a time of a segment, records per second. */
export function rateAt({ fromMs, toMs, from, to }: Segment, atMs: number): number {
  return from === to ? from : from + ((to - from) * (atMs - fromMs)) / (toMs - fromMs);
}

/** The rate at the very start, records per second. */
export function initialRate(phases: readonly Phase[]): number {
  for (const { from } of rateSegments(phases)) return from;
  return 0;
}

type Segments = Iterable<Segment>;

function* ofRate({ curve, bursts }: Rate): Generator<Segment> {
  yield* bursts.reduce<Segments>((segments, burst) => multiplied(segments, burst), ofCurve(curve));
}

function* ofCurve(curve: RateCurveSpec): Generator<Segment> {
  const endless = { toMs: Number.POSITIVE_INFINITY, phase: 0 };
  if (curve.kind === 'constant') {
    yield { fromMs: 0, from: curve.perSecond, to: curve.perSecond, ...endless };
  } else if (curve.kind === 'ramp') {
    const { from, to, overMs } = curve;
    yield { fromMs: 0, toMs: overMs, from, to, phase: 0 };
    yield { fromMs: overMs, from: to, to, ...endless };
  } else yield* ofWave(curve);
}

function* ofWave({ low, high, periodMs }: Extract<RateCurveSpec, { kind: 'wave' }>): Generator<Segment> {
  const halfMs = periodMs / 2;
  const at = (step: number, rising: boolean): number => {
    const x = step / STEPS_PER_HALF_WAVE;
    // Smooth from 0 to 1, flat at both ends: within 1 % of a cosine, and the same to the bit everywhere.
    const height = x * x * (3 - 2 * x);
    return low + (high - low) * (rising ? height : 1 - height);
  };
  for (let half = 0; ; half++) {
    for (let step = 0; step < STEPS_PER_HALF_WAVE; step++) {
      const rising = half % 2 === 0;
      const timeOf = (n: number): number => half * halfMs + (halfMs * n) / STEPS_PER_HALF_WAVE;
      yield {
        fromMs: timeOf(step),
        toMs: timeOf(step + 1),
        from: at(step, rising),
        to: at(step + 1, rising),
        phase: 0,
      };
    }
  }
}

function* multiplied(segments: Segments, { factor, lengthMs, when }: Burst): Generator<Segment> {
  const startOf = (n: number): number => {
    if ('everyMs' in when) return when.everyMs * (n + 1);
    return n === 0 ? when.atMs : Number.POSITIVE_INFINITY;
  };
  let burst = 0;
  for (const segment of segments) {
    let rest = segment;
    while (rest.fromMs < rest.toMs) {
      while (startOf(burst) + lengthMs <= rest.fromMs) burst++;
      const startMs = startOf(burst);
      const isInside = startMs <= rest.fromMs;
      const [part, after] = split(rest, isInside ? startMs + lengthMs : startMs);
      yield isInside ? { ...part, from: part.from * factor, to: part.to * factor } : part;
      rest = after;
    }
  }
}

/** What lies before a time, and the rest, which may be empty. */
function split(segment: Segment, atMs: number): [Segment, Segment] {
  if (atMs >= segment.toMs) return [segment, { ...segment, fromMs: segment.toMs }];
  const rate = rateAt(segment, atMs);
  return [
    { ...segment, toMs: atMs, to: rate },
    { ...segment, fromMs: atMs, from: rate },
  ];
}

function* cut(segments: Segments, endMs: number): Generator<Segment> {
  for (const segment of segments) {
    if (segment.fromMs >= endMs) return;
    yield split(segment, endMs)[0];
  }
}
