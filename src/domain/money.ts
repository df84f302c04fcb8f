import { StreamlabError } from '../errors.js';

const decimal = /^(-?)(\d+)(?:\.(\d{1,2})0*)?$/;

/** Whole cents of a decimal in plain notation such as `-12.5`; undefined if it is none, or not exact. */
export function centsOf(text: string): number | undefined {
  const match = decimal.exec(text);
  if (match === null) return undefined;
  const cents = Number(`${match[2] ?? ''}${(match[3] ?? '').padEnd(2, '0')}`);
  if (!Number.isSafeInteger(cents)) return undefined;
  return match[1] === '-' ? 0 - cents : cents;
}

/** `1234` -> `12.34`, always with two decimals. */
export function formatCents(cents: number): string {
  const digits = String(Math.abs(cents)).padStart(3, '0');
  return `${cents < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/**
 * The exact sum of whole cents.
 * @throws StreamlabError UNSUPPORTED beyond 2^53 cents, where numbers are no longer exact
 */
export function addCents(sum: number, cents: number): number {
  const result = sum + cents;
  if (Number.isSafeInteger(result)) return result;
  throw new StreamlabError(
    'UNSUPPORTED',
    'A sum of money is beyond 90 trillion, where it cannot be kept exact.',
    {
      suggestions: ['Start over with smaller amounts.'],
    },
  );
}
