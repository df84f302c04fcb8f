import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Arrivals, scheduledCount, type ArrivalLimits } from '../../../src/domain/traffic/arrivals.js';
import {
  noMix,
  type Burst,
  type Phase,
  type Rate,
  type TrafficPlan,
} from '../../../src/domain/traffic/plan.js';
import { rateAt, rateSegments, recordsBefore } from '../../../src/domain/traffic/rate-curve.js';
import { constant, criticalDistance, distance, planOf } from './support.js';

const noLimits: ArrivalLimits = { count: undefined, durationMs: undefined, isCountSpread: false };

function timesOf(plan: TrafficPlan, limits: Partial<ArrivalLimits>, seed = 1): number[] {
  const arrivals = new Arrivals(plan, seed, { ...noLimits, ...limits });
  const times: number[] = [];
  while (arrivals.nextMs !== Number.POSITIVE_INFINITY) {
    times.push(arrivals.nextMs);
    arrivals.advance();
  }
  return times;
}

const phase = (rate: Rate, durationMs?: number): Phase => ({ name: 'p', durationMs, rate, mix: noMix });
const planOfPhases = (...phases: Phase[]): TrafficPlan => ({ ...planOf(), phases });
const perSecond = (times: readonly number[], seconds: number): number[] =>
  Array.from(
    { length: seconds },
    (_, s) => times.filter((t) => t >= s * 1_000 && t < (s + 1) * 1_000).length,
  );

const anyCurve: fc.Arbitrary<Rate['curve']> = fc.oneof(
  fc.record({ kind: fc.constant('constant' as const), perSecond: fc.integer({ min: 1, max: 2_000 }) }),
  fc.record({
    kind: fc.constant('ramp' as const),
    from: fc.integer({ min: 0, max: 2_000 }),
    to: fc.integer({ min: 1, max: 2_000 }),
    overMs: fc.integer({ min: 1, max: 20_000 }),
  }),
  fc.record({
    kind: fc.constant('wave' as const),
    low: fc.integer({ min: 0, max: 1_000 }),
    high: fc.integer({ min: 1, max: 2_000 }),
    periodMs: fc.integer({ min: 100, max: 20_000 }),
  }),
);
const anyBurst: fc.Arbitrary<Burst> = fc
  .tuple(
    fc.double({ min: 0.1, max: 10, noNaN: true }),
    fc.integer({ min: 1, max: 3_000 }),
    fc.boolean(),
    fc.integer({ min: 1, max: 5_000 }),
  )
  .map(([factor, lengthMs, repeats, at]) => ({
    factor,
    lengthMs,
    when: repeats ? { everyMs: lengthMs + at } : { atMs: at },
  }));
const anyRate: fc.Arbitrary<Rate> = fc.record({
  curve: anyCurve,
  bursts: fc.array(anyBurst, { maxLength: 2 }),
});
const anyPhases = fc
  .tuple(fc.array(fc.tuple(anyRate, fc.integer({ min: 100, max: 5_000 })), { maxLength: 2 }), anyRate)
  .map(([finite, last]) => [...finite.map(([rate, ms]) => phase(rate, ms)), phase(last)]);

describe('even arrivals', () => {
  it('are exact at a constant rate, without drift', () => {
    const times = timesOf(planOf({}, constant(5_000)), { count: 1_000_001 });
    expect(times.at(-1)).toBe(200_000);
    expect(timesOf(planOf({}, constant(300 / 7)), { durationMs: 7_000 })).toHaveLength(300);
  });

  it('have the rate of the curve in every second, within one record', () => {
    fc.assert(
      fc.property(anyPhases, (phases) => {
        const seconds = 12;
        const times = timesOf(planOfPhases(...phases), { durationMs: seconds * 1_000 });
        perSecond(times, seconds).forEach((count, second) => {
          const expected =
            recordsBefore(phases, (second + 1) * 1_000) - recordsBefore(phases, second * 1_000);
          expect(Math.abs(count - expected)).toBeLessThanOrEqual(1.001);
        });
        expect(times).toEqual([...times].sort((a, b) => a - b));
      }),
      { numRuns: 60 },
    );
  });

  it('are as many as the schedule says beforehand', () => {
    fc.assert(
      fc.property(anyPhases, fc.integer({ min: 1, max: 9_000 }), (phases, durationMs) => {
        const plan = planOfPhases(...phases);
        const limits = { ...noLimits, durationMs };
        expect(timesOf(plan, limits)).toHaveLength(scheduledCount(plan, limits)!);
      }),
      { numRuns: 60 },
    );
  });

  it('end with the last phase', () => {
    const plan = planOfPhases(phase(constant(10), 1_000), phase(constant(100), 500));
    expect(timesOf(plan, {})).toHaveLength(60);
    expect(scheduledCount(plan, noLimits)).toBe(60);
  });

  it('fill a length of time with a count, in the shape of the curve', () => {
    const plan = planOf({}, { curve: { kind: 'ramp', from: 0, to: 100, overMs: 10_000 }, bursts: [] });
    const times = timesOf(plan, { count: 1_000, durationMs: 10_000, isCountSpread: true });
    expect(times).toHaveLength(1_000);
    expect(times.at(-1)).toBeLessThan(10_000);
    expect(times.at(-1)).toBeGreaterThan(9_990);
    // The integral of a line from 0: a quarter of the records in the first half of the time.
    expect(times.filter((t) => t < 5_000)).toHaveLength(250);
  });
});

describe('Poisson arrivals', () => {
  it('leave exponential gaps (Kolmogorov-Smirnov, alpha 0.001)', () => {
    const times = timesOf({ ...planOf({}, constant(1_000)), arrivals: 'poisson' }, { count: 20_000 });
    const gaps = times.slice(1).map((t, n) => t - times[n]!);
    expect(distance(gaps, (x) => 1 - Math.exp(-x))).toBeLessThan(criticalDistance(gaps.length));
  });

  it('follow a ramp', () => {
    const plan = planOf({}, { curve: { kind: 'ramp', from: 0, to: 2_000, overMs: 20_000 }, bursts: [] });
    const times = timesOf({ ...plan, arrivals: 'poisson' }, { durationMs: 20_000 });
    // 20 000 expected, standard deviation 141; a quarter of them in the first half.
    expect(Math.abs(times.length - 20_000)).toBeLessThan(4 * 141);
    expect(Math.abs(times.filter((t) => t < 10_000).length - 5_000)).toBeLessThan(4 * 71);
  });
});

describe('the curve', () => {
  const at = (rate: Rate, ms: number): number => {
    for (const segment of rateSegments([phase(rate)])) if (ms < segment.toMs) return rateAt(segment, ms);
    return Number.NaN;
  };

  it('of a wave begins low, is high after half a period, and is in between between', () => {
    const wave: Rate = { curve: { kind: 'wave', low: 100, high: 900, periodMs: 60_000 }, bursts: [] };
    expect([0, 15_000, 30_000, 45_000, 60_000].map((ms) => Math.round(at(wave, ms)))).toEqual([
      100, 500, 900, 500, 100,
    ]);
    expect(recordsBefore([phase(wave)], 60_000)).toBeCloseTo(30_000, 6);
  });

  it('of a burst is higher every so often, for so long', () => {
    const burst: Rate = {
      ...constant(100),
      bursts: [{ factor: 10, lengthMs: 30_000, when: { everyMs: 300_000 } }],
    };
    const seconds = [0, 299, 300, 329, 330, 599, 600, 629, 630];
    expect(seconds.map((s) => at(burst, s * 1_000))).toEqual([
      100, 100, 1_000, 1_000, 100, 100, 1_000, 1_000, 100,
    ]);
  });

  it('of a ramp holds at its end', () => {
    const ramp: Rate = { curve: { kind: 'ramp', from: 1_000, to: 20_000, overMs: 300_000 }, bursts: [] };
    expect([0, 150_000, 300_000, 900_000].map((ms) => at(ramp, ms))).toEqual([1_000, 10_500, 20_000, 20_000]);
  });
});
