import type { Content, Size } from './parts.js';
import type { TabState } from './screen.js';
import { table, type Column } from './table.js';
import { fit, line, plain, span, type Line } from './text.js';

export interface ListRow<R> {
  /** Stays the same while others come and go. */
  key: string;
  row: R;
  /** What the filter looks for. */
  text: string;
}

export function matching<R>(rows: readonly ListRow<R>[], filter: string): ListRow<R>[] {
  const wanted = filter.trim().toLowerCase();
  return rows.filter(({ text }) => text.toLowerCase().includes(wanted));
}

/** The row that the cursor is on. */
export function atCursor<R>(rows: readonly ListRow<R>[], { selected }: TabState): ListRow<R> | undefined {
  return rows.find(({ key }) => key === selected) ?? rows[0];
}

/** Rows as a table with a cursor, of which as many are shown as there is room for. */
export function listing<R>(
  columns: readonly Column<R>[],
  all: readonly ListRow<R>[],
  state: TabState,
  { width, height }: Size,
): Content {
  const rows = matching(all, state.filter);
  const rowKeys = rows.map(({ key }) => key);
  if (rows.length === 0) {
    const none = state.filter === '' ? 'nothing here' : `nothing matches "${state.filter}"`;
    return { lines: [line(span(none, 'dim'))].slice(0, height), rowKeys, scrollMax: 0 };
  }
  const marked: Column<ListRow<R>>[] = columns.map((column) => ({
    ...column,
    cell: ({ row }) => column.cell(row),
  }));
  const at = Math.max(0, rowKeys.indexOf(state.selected ?? ''));
  const room = Math.max(1, height - 1);
  const from = firstOf(at, rows.length, room);
  const [head = [], ...body] = table(marked, rows, width - 2);
  const shown = body.slice(from, from + room).map((of, i) => withCursor(of, from + i === at, width));
  return { lines: [[span('  '), ...head], ...shown].slice(0, height), rowKeys, scrollMax: 0 };
}

/** Lines of context that stay visible round the cursor. */
function firstOf(at: number, count: number, room: number): number {
  const middle = at - Math.floor(room / 2);
  return Math.max(0, Math.min(middle, count - room));
}

/** Without colours the mark is all that tells the row. */
function withCursor(of: Line, isAt: boolean, width: number): Line {
  if (!isAt) return [span('  '), ...of];
  return fit([span(`› ${plain(of)}`, 'selected')], width);
}
