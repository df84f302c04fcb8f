import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  columnWidths,
  letterColumns,
  letterRow,
  tableLine,
  usualRow,
} from '../../../src/domain/dlq/letter-rows.js';
import { bytes, control, found, hostile, hostileShown, letterJson } from './support.js';

describe('the row of a dead letter', () => {
  test('has its place, when and why it failed, what it is, and what became of it', () => {
    expect(letterRow(found())).toEqual([
      '1:5',
      '1970-01-01 00:02:40.000',
      'too_late',
      'page_view',
      '00000000-0000-4000-8000-000000000001',
      'u-1',
      '1',
      'outstanding',
    ]);
    const replayed = { replayId: 'r-1', attempt: 1, repaired: false, forced: false };
    expect(letterRow(found(letterJson({ attempt: 3 }), {}, replayed)).slice(-2)).toEqual([
      '3',
      'replayed by r-1',
    ]);
  });

  test('has a dash for what is not there', () => {
    const row = letterRow(found(letterJson({ event_id: null, event_type: null }), { key: null }));
    expect(row.slice(3, 6)).toEqual(['–', '–', '–']);
  });

  test('of what cannot be read says why', () => {
    expect(letterRow(found('hello'))).toEqual([
      '1:5',
      '1970-01-01 00:02:50.000',
      'unreadable',
      '–',
      '–',
      'u-1',
      '–',
      'its value is no JSON',
    ]);
  });

  test('can be shown on a terminal, and no cell is longer than 120 characters', () => {
    const says = { reason: hostile, event_type: hostile, event_id: hostile };
    const replayed = { replayId: hostile, attempt: 1, repaired: false, forced: false };
    const row = letterRow(found(letterJson(says), { key: bytes(hostile) }, replayed));
    expect(row.slice(2, 6)).toEqual([hostileShown, hostileShown, hostileShown, hostileShown]);
    expect(row[7]).toBe(`replayed by ${hostileShown}`);
    const long = hostile.repeat(99);
    const wild = letterJson({ reason: long, event_type: long, event_id: long });
    const cells = letterRow(found(wild, { key: bytes(long) }, { ...replayed, replayId: long }));
    expect(cells.join('')).not.toMatch(control);
    expect(Math.max(...cells.map(({ length }) => length))).toBe(120);
  });
});

describe('the columns', () => {
  const total = (widths: readonly number[]): number => widths.reduce((sum, width) => sum + width + 2, -2);

  test('are as wide as their widest cell, at least as their heads', () => {
    expect(columnWidths([], 999)).toEqual([5, 15, 6, 4, 5, 3, 7, 5]);
    expect(columnWidths([letterRow(found()), usualRow], 999)).toEqual([10, 23, 28, 16, 36, 10, 7, 11]);
  });

  test('give way where the line is narrow: the event first, then key, state, type and reason; places, times and attempts never', () => {
    const full = columnWidths([usualRow], 999);
    expect(full).toEqual([10, 23, 28, 16, 36, 10, 7, 11]);
    // 141 characters of cells and seven gaps of two: 155 characters.
    expect(total(full)).toBe(155);
    expect(columnWidths([usualRow], 140)).toEqual([10, 23, 28, 16, 21, 10, 7, 11]);
    expect(columnWidths([usualRow], 120)).toEqual([10, 23, 28, 10, 9, 8, 7, 11]);
    expect(columnWidths([usualRow], 80)).toEqual([10, 23, 14, 8, 9, 8, 7, 11]);
  });

  test('fill the width and no more, for whatever cells, unless each is as narrow as it may be', () => {
    const row = fc.tuple(
      ...[5, 23, 60, 40, 120, 120, 3, 60].map((most) => fc.integer({ min: 0, max: most })),
    );
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 400 }),
        (rows, width) => {
          const cells = rows.map((lengths) => lengths.map((length) => 'x'.repeat(length)));
          const wanted = columnWidths(cells, Infinity);
          const widths = columnWidths(cells, width);
          const narrowest = columnWidths(cells, 0);
          expect(total(widths)).toBe(Math.max(total(narrowest), Math.min(total(wanted), width)));
          widths.forEach((given, column) => {
            expect(given).toBeLessThanOrEqual(wanted[column]!);
            expect(given).toBeGreaterThanOrEqual(narrowest[column]!);
          });
          for (const line of cells.map((of) => tableLine(of, widths)))
            expect(line.length).toBeLessThanOrEqual(total(widths));
        },
      ),
      { numRuns: 30 },
    );
  });

  test('hold their cells, cut where they are longer, with nothing behind the last', () => {
    expect(tableLine(['1:5', 'abcdef', 'x'], [5, 4, 9])).toBe('1:5    abc…  x');
    expect(tableLine(letterColumns, columnWidths([], 999))).toBe(
      'PLACE  FAILED AT (UTC)  REASON  TYPE  EVENT  KEY  ATTEMPT  STATE',
    );
  });
});
