import { median, robustDeviation } from './statistics.js';

/** How revenue is told from what is usual; the fields are those of the rule file. */
export interface DetectorSettings {
  detector: 'robust_z' | 'ewma';
  /** How many windows are looked back upon. */
  windows: number;
  /** With fewer, nothing is known. */
  min_windows: number;
  /** How many standard deviations off are too many. */
  sensitivity: number;
  /** What is less off than this share of the expected value is no matter, however steady it was before. */
  min_change: number;
}

export interface Band {
  low: number;
  high: number;
  expected: number;
}

/**
 * Where the next value should lie, by those before it, oldest first; undefined where too few are known.
 */
export function bandOf(settings: DetectorSettings, before: readonly number[]): Band | undefined {
  const values = before.slice(-settings.windows);
  if (values.length < settings.min_windows) return undefined;
  const { expected, deviation } = settings.detector === 'ewma' ? ewma(settings, values) : robust(values);
  const half = Math.max(
    settings.sensitivity * deviation * fewness(values.length),
    settings.min_change * Math.abs(expected),
  );
  return { low: expected - half, high: expected + half, expected };
}

interface Usual {
  expected: number;
  deviation: number;
}

/** A deviation that was told from few values is often too small: as with Student's t, the band is wider then. */
function fewness(count: number): number {
  return 1 + 3 / count;
}

function robust(values: readonly number[]): Usual {
  const expected = median(values);
  return { expected, deviation: robustDeviation(values, expected) };
}

/**
 * Exponentially weighted mean and variance. They begin as the median has them: begun at the first values, both would be
 * wrong as often as an anomaly is the oldest that is looked back upon. A value beyond the band counts as if it lay on its
 * edge, or one outlier would widen the band for long.
 */
function ewma({ windows, sensitivity }: DetectorSettings, values: readonly number[]): Usual {
  const alpha = 2 / (windows + 1);
  const first = robust(values);
  let { expected } = first;
  let variance = first.deviation ** 2;
  for (const value of values) {
    const limit = sensitivity * Math.sqrt(variance);
    const off = Math.min(limit, Math.max(-limit, value - expected));
    expected += alpha * off;
    variance = (1 - alpha) * (variance + alpha * off * off);
  }
  return { expected, deviation: Math.sqrt(variance) };
}
