import { describe, expect, it } from 'vitest';
import {
  append,
  ratePerSecond,
  passedAt,
  seriesLength,
  slopePerSecond,
  sparkOf,
  valueAt,
  type Series,
} from '../../../src/domain/pipeline/series.js';

const steady: Series = Array.from({ length: 20 }, (_, i) => [i * 1_000, i * 500]);

describe('rates of counters', () => {
  it('is the growth per second', () => {
    expect(ratePerSecond(steady, 19_000, 10_000)).toBe(500);
  });

  it('does not saw-tooth where a counter grows in steps', () => {
    const steps: Series = Array.from({ length: 41 }, (_, i) => [i * 1_000, Math.floor(i / 5) * 2_500]);
    const rates = [30, 31, 32, 33, 34, 35, 38].map((s) =>
      ratePerSecond(steps.slice(0, s + 1), s * 1_000, 20_000),
    );
    expect(new Set(rates)).toEqual(new Set([500]));
  });

  it('falls to nothing when the counter stands still', () => {
    const stopped: Series = [
      ...steady,
      ...Array.from({ length: 30 }, (_, i) => [20_000 + i * 1_000, 9_500] as const),
    ];
    expect(ratePerSecond(stopped, 49_000, 10_000)).toBe(0);
  });

  it('takes a counter that fell for one that began anew', () => {
    const restarted: Series = [...steady, [20_000, 0], [21_000, 100], [22_000, 200]];
    expect(ratePerSecond(restarted, 22_000, 10_000)).toBe(100);
  });

  it('is not known from one point', () => {
    expect(ratePerSecond([[0, 5]], 0, 10_000)).toBeUndefined();
    expect(ratePerSecond(undefined, 0, 10_000)).toBeUndefined();
  });

  it('may fall where the value may', () => {
    expect(
      slopePerSecond(
        [
          [0, 1_000],
          [10_000, 0],
        ],
        10_000,
        30_000,
      ),
    ).toBe(-100);
  });
});

describe('a growing series', () => {
  it('tells its value at a moment and the moment of a value', () => {
    expect(valueAt(steady, 2_500)).toBe(1_250);
    expect(passedAt(steady, 1_250)).toBe(2_500);
    expect(passedAt(steady, 0)).toBe(0);
    expect(passedAt(steady.slice(5), 100)).toBeUndefined();
    expect(passedAt(steady, 1_000_000)).toBeUndefined();
  });

  it('left a value when it grew again, not when it came to it: a topic may stand still for hours', () => {
    const standing: Series = [
      [0, 5],
      [1_000, 7],
      [3_600_000, 7],
      [3_601_000, 9],
    ];
    expect(passedAt(standing, 7)).toBe(3_600_000);
    expect(passedAt(standing.slice(0, 3), 7)).toBeUndefined();
  });

  it('keeps a bounded number of points', () => {
    let series: Series | undefined;
    for (let i = 0; i < 1_000; i++) series = append(series, i, i);
    expect(series).toHaveLength(seriesLength);
    expect(series?.at(-1)).toEqual([999, 999]);
  });

  it('has a spark line of its rates', () => {
    expect(sparkOf(steady, 19_000, 3, 4_000)).toEqual([500, 500, 500]);
    expect(sparkOf(undefined, 0, 2, 1_000)).toEqual([]);
    // None of the time before it was known.
    expect(sparkOf(steady, 5_000, 30, 1_000)).toEqual([500, 500, 500, 500, 500]);
  });
});
