import * as Plot from '@observablehq/plot';
import {
  colour,
  edges,
  FULL_WIDTH,
  histogram,
  law,
  logEdges,
  mark,
  panel,
  sheet,
  verdictBars,
  verdictLegend,
} from './charts.mjs';
import { dueAtRate } from './runs.mjs';

/** Defaults of the lab, seconds. */
const DELAY = 5;
const PATIENCE = DELAY + 60;
const timely = ['on_time', 'late', 'too_late'];

const behindSeconds = ({ dueMs, timeMs }) => (Math.floor(dueMs) - timeMs) / 1_000;

/** Histogram of how far behind the clock the records of one share are, by what becomes of them. */
function behind(
  records,
  { title, flags, bins, isLog = false, marks = [], legend = [], ticks, layers = timely, width },
) {
  const [from, to] = [bins[0], bins.at(-1)];
  const layered = histogram(records, {
    value: behindSeconds,
    edges: bins,
    layers,
    layerOf: ({ verdict }) => verdict,
    scale: 100 / records.length,
  });
  const highest = Math.max(...layered.map(({ y2 }) => y2));
  return panel({
    title,
    flags,
    width,
    legend: [...verdictLegend(layers), ...legend],
    x: {
      type: isLog ? 'log' : 'linear',
      label: `behind the clock, s${isLog ? ' (logarithmic)' : ''} →`,
      domain: [from, to],
      ...(ticks === undefined ? {} : { ticks, tickFormat: (value) => `${value}` }),
    },
    y: { label: '↑ % of these records', grid: true, domain: [0, 1.15 * highest] },
    marks: [verdictBars(layered), marks, Plot.ruleY([0])],
  });
}

const sinceDelay = mark(DELAY, `${DELAY} s`);
const sincePatience = mark(PATIENCE, `${PATIENCE} s`);

export async function lateBy(produce) {
  const rate = 200;
  const logTicks = [0.1, 1, 10, 100, 1_000];
  const bins = edges(0, 150, 3);
  const logBins = logEdges(0.1, 1_000, 60);
  const shown = [
    ['No --late-by: into windows that are closed', '', { bins }],
    ['Fixed', '--late-by 30s', { bins }],
    ['Uniform', '--late-by 10s..90s', { bins }],
    ['Exponential, mean 30 s', '--late-by exponential:30s', { bins, density: exponential(30) }],
    [
      'Log-normal, median 30 s',
      '--late-by lognormal:30s,1.2',
      { bins: logBins, isLog: true, ticks: logTicks, density: logNormal(30, 1.2) },
    ],
    ['Phones that were off-line', '--late-by offline:20s..90s', { bins }],
  ];
  const panels = [];
  for (const [title, flags, { density, ...options }] of shown) {
    // A whole number of minutes: what is late also depends on where in a window the clock stands.
    const records = dueAtRate(
      await produce(`--rate ${rate} --late 20% ${flags} --jitter 0s --duration 5m`),
      rate,
    );
    const late = records.filter((record) => behindSeconds(record) > 0);
    const marks = [sinceDelay, sincePatience];
    const lawOf = density === undefined ? [] : [law(perBin(density, options.bins))];
    panels.push(
      behind(late, {
        title,
        flags: `--late 20% ${flags}`.trim(),
        ...options,
        marks: [...lawOf, ...marks],
        legend: density === undefined ? [] : [['law', colour.law, 'line']],
      }),
    );
  }
  return sheet(panels.slice(0, 2), panels.slice(2, 4), panels.slice(4));
}

/** A cumulative law as percent in each bin, drawn at its middle. */
function perBin(cumulative, bins) {
  return bins.slice(1).map((to, n) => ({
    x: bins[0] > 0 ? Math.sqrt(bins[n] * to) : (bins[n] + to) / 2,
    y: 100 * (cumulative(to) - cumulative(bins[n])),
  }));
}

const exponential = (mean) => (x) => 1 - Math.exp(-x / mean);
const logNormal = (median, sigma) => (x) => normal(Math.log(Math.max(x, 1e-9) / median) / sigma);

/** The standard normal law, cumulative; within 1e-7 (Abramowitz and Stegun, 26.2.17). */
export function normal(z) {
  const t = 1 / (1 + 0.231_641_9 * Math.abs(z));
  const terms = [0.319_381_53, -0.356_563_782, 1.781_477_937, -1.821_255_978, 1.330_274_429];
  const sum = terms.reduceRight((rest, term) => (rest + term) * t, 0);
  const tail = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * sum;
  return z > 0 ? 1 - tail : tail;
}

export async function tooLate(produce) {
  const rate = 200;
  const flags = '--late 5% --too-late 5%';
  const records = dueAtRate(await produce(`--rate ${rate} ${flags} --jitter 0s --duration 10m`), rate);
  const old = records.filter((record) => behindSeconds(record) > 0);
  return sheet([
    behind(old, {
      title: 'Late and too late, each a share of its own',
      flags,
      width: FULL_WIDTH,
      bins: edges(0, 760, 5),
      marks: [sincePatience],
    }),
  ]);
}

export async function jitter(produce) {
  const rate = 1_000;
  const panels = [];
  for (const [title, flags, limit, step] of [
    ['Out of order by 2 s at most: the default', '', 2, 0.05],
    ['More than the watermark forgives', '--jitter 20s', 20, 0.5],
  ]) {
    const records = dueAtRate(await produce(`--rate ${rate} ${flags} --duration 2m`), rate);
    const bins = edges(0, limit * 1.1, step);
    const cumulative = (x) => Math.sqrt(Math.min(1, Math.max(0, x) / limit));
    panels.push(
      behind(records, {
        title,
        flags: flags || '(no flag)',
        bins,
        layers: limit > DELAY ? ['on_time', 'late'] : ['on_time'],
        legend: [['law', colour.law, 'line']],
        marks: [law(perBin(cumulative, bins)), limit > DELAY ? sinceDelay : []],
      }),
    );
  }
  return sheet(panels);
}

export async function clockSkew(produce) {
  const rate = 50;
  const panels = [];
  for (const [title, skew, name] of [
    ['Clocks that the watermark forgives', 2, '--clock-skew 2s --jitter 200ms'],
    ['Clocks that it does not', 40, '--clock-skew 40s'],
  ]) {
    const records = dueAtRate(await produce(`--rate ${rate} ${name} --duration 4m`), rate);
    const dots = records
      .filter(({ index }) => index % 8 === 0)
      .map(({ dueMs, timeMs, verdict }) => ({ x: dueMs / 1_000, y: (timeMs - dueMs) / 1_000, verdict }));
    panels.push(
      panel({
        title,
        flags: name,
        height: 300,
        legend: [...verdictLegend(skew > DELAY ? timely : ['on_time']), ['watermark', colour.mark, 'line']],
        x: { label: 'time, s →', domain: [0, 240] },
        y: {
          label: '↑ event time less due time, s',
          grid: true,
          domain: [Math.min(-1.1 * skew, 1.1 * (skew - DELAY)), 1.1 * skew],
        },
        marks: [
          Plot.dot(dots, { x: 'x', y: 'y', r: 1.4, fill: ({ verdict }) => colour[verdict] }),
          Plot.ruleY([skew - DELAY], { stroke: colour.mark, strokeWidth: 2 }),
        ],
      }),
    );
  }
  return sheet(panels);
}
