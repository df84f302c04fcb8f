// Rows and columns. Sorting is the reader's own and stays over refreshes.
import { colorProperty, thresholdColor } from '../lib/colors.js';
import { el, fill, icon } from '../lib/dom.js';
import { showText } from '../lib/dialog.js';
import { fieldOf } from '../lib/series.js';
import { formatValue, isNumeric } from '../lib/units.js';

/** @typedef {import('../../src/domain/console/result.js').Cell} Cell */
/** @typedef {import('../../src/domain/console/result.js').ResultTable} ResultTable */
/** @typedef {import('../../src/domain/console/dashboard.js').Field} Field */
/** @typedef {{ column: number, descending: boolean } | undefined} Sort */

/** A text longer than this opens on demand. */
const longText = 40;

/**
 * @param {import('../../src/domain/console/dashboard.js').Panel} panel
 * @returns {import('./panel.js').Drawer}
 */
export function createTable(panel) {
  const head = el('tr', {});
  const body = el('tbody', {});
  const table = el('table', { class: 'data' }, el('thead', {}, head), body);
  const element = el(
    'div',
    { class: 'scroller', tabindex: '0', role: 'region', 'aria-label': `${panel.title}, table` },
    table,
  );
  /** @type {Sort} */
  let sort;
  /** @type {ResultTable} */
  let shown = { columns: [], rows: [] };
  /** @param {number} column */
  const sortBy = (column) => {
    sort = nextSort(sort, column);
    drawHead();
    drawBody();
  };
  const fields = () => shown.columns.map(({ name, kind }) => columnField(panel, name, kind));
  const drawHead = () => {
    const before = head.contains(document.activeElement)
      ? document.activeElement?.getAttribute('data-column')
      : null;
    fill(
      head,
      fields().map((field, column) => headCell(field, column, shown.columns[column]?.kind, sort, sortBy)),
    );
    if (before !== null && before !== undefined)
      /** @type {HTMLElement | null} */ (head.querySelector(`[data-column="${before}"]`))?.focus();
  };
  const drawBody = () => {
    const formats = fields();
    fill(
      body,
      sortedRows(shown.rows, sort).map((row) =>
        el(
          'tr',
          {},
          row.map((cell, column) =>
            dataCell(cell, shown.columns[column]?.kind, formats[column] ?? { displayName: '' }),
          ),
        ),
      ),
    );
  };
  return {
    element,
    isEmpty: ({ rows }) => rows.length === 0,
    update: (result) => {
      const isSame = JSON.stringify(result.columns) === JSON.stringify(shown.columns);
      shown = result;
      if (!isSame) drawHead();
      drawBody();
    },
    destroy: () => undefined,
  };
}

/**
 * @param {import('../../src/domain/console/dashboard.js').Panel} panel
 * @param {string} name
 * @param {string} kind
 */
function columnField(panel, name, kind) {
  const found = fieldOf(panel, name);
  const displayName =
    found.displayName === '' || panel.overrides[name]?.displayName === undefined ? name : found.displayName;
  // A time that nobody gave a unit; a text has none.
  if (kind === 'time' && panel.overrides[name]?.unit === undefined)
    return { ...found, displayName, unit: 'dateTimeAsLocal' };
  return { ...found, displayName };
}

/**
 * First up, then down, then as it came.
 * @param {Sort} sort
 * @param {number} column
 * @returns {Sort}
 */
export function nextSort(sort, column) {
  if (sort?.column !== column) return { column, descending: false };
  return sort.descending ? undefined : { column, descending: true };
}

/**
 * Nulls are last either way.
 * @param {readonly Cell[][]} rows
 * @param {Sort} sort
 */
export function sortedRows(rows, sort) {
  if (sort === undefined) return [...rows];
  const { column, descending } = sort;
  return [...rows].sort((a, b) => {
    const [left, right] = [a[column] ?? null, b[column] ?? null];
    if (left === null || right === null) return left === right ? 0 : left === null ? 1 : -1;
    const order =
      isNumber(left) && isNumber(right)
        ? Number(left) - Number(right)
        : String(left).localeCompare(String(right));
    return descending ? -order : order;
  });
}

/** @param {Cell} cell */
function isNumber(cell) {
  return typeof cell === 'number' || (typeof cell === 'string' && isNumeric(cell));
}

/**
 * @param {Field & { displayName: string }} field
 * @param {number} column
 * @param {string | undefined} kind
 * @param {Sort} sort
 * @param {(column: number) => void} sortBy
 */
function headCell(field, column, kind, sort, sortBy) {
  const order = sort?.column === column ? (sort.descending ? 'descending' : 'ascending') : undefined;
  return el(
    'th',
    {
      scope: 'col',
      class: kind === 'number' ? 'number' : undefined,
      'aria-sort': order,
      style: field.width === undefined ? {} : { 'min-width': `${field.width}px` },
    },
    el(
      'button',
      {
        type: 'button',
        class: `sort ${order ?? ''}`,
        'data-column': String(column),
        on: { click: () => sortBy(column) },
      },
      field.displayName,
      icon('down'),
    ),
  );
}

/**
 * @param {Cell} cell
 * @param {string | undefined} kind
 * @param {Field & { displayName: string }} field
 */
function dataCell(cell, kind, field) {
  const text =
    kind === 'text'
      ? cell === null || cell === ''
        ? (field.noValue ?? '–')
        : String(cell)
      : formatValue(cell, field);
  if (text.length > longText)
    return el(
      'td',
      {},
      el('button', {
        type: 'button',
        class: 'long',
        text,
        title: 'Show all of it',
        on: { click: () => showText(field.displayName, text) },
      }),
    );
  const color =
    field.isColored === true && cell !== null
      ? colorProperty(thresholdColor(Number(cell), field.thresholds))
      : undefined;
  return el('td', {
    class: kind === 'number' ? 'number' : undefined,
    text,
    style: color === undefined ? {} : { color: `var(${color})` },
  });
}
