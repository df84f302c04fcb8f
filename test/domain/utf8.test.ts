import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8Of } from '../../src/domain/utf8.js';

const encoder = new TextEncoder();

describe('utf8Of', () => {
  it('gives what TextEncoder gives, and nothing that comes later changes it', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'binary', maxLength: 2_000 }),
      fc.constantFrom('', '\ud800', 'x'.repeat(2_730), 'x'.repeat(2_731), '€'.repeat(9_000)),
    );
    fc.assert(
      fc.property(fc.array(text, { maxLength: 60 }), (texts) => {
        const all = texts.map(utf8Of);
        expect(all.map((bytes) => Array.from(bytes))).toEqual(
          texts.map((each) => Array.from(encoder.encode(each))),
        );
      }),
    );
  });
});
