/** The middle value; of an even number, the mean of the two middle ones. NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? NaN) + upper) / 2;
}

/** Of a normal distribution, its standard deviation is so many median absolute deviations. */
const NORMAL = 1.4826;

/** Standard deviation as the median absolute deviation tells it: less than half of the values may be anything. */
export function robustDeviation(values: readonly number[], middle: number): number {
  return NORMAL * median(values.map((value) => Math.abs(value - middle)));
}
