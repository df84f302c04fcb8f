// How well the revenue rule tells what is wrong from what is usual, on generated days of revenue (fixed seeds), as the
// table in docs/alerts.md: npm run build && node scripts/alert-quality.mjs [--seeds 10]
// In a cell: precision / recall, in per cent. Precision: of the alerts, those in a minute with something wrong, in its
// direction. Recall: of what was wrong, what an alert was fired for while it went on.
import { parseArgs } from 'node:util';
import { generatedSeries, shapes } from '../dist/domain/alerts/quality/generated-series.js';
import { addedScores, noScore, precisionOf, recallOf, scoreOf } from '../dist/domain/alerts/quality/score.js';

const { values } = parseArgs({ options: { seeds: { type: 'string', default: '10' } } });
const seeds = Array.from({ length: Number(values.seeds) }, (_, seed) => seed + 1);
const names = Object.keys(shapes);
const days = Object.fromEntries(
  names.map((name) => [name, seeds.map((seed) => generatedSeries(name, seed))]),
);
const calmDays = Object.fromEntries(
  names.map((name) => [
    name,
    seeds.map((seed) => generatedSeries(name, seed + 1000, { withAnomalies: false })),
  ]),
);
// The first minutes of a lab: something is wrong from the seventh minute on, when five are known.
const starts = Array.from({ length: 20 * seeds.length }, (_, seed) => {
  const { revenue, orders } = generatedSeries('steady', seed + 2000, { minutes: 9, withAnomalies: false });
  const factor = seed % 2 === 0 ? 0.1 : 1;
  const late = (value, minute) => (minute < 6 ? value : (value ?? 0) * factor);
  const anomalies = factor === 1 ? [] : [{ from: 6, to: 9, factor }];
  return { revenue: revenue.map(late), orders, anomalies };
});

const common = { min_windows: 5, min_events: 30 };
const candidates = [
  ...['robust_z', 'ewma'].flatMap((detector) =>
    [15, 30, 60].flatMap((windows) =>
      [3, 4, 5, 7].map((sensitivity) => ({
        detector,
        windows,
        sensitivity,
        min_change: 0.25,
        badMinutes: 1,
      })),
    ),
  ),
  ...[0, 0.1, 0.4].map((min_change) => ({
    ...{ detector: 'robust_z', windows: 60, sensitivity: 5, min_change, badMinutes: 1 },
  })),
  { detector: 'robust_z', windows: 60, sensitivity: 5, min_change: 0.25, badMinutes: 2 },
];

const scoreAll = (series, judging) => series.map((day) => scoreOf(day, judging)).reduce(addedScores, noScore);
const percent = (share) => (100 * share).toFixed(0);
const cell = (score) => `${percent(precisionOf(score))} / ${percent(recallOf(score))}`;
const head = [
  'detector',
  'windows',
  'sensitivity',
  'min_change',
  'for',
  ...names,
  'start',
  'all',
  'false a day',
];
console.log(`| ${head.join(' | ')} |\n| ${head.map((_, n) => (n === 0 ? '---' : '--:')).join(' | ')} |`);
for (const candidate of candidates) {
  const judging = { ...common, ...candidate };
  const scores = [...names.map((name) => scoreAll(days[name], judging)), scoreAll(starts, judging)];
  const calm = names.map((name) => scoreAll(calmDays[name], judging)).reduce(addedScores, noScore);
  const { detector, windows, sensitivity, min_change, badMinutes } = candidate;
  const falseADay = ((1440 * calm.alerts) / calm.minutes).toFixed(2);
  const all = scores.reduce(addedScores, noScore);
  const settings = [detector, windows, sensitivity, `${percent(min_change)}%`, `${badMinutes}m`];
  console.log(`| ${[...settings, ...scores.map(cell), cell(all), falseADay].join(' | ')} |`);
}
