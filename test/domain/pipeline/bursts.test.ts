import { describe, expect, it } from 'vitest';
import { flinkGroup } from '../../../src/domain/clickhouse.js';
import { burstRate } from '../../../src/domain/pipeline/bursts.js';
import type { Series } from '../../../src/domain/pipeline/series.js';
import { nothingSeen, seriesOf } from '../../../src/domain/pipeline/state.js';
import { topics } from '../../../src/domain/topics.js';
import { facts } from '../../tui/support/observations.js';

/** A look every two seconds at a counter that grows by 500 at each checkpoint, every five seconds. */
const looked = (seconds: number, firstAt = 0): Series =>
  Array.from({ length: Math.floor(seconds / 2) + 1 }, (_, i) => {
    const at = firstAt + i * 2_000;
    return [at, Math.floor(at / 5_000) * 500] as const;
  });
const running = nothingSeen(facts);
const still: Series = [
  [0, 7],
  [4_000, 7],
];
const atRest = {
  ...running,
  series: {
    [seriesOf.end(topics.raw)]: still,
    [seriesOf.lag(flinkGroup)]: still.map(([at]) => [at, 0] as const),
  },
};

describe('the rate of what comes at checkpoints', () => {
  it.each([0, 1_000, 2_000, 3_000, 4_000])('is right in a short look, begun %i ms after one', (firstAt) => {
    for (const seconds of [4, 6, 8, 10, 20]) {
      const series = looked(seconds, firstAt);
      const rate = burstRate(running, series, series.at(-1)![0]);
      // Nothing came yet in less than an interval.
      if (series.at(-1)![1] === series[0]![1]) expect(rate).toBe(null);
      else expect(rate).toBeCloseTo(100, -1.4);
    }
  });

  it('is 0 where nothing is under way, or nothing came in a whole interval', () => {
    expect(burstRate(atRest, still, 4_000)).toBe(0);
    expect(burstRate(running, still, 4_000)).toBe(null);
    expect(burstRate(running, [...still, [6_100, 7]], 6_100)).toBe(0);
  });

  it('counts what one checkpoint brings in two looks as one', () => {
    const split: Series = [
      [0, 0],
      [2_000, 200],
      [4_000, 500],
    ];
    expect(burstRate(running, split, 4_000)).toBe(100);
  });
});
