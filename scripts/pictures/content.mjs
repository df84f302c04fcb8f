import * as Plot from '@observablehq/plot';
import {
  bars,
  colour,
  edges,
  FULL_WIDTH,
  histogram,
  panel,
  sheet,
  verdictBars,
  verdictLegend,
  verdicts,
} from './charts.mjs';
import { dueAtRate, dueByHighest } from './runs.mjs';

/** How long after its original each duplicate was due. */
function delaysOf(records) {
  const originals = new Map();
  const delays = [];
  for (const { id, index, dueMs, verdict } of records) {
    const original = originals.get(id);
    if (verdict === 'duplicate')
      delays.push({ records: index - original.index, seconds: (dueMs - original.dueMs) / 1_000 });
    else if (id !== null) originals.set(id, { index, dueMs });
  }
  return delays;
}

export async function duplicates(produce) {
  const panels = [];
  for (const [title, flags, seconds, unit, bins] of [
    [
      'Soon after: one of the last 200 valid events',
      '--duplicates 10%',
      600,
      'records',
      edges(0.5, 230.5, 10),
    ],
    ['Minutes after', '--duplicates 10% --duplicate-after 1m..3m', 1_200, 'seconds', edges(0, 210, 5)],
  ]) {
    const records = dueAtRate(await produce(`--rate 200 ${flags} --duration ${seconds}s`), 200);
    const delays = delaysOf(records);
    panels.push(
      panel({
        title,
        flags: `--rate 200 ${flags}`,
        x: {
          label: unit === 'records' ? 'records after the original →' : 'after the original, s →',
          domain: [bins[0], bins.at(-1)],
        },
        y: { label: '↑ % of the duplicates', grid: true },
        marks: [
          bars(
            histogram(delays, { value: (delay) => delay[unit], edges: bins, scale: 100 / delays.length }),
            colour.duplicate,
          ),
          Plot.ruleY([0]),
        ],
      }),
    );
  }
  return sheet(panels);
}

/** Records per second by what they are meant to be, over the time at which they were due. */
function mixPanel(
  records,
  seconds,
  {
    title,
    flags,
    height = 250,
    step = 2,
    layers = verdicts,
    layerOf = ({ verdict }) => verdict,
    legend,
    fill,
  },
) {
  const layered = histogram(records, {
    value: ({ dueMs }) => dueMs / 1_000,
    edges: edges(0, seconds, step),
    layers,
    layerOf,
    scale: 1 / step,
  });
  return panel({
    title,
    flags,
    width: FULL_WIDTH,
    height,
    legend: legend ?? verdictLegend(layers),
    x: { label: 'time, s →', domain: [0, seconds] },
    y: { label: '↑ records per second', grid: true },
    marks: [
      fill === undefined ? verdictBars(layered) : bars(layered, ({ layer }) => fill[layer]),
      Plot.ruleY([0]),
    ],
  });
}

const present = (records) =>
  verdicts.filter((verdict) => records.some((record) => record.verdict === verdict));

async function scenario(produce, { name, seconds, perSecond, step, more = '' }) {
  const flags = `--scenario ${name}${more}`;
  const records = await produce(flags);
  if (perSecond === undefined) dueByHighest(records);
  else dueAtRate(records, perSecond);
  return sheet([
    mixPanel(records, seconds, {
      title: `Scenario ${name}`,
      flags,
      step,
      layers: present(records),
    }),
  ]);
}

export const flashSale = (produce) => scenario(produce, { name: 'flash-sale', seconds: 360, step: 1 });
export const mobileOffline = (produce) =>
  scenario(produce, { name: 'mobile-offline', seconds: 360, perSecond: 800 });
export const clocksGoWrong = (produce) =>
  scenario(produce, { name: 'clock-skew', seconds: 330, perSecond: 1_000 });

const reasons = {
  'missing_field:amount': '#B33A00',
  unsupported_schema_version: '#CC79A7',
};

export async function schemaBreak(produce) {
  const flags = '--scenario schema-break';
  const seconds = 360;
  const records = dueAtRate(await produce(flags, { withEvents: true }), 800);
  const invalid = records.filter(({ verdict }) => verdict === 'invalid');
  const versions = { 1: '#0072B2', 2: '#56B4E9', 3: '#CC79A7' };
  const legendOf = (fills, word = '') => Object.entries(fills).map(([key, fill]) => [`${word}${key}`, fill]);
  return sheet(
    [
      mixPanel(records, seconds, {
        title: 'Scenario schema-break: what becomes of the records',
        flags,
        height: 200,
        layers: present(records),
      }),
    ],
    [
      mixPanel(records, seconds, {
        title: 'By schema version',
        flags,
        height: 200,
        layers: Object.keys(versions),
        layerOf: ({ event }) => String(event.schema_version),
        fill: versions,
        legend: legendOf(versions, 'version '),
      }),
    ],
    [
      mixPanel(invalid, seconds, {
        title: 'Dead letters by reason',
        flags,
        height: 200,
        layers: Object.keys(reasons),
        layerOf: ({ reason }) => reason,
        fill: reasons,
        legend: legendOf(reasons),
      }),
    ],
  );
}
