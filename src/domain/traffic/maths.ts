/**
 * Logarithm, exponential and the normal quantile out of additions, multiplications and divisions alone. ECMAScript leaves
 * the last bits of Math.log and its like to the implementation; what is here is the same to the bit on every machine, as
 * the generator has promised.
 */

const LN2 = 0.693_147_180_559_945_3;
const SQRT_HALF = 0.707_106_781_186_547_6;

/** e^x for |x| up to about 700. */
export function exp(x: number): number {
  const halvings = Math.round(x / LN2);
  const rest = x - halvings * LN2;
  let term = 1;
  let sum = 1;
  // |rest| <= ln(2)/2: the 18th term is below 1e-24.
  for (let n = 1; n <= 18; n++) {
    term = (term * rest) / n;
    sum += term;
  }
  return scale(sum, halvings);
}

/** Natural logarithm of a positive number. */
export function ln(x: number): number {
  let mantissa = x;
  let exponent = 0;
  for (; mantissa > 2 * SQRT_HALF; exponent++) mantissa /= 2;
  for (; mantissa < SQRT_HALF; exponent--) mantissa *= 2;
  // ln m = 2 artanh((m - 1) / (m + 1)); |s| < 0.172, so the 15th term is below 1e-23.
  const s = (mantissa - 1) / (mantissa + 1);
  const square = s * s;
  let power = s;
  let sum = 0;
  for (let n = 1; n <= 29; n += 2) {
    sum += power / n;
    power *= square;
  }
  return 2 * sum + exponent * LN2;
}

function scale(value: number, exponent: number): number {
  let result = value;
  for (let n = exponent; n > 0; n--) result *= 2;
  for (let n = exponent; n < 0; n++) result /= 2;
  return result;
}

/*
  Coefficients of Peter Acklam's rational approximation of the normal quantile (2003), relative error below 1.15e-9.
*/
const A = [
  -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1,
  2.506628277459239,
] as const;
const B = [
  -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1,
  1,
] as const;
const C = [
  -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
] as const;
const D = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1] as const;
const TAIL = 0.02425;

const polynomial = (coefficients: readonly number[], x: number): number =>
  coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);

/** The number that a standard normal variable stays below with probability p, 0 < p < 1. */
export function normalQuantile(p: number): number {
  if (p > 1 - TAIL) return -normalQuantile(1 - p);
  if (p < TAIL) {
    // A square root is correctly rounded wherever IEEE 754 is, so this one may be the engine's.
    const q = Math.sqrt(-2 * ln(p));
    return polynomial(C, q) / polynomial(D, q);
  }
  const q = p - 0.5;
  const r = q * q;
  return (polynomial(A, r) * q) / polynomial(B, r);
}
