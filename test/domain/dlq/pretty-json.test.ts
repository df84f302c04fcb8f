import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { prettyJson } from '../../../src/domain/dlq/pretty-json.js';
import { control, hostile } from './support.js';

const endless = { lines: Infinity, value: Infinity };
const linesOf = (text: string, limits = endless): string[] =>
  prettyJson(text, limits).lines.map(({ text: line }) => line);

describe('JSON laid out', () => {
  test('is a value a line', () => {
    expect(linesOf('{"a":1,"b":[true,{"c":null}],"d":{},"e":[]}')).toEqual([
      '{',
      '  "a": 1,',
      '  "b": [',
      '    true,',
      '    {',
      '      "c": null',
      '    }',
      '  ],',
      '  "d": {},',
      '  "e": []',
      '}',
    ]);
  });

  test('is spelled as it was: numbers, escapes, and names that stand twice', () => {
    expect(linesOf('{"n":12345678901234567890.10,"n":1E+2,"t":"\\u0041\\/"}')).toEqual([
      '{',
      '  "n": 12345678901234567890.10,',
      '  "n": 1E+2,',
      '  "t": "\\u0041\\/"',
      '}',
    ]);
  });

  test.each(['7', '"x"', 'null', '{}', '[]'])('of one value is one line: %s', (text) => {
    expect(linesOf(` ${text} `)).toEqual([text]);
  });

  test('is what JSON.stringify lays out', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const wanted = JSON.stringify(value, undefined, 2);
        // Texts that a terminal may not show are another test's.
        fc.pre(!control.test(wanted.replaceAll('\n', '')));
        expect(linesOf(JSON.stringify(value)).join('\n')).toBe(wanted);
      }),
    );
  });

  test('is not indented beyond the fortieth level', () => {
    const deep = 1_000;
    const lines = linesOf(`${'['.repeat(deep)}1${']'.repeat(deep)}`);
    expect(lines).toHaveLength(2 * deep + 1);
    expect(lines[39]).toBe(`${' '.repeat(78)}[`);
    expect(lines[deep]).toBe(`${' '.repeat(80)}1`);
    expect(Math.max(...lines.map(({ length }) => length))).toBe(81);
  });

  test('never has what a terminal would obey', () => {
    const text = `{"\u009b31m\u202e\u2028\u007f":"\u009b2J"}`;
    expect(linesOf(text)).toEqual(['{', '  "\\u009b31m\\u202e\\u2028\\u007f": "\\u009b2J"', '}']);
    const wild = fc
      .array(fc.oneof(fc.nat(0xff), fc.integer({ min: 0x2000, max: 0x20ff })), { maxLength: 6 })
      .map((points) => String.fromCodePoint(...points));
    fc.assert(
      fc.property(fc.array(fc.tuple(wild, wild), { maxLength: 4 }), (fields) => {
        const json = JSON.stringify({ ...Object.fromEntries(fields), [hostile]: hostile });
        expect(linesOf(json, { lines: 50, value: 12 }).join('')).not.toMatch(control);
      }),
      { numRuns: 50 },
    );
  });
});

describe('the field of a line', () => {
  const fieldsOf = (text: string) => prettyJson(text, endless).lines.map(({ field }) => field);

  test('is the name in the object at the root, also of the lines inside', () => {
    expect(fieldsOf('{"a":1,"b":{"c":[2]},"\\u0064":3}')).toEqual([
      undefined,
      'a',
      'b',
      'b',
      'b',
      'b',
      'b',
      'd',
      undefined,
    ]);
  });

  test('is a name, never a value', () => {
    expect(fieldsOf('{"a":"b"}')).toEqual([undefined, 'a', undefined]);
  });

  test('is none where the root is a list', () => {
    expect(fieldsOf('["a","b",{"c":1},"d"]')).toEqual(new Array(8).fill(undefined));
  });
});

describe('long JSON', () => {
  const many = (count: number): string => JSON.stringify(Array.from({ length: count }, (_, n) => n));

  test('is cut behind so many lines, and no sooner', () => {
    expect(prettyJson(many(4), { lines: 6, value: 99 })).toMatchObject({ isCut: false });
    const { lines, isCut } = prettyJson(many(5), { lines: 6, value: 99 });
    expect(isCut).toBe(true);
    expect(lines.map(({ text }) => text)).toEqual(['[', '  0,', '  1,', '  2,', '  3,', '  4']);
  });

  test('of a name or value keeps its beginning, and how long it was', () => {
    expect(linesOf('{"abcdef":"0123456789"}', { lines: 9, value: 8 })).toEqual([
      '{',
      '  "abcdef": "012345… (12 characters)',
      '}',
    ]);
    expect(linesOf('{"abcdefg":12345678}', { lines: 9, value: 8 })).toEqual([
      '{',
      '  "abcdef… (9 characters): 12345678',
      '}',
    ]);
  });

  test('is a part of all of it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.integer({ min: 1, max: 12 }), (value, most) => {
        const text = JSON.stringify(value);
        const all = linesOf(text);
        const { lines, isCut } = prettyJson(text, { lines: most, value: Infinity });
        expect(lines.map(({ text: line }) => line)).toEqual(all.slice(0, most));
        expect(isCut).toBe(all.length > most);
      }),
    );
  });
});
