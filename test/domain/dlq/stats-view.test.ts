import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LetterStats, MinuteStats } from '../../../src/domain/dlq/letter-tally.js';
import { spanOf, sparkLine, statsView } from '../../../src/domain/dlq/stats-view.js';
import { control, hostile, hostileShown } from './support.js';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const now = Date.UTC(2026, 10, 28, 21, 4, 30);
const at = (hours: number, minutes: number): number => Date.UTC(2026, 10, 28, hours, minutes);
const of = (
  start: number | null,
  letters = 1,
  byReason: Record<string, number> = { x: letters },
): MinuteStats => ({
  minute: start,
  letters,
  outstanding: letters,
  byReason,
});
const dots = (count: number): string => '·'.repeat(count);

function stats(more: Partial<LetterStats> = {}): LetterStats {
  return {
    total: 0,
    outstanding: 0,
    replayed: 0,
    byReason: {},
    outstandingByReason: {},
    byType: {},
    outstandingByType: {},
    byMinute: [],
    ...more,
  };
}

describe('the span of the bars', () => {
  test('ends with the last letter, in bars of a minute where all lie within half an hour', () => {
    expect(spanOf([of(at(20, 35)), of(at(21, 4))], now)).toEqual({
      startMs: at(20, 35),
      barMs: minute,
      count: 30,
    });
  });

  test.each([
    [29 * minute, minute],
    [30 * minute, 2 * minute],
    [58 * minute, 2 * minute],
    [2 * hour, 5 * minute],
    [4 * hour, 10 * minute],
    [14 * hour, 30 * minute],
    [29 * hour, hour],
    [3 * day, 3 * hour],
    [7 * day, 6 * hour],
    [14 * day, 12 * hour],
    [29 * day, day],
    [900 * day, day],
  ])('of letters %d ms apart has bars of %d ms', (apart, barMs) => {
    const last = at(21, 4);
    const span = spanOf([of(last - apart), of(last)], now)!;
    expect(span.barMs).toBe(barMs);
    expect(span.startMs % barMs).toBe(0);
    expect(last).toBeGreaterThanOrEqual(span.startMs + 29 * barMs);
    expect(last).toBeLessThan(span.startMs + 30 * barMs);
  });

  test('leaves out one letter in a hundred, and no more', () => {
    const last = at(21, 4);
    expect(spanOf([of(last - 300 * day), of(last, 99)], now)?.barMs).toBe(minute);
    expect(spanOf([of(last - 20 * hour), of(last, 98)], now)?.barMs).toBe(hour);
  });

  test('knows nothing of letters that failed in the future or at times that were not kept apart', () => {
    expect(spanOf([], now)).toBeUndefined();
    expect(spanOf([of(now + minute), of(null)], now)).toBeUndefined();
    expect(spanOf([of(at(21, 4)), of(now + 900 * day, 999), of(null, 999)], now)).toEqual({
      startMs: at(20, 35),
      barMs: minute,
      count: 30,
    });
  });
});

describe('bars', () => {
  test('are by the highest of them; a dot is none', () => {
    expect(sparkLine([0, 1, 2, 3, 4, 5])).toBe('·▁▂▃▅▇');
    expect(sparkLine([0, 0])).toBe('··');
    expect(sparkLine([1])).toBe('▇');
    expect(sparkLine([1, 1_000_000])).toBe('▁▇');
  });

  test('are one for each count, never lower for more', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { minLength: 1, maxLength: 30 }), (counts) => {
        const heights = Array.from(sparkLine(counts)).map((bar) => '·▁▂▃▅▇'.indexOf(bar));
        expect(heights).toHaveLength(counts.length);
        const highest = Math.max(...counts);
        counts.forEach((count, n) => {
          expect(heights[n]).toBe(count === 0 ? 0 : Math.ceil((5 * count) / highest));
        });
      }),
      { numRuns: 30 },
    );
  });
});

describe('the tables of dlq stats', () => {
  test('are reasons and types, most first, with a total and bars', () => {
    const view = statsView(
      stats({
        total: 1_234,
        outstanding: 234,
        replayed: 1_000,
        byReason: { malformed_json: 34, too_late: 1_200 },
        outstandingByReason: { malformed_json: 34, too_late: 200 },
        byType: { unknown: 34, page_view: 1_000, add_to_cart: 200 },
        outstandingByType: { unknown: 34, page_view: 200 },
        byMinute: [of(at(21, 3), 1_200, { too_late: 1_200 }), of(at(21, 4), 34, { malformed_json: 34 })],
      }),
      now,
    );
    expect(view).toEqual({
      sentence:
        '1,234 dead letters, 1,000 replayed, 234 outstanding; bars of 1m from 2026-11-28 20:35 to 21:05 UTC',
      reasons: {
        head: ['REASON', 'DEAD LETTERS', 'REPLAYED', 'OUTSTANDING', 'WHEN'],
        rows: [
          ['too_late', '1,200', '1,000', '200', `${dots(28)}▇·`],
          ['malformed_json', '34', '0', '34', `${dots(29)}▇`],
          ['total', '1,234', '1,000', '234', `${dots(28)}▇▁`],
        ],
      },
      types: {
        head: ['TYPE', 'DEAD LETTERS', 'REPLAYED', 'OUTSTANDING'],
        rows: [
          ['page_view', '1,000', '800', '200'],
          ['add_to_cart', '200', '200', '0'],
          ['unknown', '34', '0', '34'],
        ],
      },
    });
  });

  test('have no bars where there are no letters, or none of a time until now', () => {
    expect(statsView(stats(), now)).toEqual({
      sentence: '0 dead letters, 0 replayed, 0 outstanding',
      reasons: {
        head: ['REASON', 'DEAD LETTERS', 'REPLAYED', 'OUTSTANDING'],
        rows: [['total', '0', '0', '0']],
      },
      types: { head: ['TYPE', 'DEAD LETTERS', 'REPLAYED', 'OUTSTANDING'], rows: [] },
    });
    const one = stats({ total: 1, outstanding: 1, byReason: { x: 1 }, byMinute: [of(now + minute)] });
    expect(statsView(one, now).sentence).toBe('1 dead letter, 0 replayed, 1 outstanding');
  });

  test('name the days of a span over midnight', () => {
    const midnight = Date.UTC(2026, 10, 29, 0, 1);
    const one = stats({ total: 1, outstanding: 1, byMinute: [of(midnight)] });
    expect(statsView(one, midnight).sentence).toBe(
      '1 dead letter, 0 replayed, 1 outstanding; bars of 1m from 2026-11-28 23:32 to 2026-11-29 00:02 UTC',
    );
  });

  test('have no bar of letters whose times were not kept apart, also about 1970', () => {
    const one = stats({ total: 9, outstanding: 9, byMinute: [of(0, 1), of(null, 8)] });
    expect(statsView(one, now).reasons.rows.at(-1)?.at(-1)).toBe(`${dots(29)}▇`);
  });

  test('show names that a terminal would obey or objects inherit, and cut long ones', () => {
    const names = [hostile, 'constructor', 'toString', 'x'.repeat(99)];
    const counts = Object.fromEntries(names.map((name) => [name, 2]));
    const view = statsView(
      stats({
        total: 8,
        outstanding: 0,
        replayed: 8,
        byReason: counts,
        byType: counts,
        byMinute: [of(at(21, 3), 1, {}), of(at(21, 4), 8, counts)],
      }),
      now,
    );
    const shown = [hostileShown, 'constructor', 'toString', `${'x'.repeat(59)}…`];
    expect(view.types.rows).toEqual(shown.map((name) => [name, '2', '2', '0']));
    expect(view.reasons.rows.slice(0, -1)).toEqual(
      shown.map((name) => [name, '2', '2', '0', `${dots(29)}▇`]),
    );
    expect(view.reasons.rows.flat().join('')).not.toMatch(control);
  });
});
