import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addCents, centsOf, formatCents } from '../../src/domain/money.js';

describe('money', () => {
  it('survives being written and read', () => {
    fc.assert(fc.property(fc.maxSafeInteger(), (cents) => centsOf(formatCents(cents)) === cents));
  });

  it.each([
    ['12.5', 1_250],
    ['-0.05', -5],
    ['7', 700],
    ['1.500', 150],
    ['1.005', undefined],
    ['1e2', undefined],
    ['', undefined],
    ['90071992547409.92', undefined],
  ])('reads %s', (text, cents) => {
    expect(centsOf(text)).toBe(cents);
  });

  it('refuses a sum that numbers cannot hold exactly', () => {
    expect(() => addCents(Number.MAX_SAFE_INTEGER, 1)).toThrow(/exact/);
  });
});
