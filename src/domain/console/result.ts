/** A result as the browser gets it. */
export interface ResultTable {
  columns: { name: string; kind: ColumnKind }[];
  rows: Cell[][];
}

export type ColumnKind = 'time' | 'number' | 'text';

/**
 * Times are epoch milliseconds. Numbers that a double does not hold exactly (decimals, 64-bit integers beyond 2^53) are
 * text, to be shown as it is.
 */
export type Cell = number | string | null;

/**
 * From ClickHouse's JSONCompact, asked for with quoted decimals and 64-bit integers and times as Unix timestamps.
 * Infinite numbers and those that are none become null.
 */
export function resultTable(
  meta: readonly { name: string; type: string }[],
  data: readonly (readonly unknown[])[],
): ResultTable {
  const kinds = meta.map(({ type }) => kindOf(type));
  return {
    columns: meta.map(({ name }, index) => ({ name, kind: kinds[index] ?? 'text' })),
    rows: data.map((row) => row.map((value, index) => cellOf(kinds[index] ?? 'text', value))),
  };
}

function kindOf(type: string): ColumnKind {
  const bare = type.replace(/^LowCardinality\((.*)\)$/, '$1').replace(/^Nullable\((.*)\)$/, '$1');
  if (bare.startsWith('DateTime')) return 'time';
  return /^(U?Int|Float|Decimal|BFloat)\d*/.test(bare) ? 'number' : 'text';
}

function cellOf(kind: ColumnKind, value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (kind === 'text') return typeof value === 'string' ? value : JSON.stringify(value);
  const number = Number(value);
  if (!Number.isFinite(number)) return null;
  if (kind === 'time') return Math.round(number * 1_000);
  return typeof value === 'string' && String(number) !== value ? value : number;
}
