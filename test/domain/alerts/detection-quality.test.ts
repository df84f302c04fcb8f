import { describe, expect, it } from 'vitest';
import {
  generatedSeries,
  shapes,
  type ShapeName,
} from '../../../src/domain/alerts/quality/generated-series.js';
import {
  addedScores,
  alertsIn,
  noScore,
  precisionOf,
  recallOf,
  scoreOf,
  type Judging,
} from '../../../src/domain/alerts/quality/score.js';
import { bandOf } from '../../../src/domain/alerts/detectors.js';
import { median, robustDeviation } from '../../../src/domain/alerts/statistics.js';
import type { AlertRule } from '../../../src/domain/alerts/rule.js';
import { minute, rules, Run } from './support.js';

const [rule] = rules('name: revenue, kind: revenue_anomaly, cooldown: 0s') as [
  Extract<AlertRule, { kind: 'revenue_anomaly' }>,
];
const byDefault: Judging = { ...rule, badMinutes: 1 };

describe('median and deviation', () => {
  it('are those of the definition, and outliers do not move them far', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([])).toBeNaN();
    expect(robustDeviation([1, 2, 3, 4, 1e9], 3)).toBeCloseTo(1.4826);
  });
});

describe.each(['robust_z', 'ewma'] as const)('the band of %s', (detector) => {
  const settings = { ...rule, detector };
  it('lies about what was usual, is never narrower than min_change, and is unknown of few', () => {
    expect(bandOf(settings, [100, 100, 100, 100])).toBeUndefined();
    const steady = bandOf(
      settings,
      Array.from({ length: 30 }, () => 100),
    );
    expect(steady).toEqual({ low: 75, high: 125, expected: 100 });
  });

  it('is hardly moved by one outlier', () => {
    const values = Array.from({ length: 30 }, (_, n) => 100 + ((n * 7) % 11));
    const before = bandOf(settings, values);
    const after = bandOf(settings, [...values, 10_000]);
    expect((after?.high ?? 0) / (before?.high ?? 0)).toBeLessThan(1.35);
  });
});

describe('detection with the settings by default, on generated days', () => {
  const scored = (shape: ShapeName) =>
    [1, 2, 3].map((seed) => scoreOf(generatedSeries(shape, seed), byDefault)).reduce(addedScores, noScore);

  it.each([
    ['steady', 0.97, 0.97],
    ['trend', 0.93, 0.97],
    ['wave', 0.97, 0.95],
    ['holes', 0.93, 0.9],
  ] as const)('of %s finds what is wrong, and little else', (shape, precision, recall) => {
    const score = scored(shape);
    expect(score.anomalies).toBeGreaterThan(30);
    expect(precisionOf(score)).toBeGreaterThanOrEqual(precision);
    expect(recallOf(score)).toBeGreaterThanOrEqual(recall);
  });

  it('is that of the engine, alert by alert', () => {
    for (const shape of Object.keys(shapes) as ShapeName[]) {
      const series = generatedSeries(shape, 7, { minutes: 300, ordersPerMinute: 300 });
      const run = new Run([rule], 0, false);
      // A window is closed by what comes after it, as in a lab.
      series.revenue.forEach((revenue, n) => {
        if (revenue === null) return;
        run.put(n, { orders: series.orders[n] ?? 0, revenue, views: 1 });
        run.close(n - 1);
      });
      run.close(series.revenue.length - 1);
      const fired = run.events.filter(({ kind }) => kind === 'firing').map(({ startedAt }) => startedAt);
      const expected = alertsIn(series, byDefault).map(({ from }) => minute(from));
      // An alert that flaps goes on for longer than the score has it.
      expect(expected).toEqual(expect.arrayContaining(fired));
      if (shape !== 'few') expect(fired.length).toBeGreaterThan(0);
    }
  });
});
