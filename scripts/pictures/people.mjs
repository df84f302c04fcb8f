import * as Plot from '@observablehq/plot';
import { bars, colour, FULL_WIDTH, histogram, law, logEdges, panel, sheet } from './charts.mjs';
import { normal } from './lateness.mjs';

const PEOPLE = 10_000;

export async function zipf(produce) {
  const panels = [];
  for (const [title, skew] of [
    ['As it is', 0.7],
    ['A few very active ones', 1.1],
  ]) {
    const flags = `--user-skew ${skew}`;
    const records = await produce(`--rate 1k ${flags} --count 300k`);
    const counts = new Float64Array(PEOPLE);
    for (const { key } of records) counts[Number(key.slice(2))]++;
    panels.push(rankPanel(title, skew === 0.7 ? `${flags} (default)` : flags, counts, skew, records.length));
  }
  return sheet(panels);
}

/** Rank against share. Beyond the first ranks, the mean share of as many as are a step on the scale. */
function rankPanel(title, flags, counts, skew, total) {
  const weights = Array.from({ length: PEOPLE }, (_, n) => (n + 1) ** -skew);
  const sum = weights.reduce((all, weight) => all + weight, 0);
  const ranks = [...new Set(logEdges(1, PEOPLE, 60).map(Math.round))];
  const dots = ranks.slice(0, -1).map((from, n) => {
    const part = counts.slice(from - 1, ranks[n + 1] - 1);
    const share = part.reduce((all, count) => all + count, 0) / part.length / total;
    return { x: Math.sqrt(from * (ranks[n + 1] - 1)), y: 100 * share };
  });
  return panel({
    title,
    flags,
    height: 270,
    legend: [
      ['measured', colour.plain],
      ["Zipf's law", colour.law, 'line'],
    ],
    x: {
      type: 'log',
      label: 'rank of the user (logarithmic) →',
      ticks: [1, 10, 100, 1_000, 10_000],
      tickFormat: (rank) => `${rank}`,
    },
    y: {
      type: 'log',
      label: '↑ % of all records (logarithmic)',
      grid: true,
      domain: skew < 1 ? [0.002, 3] : [0.0004, 25],
      ticks: skew < 1 ? [0.01, 0.1, 1] : [0.001, 0.01, 0.1, 1, 10],
      tickFormat: (share) => `${share}`,
    },
    marks: [
      law(ranks.map((rank) => ({ x: rank, y: (100 * weights[rank - 1]) / sum }))),
      Plot.dot(dots, { x: 'x', y: 'y', r: 2.5, fill: colour.plain }),
    ],
  });
}

/** Two hours of the shop, of which two pictures are made. */
let visit;
const shop = (produce) => (visit ??= produce('--rate 50 --duration 2h --jitter 0s', { withEvents: true }));

/** What the walk through the shop comes to: `visits` of src/domain/traffic/walk.ts, of 6.25. */
const funnel = [
  ['page_view', 80],
  ['add_to_cart', 12],
  ['checkout_started', 4.5],
  ['order_placed', 3],
  ['order_refunded', 0.5],
];

export async function funnelShares(produce) {
  const records = await shop(produce);
  const measured = funnel.map(([type, expected]) => {
    const share = (100 * records.filter(({ event }) => event.event_type === type).length) / records.length;
    return { type, expected, share };
  });
  return sheet([
    panel({
      title: 'Events by type',
      flags: '--rate 50 --duration 2h',
      width: FULL_WIDTH,
      height: 200,
      marginLeft: 130,
      marginRight: 60,
      legend: [
        ['measured', colour.plain],
        ['what the walk through the shop gives', colour.law, 'line'],
      ],
      x: { label: '% of all records →', grid: true, domain: [0, 85] },
      y: { label: null, domain: funnel.map(([type]) => type) },
      marks: [
        Plot.barX(measured, { x: 'share', y: 'type', fill: colour.plain, insetTop: 2, insetBottom: 2 }),
        Plot.tickX(measured, { x: 'expected', y: 'type', stroke: colour.law, strokeWidth: 2 }),
        Plot.text(measured, {
          x: 'share',
          y: 'type',
          text: ({ share }) => `${share.toFixed(2)} %`,
          textAnchor: 'start',
          dx: 8,
        }),
      ],
    }),
  ]);
}

/** Medians in seconds, by the step that is thought about. */
const thought = {
  page_view: 12,
  add_to_cart: 15,
  checkout_started: 20,
  order_placed: 25,
  order_refunded: 40,
};

export async function thinkTimes(produce) {
  const last = new Map();
  const gaps = Object.fromEntries(Object.keys(thought).map((type) => [type, []]));
  for (const { event, timeMs } of await shop(produce)) {
    const { session_id: session, event_type: type } = event;
    if (last.has(session)) gaps[type].push((timeMs - last.get(session)) / 1_000);
    last.set(session, timeMs);
  }
  const bins = logEdges(0.5, 500, 45);
  const panels = Object.entries(thought).map(([type, median]) => {
    const found = gaps[type];
    const cumulative = (x) => normal(Math.log(x / median));
    const lawOf = bins
      .slice(1)
      .map((to, n) => ({ x: Math.sqrt(bins[n] * to), y: 100 * (cumulative(to) - cumulative(bins[n])) }));
    return panel({
      title: `Before ${type}`,
      flags: `median ${median} s; measured ${found.length} times`,
      height: 200,
      legend: [['log-normal law, sigma 1', colour.law, 'line']],
      x: {
        type: 'log',
        label: 'time since the last event of the session, s (logarithmic) →',
        domain: [0.5, 500],
        ticks: [1, 10, 100],
        tickFormat: (seconds) => `${seconds}`,
      },
      y: { label: '↑ % of them', grid: true },
      marks: [
        bars(histogram(found, { value: (s) => s, edges: bins, scale: 100 / found.length })),
        law(lawOf),
        Plot.ruleY([0]),
      ],
    });
  });
  return sheet(panels.slice(0, 2), panels.slice(2, 4), panels.slice(4));
}

export async function amounts(produce) {
  const orders = (await shop(produce)).filter(({ event }) => event.event_type === 'order_placed');
  const bins = logEdges(0.8, 6_000, 60);
  const cumulative = (x) => normal(Math.log(x / 35) / 0.9);
  const lawOf = bins
    .slice(1)
    .map((to, n) => ({ x: Math.sqrt(bins[n] * to), y: 100 * (cumulative(to) - cumulative(bins[n])) }));
  const measured = histogram(orders, {
    value: ({ event }) => event.amount,
    edges: bins,
    scale: 100 / orders.length,
  });
  return sheet([
    panel({
      title: 'Amounts of orders',
      flags: `${orders.length} orders`,
      width: FULL_WIDTH,
      legend: [['log-normal law, median 35, sigma 0.9', colour.law, 'line']],
      x: {
        type: 'log',
        label: 'amount (logarithmic) →',
        domain: [0.8, 6_000],
        ticks: [1, 10, 100, 1_000],
        tickFormat: (amount) => `${amount}`,
      },
      y: { label: '↑ % of the orders', grid: true },
      marks: [bars(measured), law(lawOf), Plot.ruleY([0])],
    }),
  ]);
}

const partitionColours = ['#0072B2', '#E69F00', '#009E73', '#CC79A7'];

export async function idlePartition(produce) {
  const seconds = 240;
  const step = 2;
  const records = await produce('--scenario idle-partition --jitter 0s');
  const points = partitionColours.flatMap((_, partition) => {
    const counts = new Float64Array(seconds / step);
    for (const record of records)
      if (record.partition === partition) counts[Math.floor(record.timeMs / 1_000 / step)]++;
    return [...counts].map((count, n) => ({ x: n * step, y: count / step, partition }));
  });
  return sheet([
    panel({
      title: 'Records per second of each partition',
      flags: '--scenario idle-partition',
      width: FULL_WIDTH,
      legend: partitionColours.map((fill, partition) => [`partition ${partition}`, fill, 'line']),
      x: { label: 'time, s →', domain: [0, seconds] },
      y: { label: '↑ records per second', grid: true, zero: true },
      marks: [
        Plot.line(points, {
          x: 'x',
          y: 'y',
          z: 'partition',
          curve: 'step-after',
          stroke: ({ partition }) => partitionColours[partition],
        }),
        Plot.ruleY([0]),
      ],
    }),
  ]);
}

export async function hotKey(produce) {
  const seconds = 360;
  const step = 3;
  const records = await produce('--scenario hot-key --rate 500 --jitter 0s');
  const hottest = records.find(({ key }) => key === 'u-9999').partition;
  const all = new Float64Array(seconds / step);
  const [ofUser, ofPartition] = [all.slice(), all.slice()];
  for (const { timeMs, key, partition } of records) {
    const at = Math.floor(timeMs / 1_000 / step);
    all[at]++;
    if (key === 'u-9999') ofUser[at]++;
    if (partition === hottest) ofPartition[at]++;
  }
  const lineOf = (counts, stroke) =>
    Plot.line(
      [...counts].map((count, n) => ({ x: n * step, y: (100 * count) / all[n] })),
      { x: 'x', y: 'y', curve: 'step-after', stroke },
    );
  return sheet([
    panel({
      title: 'What one user sends, and the partition that the user is in',
      flags: '--scenario hot-key --rate 500     (hot-key: 25% from 60 s, 60% from 180 s to 300 s)',
      width: FULL_WIDTH,
      legend: [
        ['user u-9999', colour.law, 'line'],
        [`partition ${hottest}`, colour.plain, 'line'],
      ],
      x: { label: 'time, s →', domain: [0, seconds] },
      y: { label: '↑ % of all records', grid: true, domain: [0, 100] },
      marks: [lineOf(ofPartition, colour.plain), lineOf(ofUser, colour.law), Plot.ruleY([0])],
    }),
  ]);
}
