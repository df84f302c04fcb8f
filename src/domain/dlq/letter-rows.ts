import { dateAndTime } from '../instant.js';
import { printable, shortened } from '../printable.js';
import { failedAt, type FoundLetter } from './found-letter.js';
import { keyJson } from './letter-json.js';

export const letterColumns = [
  'PLACE',
  'FAILED AT (UTC)',
  'REASON',
  'TYPE',
  'EVENT',
  'KEY',
  'ATTEMPT',
  'STATE',
] as const;

/** A dead letter as a line of the table. Every cell can be shown on a terminal. */
export function letterRow(found: FoundLetter): string[] {
  const { record, letter, replayed, trouble } = found;
  const state = replayed === undefined ? 'outstanding' : `replayed by ${replayed.replayId}`;
  return [
    `${record.partition}:${record.offset}`,
    dateAndTime(failedAt(found)),
    letter?.reason ?? 'unreadable',
    letter?.eventType ?? '–',
    letter?.eventId ?? '–',
    keyJson(record.key).key ?? '–',
    letter === undefined ? '–' : String(letter.attempt),
    trouble ?? state,
  ].map((cell) => shortened(printable(cell), MAX_CELL));
}

const MAX_CELL = 120;

/** The cells of a letter like most: columns that hold it hold what is to come. */
export const usualRow: readonly string[] = [
  '12:1234567',
  '2026-01-31 12:00:00.000',
  'invalid_field:schema_version',
  'checkout_started',
  '00000000-0000-4000-8000-000000000000',
  'u-12345678',
  '1',
  'outstanding',
];

/** How far a column may shrink: what is left must still tell one letter from another. */
const least = [Infinity, Infinity, 14, 8, 9, 8, Infinity, 11];
/** Which column gives way first. */
const yielding = [4, 5, 7, 3, 2];
const gap = 2;

/** The widths of the columns that all cells fit in; columns give way until a line fits into `width`, if it can. */
export function columnWidths(rows: readonly (readonly string[])[], width: number): number[] {
  const widths = letterColumns.map((head, column) =>
    rows.reduce((most, row) => Math.max(most, row[column]?.length ?? 0), head.length),
  );
  let excess = widths.reduce((sum, w) => sum + w + gap, -gap) - width;
  for (const column of yielding) {
    const head = letterColumns[column]?.length ?? 0;
    const floor = Math.max(head, least[column] ?? 0);
    const given = Math.max(0, Math.min(excess, (widths[column] ?? 0) - floor));
    widths[column] = (widths[column] ?? 0) - given;
    excess -= given;
  }
  return widths;
}

/** The cells in columns of these widths, cut where they are longer. */
export function tableLine(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, column) => shortened(cell, widths[column] ?? 0).padEnd(widths[column] ?? 0))
    .join(' '.repeat(gap))
    .trimEnd();
}
