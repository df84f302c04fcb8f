import { describe, expect, it } from 'vitest';
import type { Series } from '../../../src/domain/pipeline/series.js';
import { trendPerSecond } from '../../../src/domain/pipeline/trend.js';

const over = { windowMs: 30_000, leastMs: 10_000 };
/** One value a second for so long; lag that is committed every `everySeconds`, and grows by `growth` a second beyond that. */
function lag(seconds: number, growth: number, everySeconds: number, rate = 5_000): Series {
  return Array.from({ length: seconds + 1 }, (_, s) => [s * 1_000, (s % everySeconds) * rate + growth * s]);
}

describe('a trend', () => {
  it.each([2, 3, 5, 7, 10])('is steady for lag that is committed every %i s, at any moment', (every) => {
    const whole = lag(90, 0, every);
    const seen = new Set(
      Array.from({ length: 60 }, (_, i) => trendPerSecond(whole.slice(0, 31 + i), (30 + i) * 1_000, over)),
    );
    expect(seen).toEqual(new Set([0]));
  });

  it.each([1_500, -1_500])('is seen through the commits: %i/s', (growth) => {
    const whole = lag(90, growth, 5);
    for (let s = 30; s <= 90; s++) {
      const trend = trendPerSecond(whole.slice(0, s + 1), s * 1_000, over)!;
      expect(Math.abs(trend - growth)).toBeLessThan(Math.abs(growth) / 3);
    }
  });

  it('is exact without noise, and 0 of what stands still', () => {
    const line: Series = [0, 1, 2, 3].map((s) => [s * 1_000, 700 - s * 20]);
    expect(trendPerSecond(line, 3_000, { windowMs: 30_000, leastMs: 2_000 })).toBeCloseTo(-20);
    expect(trendPerSecond(lag(30, 0, 1), 30_000, over)).toBe(0);
  });

  it('is not known from two points, from less time than commits take, or from one moment', () => {
    expect(trendPerSecond(undefined, 0, over)).toBeUndefined();
    expect(trendPerSecond(lag(1, 5, 1), 1_000, { windowMs: 30_000, leastMs: 0 })).toBeUndefined();
    expect(trendPerSecond(lag(9, 5, 1), 9_000, over)).toBeUndefined();
    const moment: Series = [5, 6, 7].map((value) => [1_000, value]);
    expect(trendPerSecond(moment, 1_000, { windowMs: 30_000, leastMs: 0 })).toBeUndefined();
  });
});
