import { describe, expect, it } from 'vitest';
import { nearest } from '../../src/domain/nearest.js';

describe('the nearest word', () => {
  const words = ['late', 'late-by', 'rate', 'duplicates', 'flash-sale'];

  it.each([
    ['lat', 'late'],
    ['lateby', 'late-by'],
    ['duplicate', 'duplicates'],
    ['FlashSale', 'flash-sale'],
    ['rte', 'rate'],
    ['flash', 'flash-sale'],
  ])('to %s is %s', (given, word) => {
    expect(nearest(given, words)).toBe(word);
  });

  it('is none when nothing is close, or the word is endless', () => {
    expect(nearest('compression', words)).toBeUndefined();
    expect(nearest('', words)).toBeUndefined();
    expect(nearest('late'.repeat(100_000), words)).toBeUndefined();
  });
});
