// What uPlot is told: axes, scales and how series are drawn. It draws on a canvas, so colours are looked up.
import { colorProperty } from '../lib/colors.js';
import { property } from '../lib/theme.js';
import { formatMark } from '../lib/units.js';

/** @typedef {import('uplot')} UPlot */
/** @typedef {import('uplot').Options} Options */
/** @typedef {import('../../src/domain/console/dashboard.js').Panel} Panel */
/** @typedef {import('../../src/domain/console/dashboard.js').Chart} Chart */
/** @typedef {import('../lib/series.js').Series} Series */

/** The library is a script of its own, without modules. */
export const Plot = /** @type {typeof import('uplot')} */ (/** @type {any} */ (globalThis).uPlot);

const font = '11px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

/** @param {string} name */
const paint = (name) => property(colorProperty(name));

/** A colour of the style sheet, six digits, with so much of it seen. @param {string} hex @param {number} percent */
function faded(hex, percent) {
  const alpha = Math.round((percent / 100) * 255);
  return `${hex}${alpha.toString(16).padStart(2, '0')}`;
}

/**
 * @param {Panel} panel
 * @param {Chart} chart
 * @param {readonly Series[]} series
 * @param {{
 *   range: () => { fromMs: number, toMs: number },
 *   lower: (series: number) => readonly number[],
 *   hooks: Options['hooks'],
 *   size: { width: number, height: number },
 * }} given `lower`: where the bars of a series begin
 * @returns {Options}
 */
export function plotOptions(panel, chart, series, { range, lower, hooks, size }) {
  const { field } = panel;
  return {
    ...size,
    ms: 1,
    legend: { show: false },
    cursor: {
      y: false,
      points: chart.style === 'bars' ? { show: false } : { size: 7, width: 2 },
      drag: { x: true, y: false, setScale: false },
      sync: { key: 'streamlab', filters: { pub: (type) => type === 'mousemove' || type === 'mouseleave' } },
    },
    scales: {
      x: { time: true, range: () => [range().fromMs, range().toMs] },
      y: { range: (_, min, max) => valueRange(min, max, field, chart) },
    },
    axes: [timeAxis(), valueAxis(field.unit)],
    series: [{}, ...series.map((one, index) => seriesOptions(one, chart, () => lower(index)))],
    hooks: { ...hooks, draw: [(plot) => drawThresholds(plot, panel, chart)] },
  };
}

/**
 * From the lowest to the highest value, with some room above, and 0 where bars stand on it.
 * @param {number | null} min
 * @param {number | null} max
 * @param {{ min?: number, max?: number }} field
 * @param {Chart} chart
 * @returns {[number, number]}
 */
export function valueRange(min, max, field, chart) {
  const [low, high] = [min ?? field.min ?? 0, max ?? field.max ?? 1];
  const room = (high - low || Math.abs(high) || 1) * 0.08;
  const isBars = chart.style === 'bars';
  const bottom = field.min ?? (isBars ? (low < 0 ? low - room : 0) : low - room);
  const top = field.max ?? (isBars && high <= 0 ? 0 : high + room);
  return top > bottom ? [bottom, top] : [bottom, bottom + 1];
}

/** @returns {import('uplot').Axis} */
function timeAxis() {
  return {
    stroke: property('--muted'),
    font,
    space: 64,
    size: 28,
    grid: { show: false },
    ticks: { stroke: property('--border'), size: 4 },
    values: (_, splits, __, ___, step) => splits.map((ms) => timeMark(ms, step)),
  };
}

/** @type {Intl.DateTimeFormatOptions} */
const clock = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };

/**
 * @param {number} ms
 * @param {number} stepMs
 */
export function timeMark(ms, stepMs) {
  const date = new Date(ms);
  const isMidnight = date.getHours() === 0 && date.getMinutes() === 0 && date.getSeconds() === 0;
  if (isMidnight) return date.toLocaleDateString(undefined, { month: 'short', day: 'numeric' });
  return date.toLocaleTimeString(undefined, stepMs < 60_000 ? { ...clock, second: '2-digit' } : clock);
}

/** Steps of an axis of seconds, up to a year: people count those in sixties. */
const secondSteps = [
  ...[-3, -2, -1].flatMap((power) => [1, 2, 5].map((digit) => digit * 10 ** power)),
  ...[1, 2, 5, 10, 15, 30],
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60),
  ...[1, 2, 3, 6, 12].map((hours) => hours * 3_600),
  ...[1, 2, 5, 10, 20, 50, 100, 200, 365].map((days) => days * 86_400),
];

/** @type {Readonly<Record<string, number[]>>} */
const steps = { s: secondSteps, ms: secondSteps.map((seconds) => seconds * 1_000) };

/**
 * @param {string | undefined} unit
 * @returns {import('uplot').Axis}
 */
function valueAxis(unit) {
  return {
    stroke: property('--muted'),
    font,
    space: 34,
    gap: 6,
    grid: { stroke: property('--grid'), width: 1 },
    ticks: { show: false },
    ...(steps[unit ?? ''] === undefined ? {} : { incrs: steps[unit ?? ''] }),
    values: (_, splits) => {
      const step = (splits[1] ?? 1) - (splits[0] ?? 0);
      return splits.map((value) => formatMark(value, step, unit));
    },
    size: (plot, values) => {
      const longest = (values ?? []).reduce((a, b) => (b.length > a.length ? b : a), '');
      plot.ctx.save();
      plot.ctx.font = font;
      const width = plot.ctx.measureText(longest).width;
      plot.ctx.restore();
      return Math.max(28, Math.ceil(width) + 12);
    },
  };
}

/**
 * @param {Series} series
 * @param {Chart} chart
 * @param {() => readonly number[]} lower
 * @returns {import('uplot').Series}
 */
function seriesOptions({ name, color }, chart, lower) {
  const stroke = paint(color);
  if (chart.style === 'bars')
    return {
      label: name,
      width: 0,
      fill: faded(stroke, chart.fillOpacity + 10),
      points: { show: false },
      paths: (plot, index, first, last) => barPaths(plot, index, first, last, lower(), chart.intervalMs),
    };
  const { stepped, linear } = Plot.paths;
  const paths = chart.isStepped ? stepped?.({ align: 1 }) : linear?.();
  return {
    label: name,
    stroke,
    width: chart.lineWidth * 0.75,
    fill: faded(stroke, chart.fillOpacity * 0.8),
    points: { show: false, filter: (plot, index) => lonely(plot.data[index] ?? []), size: 4, fill: stroke },
    ...(paths === undefined ? {} : { paths }),
  };
}

/**
 * Points with nothing beside them: no line goes through those.
 * @param {ArrayLike<number | null | undefined>} values
 * @returns {number[]}
 */
export function lonely(values) {
  const known = Array.from(values).flatMap((value, i) => (value === undefined ? [] : [{ i, value }]));
  return known
    .filter(({ value }, k) => value !== null && !isNumber(known[k - 1]) && !isNumber(known[k + 1]))
    .map(({ i }) => i);
}

/** @param {{ value: number | null } | undefined} point */
function isNumber(point) {
  return typeof point?.value === 'number';
}

/** How much of its interval a bar takes. */
const barShare = 0.88;

/**
 * A bar from each moment on, as wide as its interval, from where the series below it ends.
 * @param {UPlot} plot
 * @param {number} index
 * @param {number} first
 * @param {number} last
 * @param {readonly number[]} lower
 * @param {number} intervalMs
 * @returns {import('uplot').Series.Paths}
 */
function barPaths(plot, index, first, last, lower, intervalMs) {
  const path = new Path2D();
  const times = plot.data[0];
  const upper = plot.data[index] ?? [];
  for (let i = first; i <= last; i += 1) {
    const [time, top] = [times[i], upper[i]];
    if (time === undefined || top === null || top === undefined) continue;
    const left = plot.valToPos(time, 'x', true);
    const right = plot.valToPos(time + intervalMs * barShare, 'x', true);
    const [y0, y1] = [plot.valToPos(lower[i] ?? 0, 'y', true), plot.valToPos(top, 'y', true)];
    path.rect(left, Math.min(y0, y1), Math.max(1, right - left), Math.abs(y1 - y0));
  }
  return { stroke: null, fill: path, clip: null, flags: 1 };
}

/**
 * Dashed lines where another judgement begins.
 * @param {UPlot} plot
 * @param {Panel} panel
 * @param {Chart} chart
 */
function drawThresholds(plot, { field }, chart) {
  if (!chart.showsThresholds) return;
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.setLineDash([6, 6]);
  ctx.lineWidth = devicePixelRatio;
  for (const { value, color } of field.thresholds ?? []) {
    if (value === null) continue;
    const y = plot.valToPos(value, 'y', true);
    if (y < bbox.top || y > bbox.top + bbox.height) continue;
    ctx.strokeStyle = paint(color);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
  }
  ctx.restore();
}
