import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FoundLetter } from '../../../src/domain/dlq/found-letter.js';
import { LetterTally, type LetterStats } from '../../../src/domain/dlq/letter-tally.js';
import { found, letterJson } from './support.js';

const minute = 60_000;
const replayed = { replayId: 'r-1', attempt: 1, repaired: false, forced: false };

function stats(letters: readonly FoundLetter[]): LetterStats {
  const tally = new LetterTally();
  for (const letter of letters) tally.add(letter);
  return tally.stats;
}
const letter = (reason: string, failedAt: number, type: string | null = 'page_view', isReplayed = false) =>
  found(letterJson({ reason, event_type: type, failed_at: failedAt }), {}, isReplayed ? replayed : undefined);
/** Counts by hand, without making and parsing a record for each. */
const template = letter('x', 0);
const quick = (reason: string, failedAtMs: number): FoundLetter => {
  if (template.letter === undefined) throw new Error('unreadable');
  return { ...template, letter: { ...template.letter, reason, failedAtMs } };
};
const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((all, count) => all + count, 0);

describe('dead letters are counted', () => {
  test('by reason, type and minute, outstanding or replayed', () => {
    const letters = [
      letter('too_late', 2 * minute - 1),
      letter('too_late', minute, 'order_placed', true),
      letter('malformed_json', 5 * minute, null),
      letter('too_late', 0, 'page_view', true),
    ];
    expect(stats(letters)).toEqual({
      total: 4,
      outstanding: 2,
      replayed: 2,
      byReason: { too_late: 3, malformed_json: 1 },
      outstandingByReason: { too_late: 1, malformed_json: 1 },
      byType: { page_view: 2, order_placed: 1, unknown: 1 },
      outstandingByType: { page_view: 1, unknown: 1 },
      byMinute: [
        { minute: 0, letters: 1, outstanding: 0, byReason: { too_late: 1 } },
        { minute, letters: 2, outstanding: 1, byReason: { too_late: 2 } },
        { minute: 5 * minute, letters: 1, outstanding: 1, byReason: { malformed_json: 1 } },
      ],
    });
  });

  test('also where they cannot be read: by when they were written', () => {
    expect(stats([found('hello'), found(null, {}, replayed)])).toEqual({
      total: 2,
      outstanding: 1,
      replayed: 1,
      byReason: { unreadable: 2 },
      outstandingByReason: { unreadable: 1 },
      byType: { unknown: 2 },
      outstandingByType: { unknown: 1 },
      byMinute: [{ minute: 2 * minute, letters: 2, outstanding: 1, byReason: { unreadable: 2 } }],
    });
  });

  test('as none where there are none', () => {
    expect(stats([])).toEqual({
      total: 0,
      outstanding: 0,
      replayed: 0,
      byReason: {},
      outstandingByReason: {},
      byType: {},
      outstandingByType: {},
      byMinute: [],
    });
  });

  test('under names that objects inherit, too', () => {
    const { byReason, outstandingByReason, byMinute } = stats([
      letter('__proto__', 0),
      letter('constructor', 0, 'toString', true),
    ]);
    expect(Object.entries(byReason)).toEqual([
      ['__proto__', 1],
      ['constructor', 1],
    ]);
    expect(Object.keys(outstandingByReason)).toEqual(['__proto__']);
    expect(Object.entries(byMinute[0]!.byReason)).toEqual([
      ['__proto__', 1],
      ['constructor', 1],
    ]);
  });
});

describe('memory does not grow with invented letters', () => {
  test('names beyond 500 are counted together', () => {
    const names = Array.from({ length: 600 }, (_, n) => `reason ${n}`);
    const { total, byReason, byMinute } = stats(
      [...names, 'reason 599', 'reason 0'].map((of) => quick(of, 0)),
    );
    expect(total).toBe(602);
    expect(Object.keys(byReason)).toHaveLength(501);
    expect(byReason).toMatchObject({ 'reason 0': 2, 'reason 499': 1, other: 101 });
    expect(byMinute).toEqual([{ minute: 0, letters: 602, outstanding: 602, byReason }]);
  });

  test('minutes beyond so many are counted together, and come last', () => {
    const tally = new LetterTally(2);
    for (const n of [5, 3, 9, 1, 7, 3]) tally.add(quick('x', n * minute));
    const x = (count: number) => ({ letters: count, outstanding: count, byReason: { x: count } });
    expect(tally.stats.total).toBe(6);
    expect(tally.stats.byMinute).toEqual([
      { minute: 3 * minute, ...x(2) },
      { minute: 5 * minute, ...x(1) },
      { minute: null, ...x(3) },
    ]);
  });
});

test('whatever is by something sums up to the total', () => {
  const drawn = fc.record({
    reason: fc.constantFrom('too_late', 'malformed_json', 'other', '__proto__', '7'),
    at: fc.integer({ min: -3 * minute, max: 3 * minute }),
    type: fc.constantFrom(null, 'page_view', 'valueOf'),
    isReplayed: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(drawn, { maxLength: 12 }), (letters) => {
      const of = stats(
        letters.map(({ reason, at, type, isReplayed }) => letter(reason, at, type, isReplayed)),
      );
      const outstanding = letters.filter(({ isReplayed }) => !isReplayed).length;
      expect(of).toMatchObject({
        total: letters.length,
        outstanding,
        replayed: letters.length - outstanding,
      });
      expect([sum(of.byReason), sum(of.byType)]).toEqual([letters.length, letters.length]);
      expect([sum(of.outstandingByReason), sum(of.outstandingByType)]).toEqual([outstanding, outstanding]);
      expect(of.byMinute.reduce((all, { letters: here }) => all + here, 0)).toBe(letters.length);
      expect(of.byMinute.reduce((all, here) => all + here.outstanding, 0)).toBe(outstanding);
      for (const here of of.byMinute) expect(sum(here.byReason)).toBe(here.letters);
      const minutes = of.byMinute.map(({ minute: start }) => start ?? Infinity);
      expect(minutes).toEqual([...new Set(minutes)].sort((a, b) => a - b));
      expect(minutes.every((start) => start % minute === 0)).toBe(true);
    }),
    { numRuns: 50 },
  );
});
