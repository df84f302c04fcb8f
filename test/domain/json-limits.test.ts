import { describe, expect, test } from 'vitest';
import { isBeyondJsonLimits } from '../../src/domain/json-limits.js';

const object = (inside: string): string => `{"a":${inside}}`;
const nested = (levels: number): string => object('['.repeat(levels) + ']'.repeat(levels));

describe('JSON that the job takes for malformed', () => {
  test.each([
    ['nesting', nested(999)],
    ['a long number', object('1'.repeat(1001))],
    ['a long fraction', object(`0.${'9'.repeat(1000)}`)],
    ['a long key', `{"${'k'.repeat(50_001)}":1}`],
    ['a huge exponent', object('1e99999999999')],
    ['a huge negative exponent', object('[true,-1.5E-99999999999]')],
  ])('%s beyond the limit', (_, text) => {
    JSON.parse(text);
    expect(isBeyondJsonLimits(text)).toBe(true);
  });

  test.each([
    ['nesting', nested(998)],
    ['a long number', object('1'.repeat(1000))],
    ['a long key', `{"${'k'.repeat(50_000)}":1}`],
    ['a large exponent', object('1e400')],
    [
      'brackets and numbers in a string',
      object(JSON.stringify('['.repeat(2_000) + '1e99999999999' + '1'.repeat(2_000))),
    ],
    ['a string that looks like a key', object(`["${'k'.repeat(60_000)}"]`)],
    ['quotes behind backslashes', object(JSON.stringify('\\'.repeat(3) + '"' + '['.repeat(1_500)))],
  ])('%s within the limit is taken', (_, text) => {
    JSON.parse(text);
    expect(isBeyondJsonLimits(text)).toBe(false);
  });
});
