import { eventSchema, type RawEvent } from '../../../src/domain/events.js';
import {
  defaultPopulation,
  noMix,
  type Rate,
  type TrafficMix,
  type TrafficPlan,
} from '../../../src/domain/traffic/plan.js';
import type { PlannedRecord } from '../../../src/domain/traffic/record.js';
import { TrafficStream, type StreamOptions } from '../../../src/domain/traffic/stream.js';

export const startMs = Date.UTC(2026, 0, 15, 12, 0, 7);
export const lateness = { watermarkDelayMs: 5_000, allowedLatenessMs: 60_000, windowMs: 60_000 };

export const constant = (perSecond: number): Rate => ({ curve: { kind: 'constant', perSecond }, bursts: [] });

export function planOf(mix: Partial<TrafficMix> = {}, rate: Rate = constant(1_000)): TrafficPlan {
  return {
    phases: [{ name: 'traffic', durationMs: undefined, rate, mix: { ...noMix, ...mix } }],
    arrivals: 'even',
    population: defaultPopulation,
  };
}

export function streamOf(count: number, options: Partial<StreamOptions> = {}): TrafficStream {
  return new TrafficStream({
    plan: planOf(),
    seed: 1,
    startMs,
    limits: { count, durationMs: undefined, isCountSpread: false },
    lateness,
    maxFutureSkewMs: 60_000,
    dedupeHorizonMs: 3_600_000,
    partitions: 4,
    share: { worker: 0, of: 1 },
    ...options,
  });
}

/** All records of a stream, with event times as of its schedule. */
export function drain(stream: TrafficStream, startAtMs = startMs): PlannedRecord[] {
  const records: PlannedRecord[] = [];
  while (stream.nextMs !== Number.POSITIVE_INFINITY) {
    const record = stream.take(startAtMs + stream.nextMs, startAtMs + stream.nextMs);
    if (record !== undefined) records.push(record);
  }
  return records;
}

export function take(
  count: number,
  mix: Partial<TrafficMix> = {},
  options: Partial<StreamOptions> = {},
): PlannedRecord[] {
  return drain(streamOf(count, { plan: planOf(mix), ...options }), options.startMs);
}

export const eventOf = ({ payload }: PlannedRecord): RawEvent => eventSchema.parse(JSON.parse(payload));

export const share = (records: readonly PlannedRecord[], kind: string): number =>
  (100 * records.filter(({ intent }) => intent.kind === kind).length) / records.length;

/** The largest distance between the distribution of a sample and a cumulative distribution (Kolmogorov and Smirnov). */
export function distance(sample: readonly number[], cumulative: (x: number) => number): number {
  const sorted = [...sample].sort((a, b) => a - b);
  return sorted.reduce((largest, x, n) => {
    const expected = cumulative(x);
    const [below, above] = [n / sorted.length, (n + 1) / sorted.length];
    return Math.max(largest, Math.abs(expected - below), Math.abs(expected - above));
  }, 0);
}

/** A sample that far from its distribution is met once in a thousand times (asymptotic critical value, alpha 0.001). */
export const criticalDistance = (size: number): number => 1.95 / Math.sqrt(size);

export function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
