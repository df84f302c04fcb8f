import { cells, cut, fit, line, span, widthOf, type Line, type Span } from './text.js';

export interface Column<R> {
  title: string;
  cell: (row: R) => string | Span | Line;
  align?: 'left' | 'right';
  /** Columns of the highest number go first where the screen is too narrow; those without one stay. */
  droppable?: number;
  /** May be cut down to so many cells before any column is dropped. */
  shrinkTo?: number;
}

const gap = 2;

/** A heading and a line for each row, none wider than `width`. */
export function table<R>(columns: readonly Column<R>[], rows: readonly R[], width: number): Line[] {
  const wide = columns.map((column) => ({ column, lines: rows.map((row) => lineOf(column.cell(row))) }));
  const sized = wide.map(({ column, lines }) => ({
    column,
    lines,
    natural: Math.max(cells(column.title), ...lines.map(widthOf)),
  }));
  const kept = fitting(sized, width);
  const heading = kept.map(({ column }, i) => ({ of: line(span(column.title, 'dim')), i }));
  const assemble = (parts: readonly Line[]): Line =>
    cut(
      parts.flatMap((part, i) => [
        ...(i === 0 ? [] : [span(' '.repeat(gap))]),
        ...fit(part, kept[i]?.size ?? 0, kept[i]?.column.align),
      ]),
      width,
    );
  return [
    assemble(heading.map(({ of }) => of)),
    ...rows.map((_, r) => assemble(kept.map(({ lines }) => lines[r] ?? []))),
  ];
}

function lineOf(cell: string | Span | Line): Line {
  if (typeof cell === 'string') return line(cell);
  return 'text' in cell ? [cell] : cell;
}

interface Sized<R> {
  column: Column<R>;
  lines: Line[];
  natural: number;
}

function fitting<R>(all: readonly Sized<R>[], width: number): (Sized<R> & { size: number })[] {
  let kept = [...all];
  for (;;) {
    const total = sum(kept.map(({ natural }) => natural)) + gap * (kept.length - 1);
    const over = total - width;
    const spare = sum(kept.map(spareOf));
    if (over <= spare) return shrunk(kept, Math.max(0, over));
    const last = kept.reduce<Sized<R> | undefined>(
      (worst, one) => ((one.column.droppable ?? 0) > (worst?.column.droppable ?? 0) ? one : worst),
      undefined,
    );
    if (last === undefined) return shrunk(kept, Math.max(0, over));
    kept = kept.filter((one) => one !== last);
  }
}

function spareOf<R>({ column, natural }: Sized<R>): number {
  return column.shrinkTo === undefined ? 0 : Math.max(0, natural - column.shrinkTo);
}

function shrunk<R>(kept: readonly Sized<R>[], over: number): (Sized<R> & { size: number })[] {
  // From the right, where the longest and least important stands.
  let left = over;
  return kept.reduceRight<(Sized<R> & { size: number })[]>((sized, one) => {
    const less = Math.min(left, spareOf(one));
    left -= less;
    return [{ ...one, size: one.natural - less }, ...sized];
  }, []);
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
