// Rows of a result as series of a chart, as Grafana and its ClickHouse plugin make them.
import { colorsByName } from './colors.js';

/** @typedef {import('../../src/domain/console/dashboard.js').Panel} Panel */
/** @typedef {import('../../src/domain/console/dashboard.js').Field} Field */
/** @typedef {import('../../src/domain/console/result.js').ResultTable} ResultTable */
/** @typedef {import('../../src/domain/console/result.js').Cell} Cell */

/** null breaks a line; undefined is a moment of other series. @typedef {number | null | undefined} Value */

/**
 * @typedef {object} Series
 * @property {string} name on the screen
 * @property {string} color
 * @property {Field} field
 * @property {Value[]} values one for each moment
 */

/** @typedef {{ times: number[], series: Series[] }} SeriesSet */

/**
 * The first column of times is the axis; each column of numbers is a series, or one for each combination of what the columns
 * of text say. Times are epoch milliseconds.
 * @param {Panel} panel
 * @param {ResultTable} table
 * @returns {SeriesSet}
 */
export function seriesOf(panel, { columns, rows }) {
  const timeColumn = columns.findIndex(({ kind }) => kind === 'time');
  const places = columns.map(({ name, kind }, index) => ({ name, kind, index }));
  const labels = places.filter(({ kind }) => kind === 'text');
  const numbers = places.filter(({ kind }) => kind === 'number');
  const times = [...new Set(rows.map((row) => Number(row[timeColumn])))].sort((a, b) => a - b);
  const placeOf = new Map(times.map((time, index) => [time, index]));
  /** @type {Map<string, { name: string, labels: Record<string, string>, values: Value[] }>} */
  const found = new Map();
  for (const row of rows) {
    const said = labels.map(({ index }) => String(row[index] ?? ''));
    for (const { name, index } of numbers) {
      const key = JSON.stringify([name, ...said]);
      let one = found.get(key);
      if (one === undefined) {
        const byName = Object.fromEntries(labels.map((label, i) => [label.name, said[i] ?? '']));
        one = { name, labels: byName, values: new Array(times.length) };
        found.set(key, one);
      }
      const cell = row[index] ?? null;
      one.values[placeOf.get(Number(row[timeColumn])) ?? 0] = cell === null ? null : Number(cell);
    }
  }
  const fields = [...found.values()].map((one) => ({ ...one, field: fieldOf(panel, one.name, one.labels) }));
  return { times, series: painted(fields) };
}

/**
 * How a field is shown: the panel's own, and what overrides it.
 * @param {Panel} panel
 * @param {string} name
 * @param {Readonly<Record<string, string>>} [labels]
 * @returns {Field & { displayName: string }}
 */
export function fieldOf({ field, overrides }, name, labels = {}) {
  const said = Object.values(labels).filter((label) => label !== '');
  const byDefault =
    field.displayName?.replace(/\$\{__field\.labels\.(\w+)\}/g, (_, label) => labels[label] ?? '') ??
    (said.length === 0 ? name : said.join(' '));
  const found = overrides[byDefault] ?? overrides[name];
  return { ...field, ...found, displayName: found?.displayName ?? byDefault };
}

/**
 * @param {{ field: Field & { displayName: string }, values: Value[] }[]} fields
 * @returns {Series[]}
 */
function painted(fields) {
  const own = new Set(fields.flatMap(({ field }) => (field.color === undefined ? [] : [field.color])));
  const others = fields.filter(({ field }) => field.color === undefined);
  const colors = colorsByName(
    others.map(({ field }) => field.displayName),
    own,
  );
  return fields.map(({ field, values }) => ({
    name: field.displayName,
    color: field.color ?? colors.get(field.displayName) ?? 'blue',
    field,
    values,
  }));
}

/**
 * With a break where a series has no point for longer than the gap. Points that are regularly further apart (of a long range)
 * are none.
 * @param {SeriesSet} set
 * @param {number | null} gapMs null joins all
 * @returns {SeriesSet}
 */
export function withGaps({ times, series }, gapMs) {
  if (gapMs === null || times.length < 2) return { times, series };
  const steps = times.slice(1).map((time, i) => time - (times[i] ?? time));
  const usual = steps.sort((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0;
  const gap = Math.max(gapMs, 2.5 * usual);
  /** Breaks by series: the moment just behind the last point. */
  const breaks = series.map(({ values }) => breaksOf(times, values, gap));
  const added = [...new Set(breaks.flat())].filter((time) => !times.includes(time));
  if (added.length === 0) return { times, series };
  const all = [...times, ...added].sort((a, b) => a - b);
  const placeOf = new Map(times.map((time, index) => [time, index]));
  return {
    times: all,
    series: series.map((one, s) => {
      const broken = new Set(breaks[s]);
      return {
        ...one,
        values: all.map((time) => {
          const place = placeOf.get(time);
          return broken.has(time) ? null : place === undefined ? undefined : one.values[place];
        }),
      };
    }),
  };
}

/**
 * @param {readonly number[]} times
 * @param {readonly Value[]} values
 * @param {number} gap
 */
function breaksOf(times, values, gap) {
  /** @type {number[]} */
  const breaks = [];
  /** @type {number | undefined} */
  let before;
  times.forEach((time, i) => {
    if (values[i] === undefined) return;
    if (before !== undefined && time - before > gap) breaks.push(before + 1);
    before = time;
  });
  return breaks;
}

/**
 * From where to where each value reaches when series are put on top of each other: what is above 0 upwards, what is below
 * downwards. A series that is hidden (undefined) takes no room.
 * @param {readonly (readonly Value[] | undefined)[]} series
 * @param {number} length
 * @returns {{ lower: number[], upper: (number | null)[] }[]}
 */
export function stacked(series, length) {
  const above = new Array(length).fill(0);
  const below = new Array(length).fill(0);
  return series.map((values) => {
    /** @type {number[]} */
    const lower = [];
    /** @type {(number | null)[]} */
    const upper = [];
    for (let i = 0; i < length; i += 1) {
      const value = values?.[i] ?? null;
      const sums = (value ?? 0) < 0 ? below : above;
      lower.push(sums[i]);
      sums[i] += value ?? 0;
      upper.push(value === null ? null : sums[i]);
    }
    return { lower, upper };
  });
}

/** @type {Readonly<Record<string, { title: string, of: (values: readonly number[]) => number | undefined }>>} */
const calculations = {
  lastNotNull: { title: 'Last', of: (values) => values.at(-1) },
  max: { title: 'Max', of: (values) => values.reduce((a, b) => Math.max(a, b), -Infinity) },
  // In whole ten-thousandths: doubles hold those exactly, and cents with them.
  sum: { title: 'Total', of: (values) => values.reduce((a, b) => a + Math.round(b * 10_000), 0) / 10_000 },
};

/**
 * What the legend says of a series.
 * @param {string} calc Grafana's name
 * @param {readonly Value[]} values
 * @returns {{ title: string, value: number | null }}
 */
export function calculated(calc, values) {
  const found = calculations[calc] ?? calculations.lastNotNull;
  const known = values.filter((value) => typeof value === 'number');
  const value = known.length === 0 ? null : (found?.of(known) ?? null);
  return { title: found?.title ?? calc, value };
}

/**
 * The value of a stat: the last that is not null of the first column of numbers, and what came before it.
 * @param {ResultTable} table
 * @returns {{ column: string, value: Cell, history: number[] }}
 */
export function statValue({ columns, rows }) {
  const index = Math.max(
    0,
    columns.findIndex(({ kind }) => kind === 'number'),
  );
  const known = rows.map((row) => row[index] ?? null).filter((cell) => cell !== null);
  return { column: columns[index]?.name ?? '', value: known.at(-1) ?? null, history: known.map(Number) };
}
