import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isBeyondJsonLimits } from '../../src/domain/json-limits.js';
import { jsonFault } from '../../src/domain/json-scan.js';

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe('the place where a text stops being JSON', () => {
  it.each([
    ['', 0, 'there is nothing'],
    ['  ', 2, 'there is nothing'],
    ['{', 1, 'the text ends here, and } is missing'],
    ['{"a":[1', 7, 'the text ends here, and ] is missing'],
    ['{"a":1,}', 7, 'a name in double quotes is expected'],
    ['{,"a":1}', 1, 'a name in double quotes or } is expected'],
    ["{'a':1}", 1, 'a name in double quotes or } is expected'],
    ['{"a":1,"b', 7, 'the quotation mark that opens here is never closed'],
    ['{"a" 1}', 5, 'a colon is expected'],
    ['{"a":1 "b":2}', 7, 'a comma or } is expected'],
    ['[1 2]', 3, 'a comma or ] is expected'],
    ['[1}', 2, 'a comma or ] is expected'],
    ['[1,]', 3, 'a text in double quotes, a number, true, false, null, { or [ is expected'],
    ['{"a":NaN}', 5, 'a text in double quotes, a number, true, false, null, { or [ is expected'],
    ['{"a":01}', 5, 'a text in double quotes, a number, true, false, null, { or [ is expected'],
    ['{"a":"b', 5, 'the quotation mark that opens here is never closed'],
    ['{"a":"\\x"}', 6, 'there is no such escape'],
    ['{"a":"\t"}', 6, 'a control character in a text must be written as an escape'],
    ['{"a":1} x', 8, 'nothing may follow the value'],
    ['{}{}', 2, 'nothing may follow the value'],
    ['\ufeff{}', 0, 'a text in double quotes, a number, true, false, null, { or [ is expected'],
  ])('%j is at %d', (text, index, problem) => {
    expect(isJson(text)).toBe(false);
    expect(jsonFault(text)).toEqual({ index, problem });
  });

  it('is there exactly when JSON.parse fails', () => {
    const spoiled = fc
      .tuple(
        fc.json({ maxDepth: 3 }),
        fc.nat(60),
        fc.constantFrom('', ',', '}', ']', '"', '\\', '1', ' ', ':'),
      )
      .map(([text, at, put]) => text.slice(0, at) + put + text.slice(at + 1));
    fc.assert(
      fc.property(fc.oneof(spoiled, fc.json(), fc.string()), (text) => {
        expect(jsonFault(text) === undefined).toBe(isJson(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is found in ten megabytes, and as deep as you like', () => {
    const long = JSON.stringify({ a: 'x\n'.repeat(3_500_000) });
    expect(jsonFault(long)).toBeUndefined();
    expect(isBeyondJsonLimits(long)).toBe(false);
    expect(jsonFault(`${long.slice(0, -2)}\t"}`)).toMatchObject({ index: long.length - 2 });
    expect(jsonFault('['.repeat(1_000_000))).toMatchObject({ index: 1_000_000 });
  });
});
