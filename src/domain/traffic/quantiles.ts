import { exp, ln, normalQuantile } from './maths.js';

/** Numbers of a distribution out of numbers drawn evenly, 0 <= unit < 1: the inverse of the cumulative distribution. */

const SMALLEST = 2 ** -33;

/** @returns 0 or more, on average `mean` */
export function exponential(unit: number, mean: number): number {
  return -mean * ln(1 - unit);
}

/** @param sigma standard deviation of the logarithm */
export function logNormal(unit: number, median: number, sigma: number): number {
  return median * exp(sigma * normalQuantile(Math.max(unit, SMALLEST)));
}
