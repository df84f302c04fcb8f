import { describe, expect, test } from 'vitest';

interface Units {
  formatValue: (value: unknown, field: object, place?: object) => string;
}
const { formatValue } = (await import(new URL('../../console/lib/units.js', import.meta.url).href)) as Units;
const shown = (value: unknown, unit?: string, decimals?: number): string =>
  formatValue(value, { unit, decimals }, { locale: 'en', now: 1_000_000, timeZone: 'UTC' }).replace(
    /\u202f/g,
    ' ',
  );

describe('a value is shown', () => {
  test.each([
    [1234.5678, undefined, undefined, '1,234.57'],
    [0, 'locale', 2, '0.00'],
    [0.0575, 'percentunit', 2, '5.75%'],
    [59.99, 's', 0, '1 min'],
    [0.0021, 's', 1, '2 ms'],
    [90, 's', 1, '1.5 min'],
    [250, 'ms', undefined, '250 ms'],
    [2_500, 'ms', 1, '2.5 s'],
    [999, 'decbytes', undefined, '999 B'],
    [338_400, 'decbytes', undefined, '338.4 kB'],
    [995_000, 'dateTimeFromNow', undefined, '5 s ago'],
    [1_005_000, 'dateTimeFromNow', undefined, 'in 5 s'],
  ])('%s as %s with %s decimals: %s', (value, unit, decimals, text) => {
    expect(shown(value, unit, decimals)).toBe(text);
  });

  test('to the last digit where a double would lose some', () => {
    expect(shown('90071992547409.79', 'locale', 2)).toBe('90,071,992,547,409.79');
  });

  test('as what stands for nothing where there is none, and as it is where it is text', () => {
    expect([shown(null), shown(''), shown(Infinity)]).toEqual(['–', '–', '–']);
    expect(formatValue(null, { noValue: 'none' })).toBe('none');
    expect(shown('1; DROP')).toBe('1; DROP');
  });
});
