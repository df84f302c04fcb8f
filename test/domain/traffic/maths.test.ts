import fc from 'fast-check';
import { expect, it } from 'vitest';
import { exp, ln, normalQuantile } from '../../../src/domain/traffic/maths.js';
import { exponential, logNormal } from '../../../src/domain/traffic/quantiles.js';
import { IndexedRandom } from '../../../src/domain/traffic/random.js';
import { Zipf } from '../../../src/domain/traffic/zipf.js';
import { criticalDistance, distance } from './support.js';

const relative = (actual: number, expected: number): number => Math.abs(actual / expected - 1);

it('logarithm and exponential agree with the engine to a part in 10^13', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1e-12, max: 1e12, noNaN: true }),
      fc.double({ min: -60, max: 60, noNaN: true }),
      (x, y) => {
        expect(Math.abs(ln(x) - Math.log(x))).toBeLessThan(1e-13 * Math.max(1, Math.abs(Math.log(x))));
        expect(relative(exp(y), Math.exp(y))).toBeLessThan(1e-13);
      },
    ),
  );
});

it('the normal quantile is that of published tables', () => {
  // NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.1.
  for (const [p, z] of [
    [0.5, 0],
    [0.841344746, 1],
    [0.977249868, 2],
    [0.998650102, 3],
    [0.001349898, -3],
  ] as const)
    expect(normalQuantile(p)).toBeCloseTo(z, 6);
});

function units(count: number): number[] {
  const random = new IndexedRandom(7);
  return Array.from({ length: count }, (_, n) => {
    random.seek(n);
    return random.unit();
  });
}

it('exponential and log-normal numbers have their distribution (Kolmogorov-Smirnov, alpha 0.001)', () => {
  const drawn = units(20_000);
  const exponentials = drawn.map((unit) => exponential(unit, 30));
  expect(distance(exponentials, (x) => 1 - Math.exp(-x / 30))).toBeLessThan(criticalDistance(drawn.length));
  const logs = drawn.map((unit) => Math.log(logNormal(unit, 12, 0.8) / 12) / 0.8);
  expect(distance(logs, standardNormal)).toBeLessThan(criticalDistance(drawn.length));
});

it('ranks are drawn by Zipf’s law (chi-square, 99 degrees of freedom, alpha 0.001)', () => {
  for (const exponent of [0, 0.7, 1, 1.5]) {
    const ranks = 100;
    const draws = 200_000;
    const zipf = new Zipf(ranks, exponent);
    const counts = new Float64Array(ranks);
    for (const unit of units(draws)) counts[zipf.rankOf(unit)]! += 1;
    const weights = Array.from({ length: ranks }, (_, k) => (k + 1) ** -exponent);
    const sum = weights.reduce((total, weight) => total + weight, 0);
    const chiSquare = weights.reduce((total, weight, k) => {
      const expected = (draws * weight) / sum;
      return total + (counts[k]! - expected) ** 2 / expected;
    }, 0);
    expect(chiSquare, `exponent ${String(exponent)}`).toBeLessThan(148.2);
  }
});

it('every rank is in range, for one user too', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 500 }),
      fc.double({ min: 0, max: 3, noNaN: true }),
      (ranks, exponent) => {
        const zipf = new Zipf(ranks, exponent);
        for (const unit of units(200)) {
          const rank = zipf.rankOf(unit);
          expect(Number.isInteger(rank) && rank >= 0 && rank < ranks).toBe(true);
        }
      },
    ),
  );
});

/** Abramowitz and Stegun 7.1.26: within 1.5e-7. */
function standardNormal(x: number): number {
  const t = 1 / (1 + (0.3275911 * Math.abs(x)) / Math.SQRT2);
  const poly =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const half = 1 - (poly * Math.exp((-x * x) / 2)) / 1;
  return x < 0 ? (1 - half) / 2 : (1 + half) / 2;
}
