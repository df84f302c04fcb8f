import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable, printableJson, shortened } from '../../src/domain/printable.js';
import { quoted } from '../../src/domain/traffic/notation.js';

const dangerous = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

describe('text for a terminal', () => {
  it.each([
    ['\u001b[2Jgone', '\\u001b[2Jgone'],
    ['\u009b31m', '\\u009b31m'],
    ['a\nb\rc\td', 'a\\nb\\rc\\td'],
    ['\u202egnp.exe', '\\u202egnp.exe'],
    ['\u{e0041}', '\\udb40\\udc41'],
    ['\ud800', '\\ud800'],
    ['naïve 語 🙂', 'naïve 語 🙂'],
  ])('%j is %s', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it('has nothing dangerous left, whatever it was, and JSON stays the same JSON', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(printable(text)).not.toMatch(dangerous);
        expect(quoted(text)).not.toMatch(dangerous);
        const json = printableJson({ [text]: [text] }, 2);
        expect(json.replaceAll('\n', '')).not.toMatch(dangerous);
        expect(JSON.parse(json)).toEqual({ [text]: [text] });
      }),
    );
  });

  it('is cut between characters', () => {
    expect(shortened('abcdef', 6)).toBe('abcdef');
    expect(shortened('abcdefg', 6)).toBe('abcde…');
    expect(shortened('abcd🙂g', 6)).toBe('abcd…');
  });
});
