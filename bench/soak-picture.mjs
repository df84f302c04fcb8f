// The curves of a soak run as an SVG file. To draw them again: node bench/soak-picture.mjs FILE.csv > FILE.svg
import { readFile } from 'node:fs/promises';
import * as Plot from '@observablehq/plot';
import { colour, FULL_WIDTH, panel, sheet } from '../scripts/pictures/charts.mjs';

const height = 250;
/** In the order in which they are drawn; beyond these a service is grey. */
const colours = {
  total: colour.mark,
  kafka: colour.plain,
  flink_taskmanager: colour.law,
  flink_jobmanager: colour.late,
  flink_sql_gateway: colour.invalid,
  clickhouse: '#009E73',
  console: colour.duplicate,
};

/**
 * @param {Record<string, number | undefined>[]} rows @param {{minutes: number, rate: number}} run
 * @returns {string} white behind the curves, so that it reads on a dark page too
 */
export function drawSoak(rows, { minutes, rate }) {
  const services = Object.keys(rows[0]).filter((name) => /_mb$/.test(name) && !/heap|state/.test(name));
  const flags = `produce --rate ${rate} --duration ${minutes}m --late 3% --duplicates 1% --invalid 0.5%`;
  const seconds = (name) => rows.map((row) => ({ ...row, [name]: row[name] / 1_000 }));
  return sheet(
    [
      chart(rows, {
        title: 'Resident memory, MB',
        flags,
        width: FULL_WIDTH,
        marginRight: 150,
        unit: 'MB',
        series: services.map((name) => ({ name, label: name.replace(/_mb$/, '') })),
      }),
    ],
    [
      chart(rows, {
        title: "The TaskManager's heap in use, MB",
        unit: 'MB',
        series: [{ name: 'taskmanager_heap_mb', fill: colours.flink_taskmanager }],
      }),
      chart(rows, {
        title: 'State in a checkpoint, MB',
        unit: 'MB',
        series: [{ name: 'state_mb', fill: colour.plain }],
      }),
    ],
    [
      chart(seconds('slowest_of_last_checkpoints_ms'), {
        title: 'A checkpoint, end to end, s: the slowest of the last ten',
        unit: 's',
        series: [{ name: 'slowest_of_last_checkpoints_ms', fill: colour.law }],
      }),
      chart(rows, {
        title: 'Records that no checkpoint covers yet',
        unit: 'records',
        series: [{ name: 'lag_records', fill: colour.plain }],
      }),
    ],
    [
      chart(perSecond(rows, 'records_sent'), {
        title: 'Records sent, each second',
        unit: 'records/s',
        series: [{ name: 'value', fill: colour.plain }],
      }),
      chart(rows, {
        title: 'Dead letters, all',
        unit: 'letters',
        series: [{ name: 'dead_letters', fill: colour.invalid }],
      }),
    ],
  );
}

function chart(rows, { title, flags = '', width, marginRight = 18, unit, series }) {
  const lines = series.map(({ name, label, fill = colours[label] ?? colour.duplicate }) => ({
    label,
    fill,
    points: rows
      .filter((row) => Number.isFinite(row[name]))
      .map((row) => ({ x: row.seconds / 60, y: row[name] })),
  }));
  const top = Math.max(1e-9, ...lines.flatMap(({ points }) => points.map(({ y }) => y)));
  return panel({
    title,
    flags,
    ...(width === undefined ? {} : { width }),
    height,
    marginRight,
    x: { label: 'minutes', domain: [0, rows.at(-1).seconds / 60] },
    y: { label: unit, domain: [0, top * 1.08], ticks: 4, grid: true, tickFormat: plain },
    marks: lines
      .flatMap(({ fill, points }) => [Plot.line(points, { x: 'x', y: 'y', stroke: fill, strokeWidth: 1.75 })])
      .concat(labels(lines, top)),
  });
}

const plain = (value) => value.toLocaleString('en').replaceAll(',', ' ');

/** Names at the ends of the lines, moved apart where they would overlap. */
function labels(lines, top) {
  const named = lines.filter(({ label, points }) => label !== undefined && points.length > 0);
  const apart = top / 15;
  const ends = named
    .map(({ label, fill, points }) => ({ label, fill, ...points.at(-1), last: points.at(-1).y }))
    .sort((a, b) => a.y - b.y);
  ends.forEach((end, n) => {
    if (n > 0) end.y = Math.max(end.y, ends[n - 1].y + apart);
  });
  return ends.map(({ label, fill, x, y, last }) =>
    Plot.text([{ x, y }], {
      x: 'x',
      y: 'y',
      text: () => `${label.replaceAll('_', ' ')} ${plain(Math.round(last))}`,
      textAnchor: 'start',
      dx: 6,
      fill,
      fontWeight: label === 'total' ? 600 : 400,
    }),
  );
}

function perSecond(rows, name) {
  return rows.slice(1).map((row, n) => ({
    seconds: row.seconds,
    value: (row[name] - rows[n][name]) / (row.seconds - rows[n].seconds),
  }));
}

if (process.argv[1] === import.meta.filename) {
  const [head, ...lines] = (await readFile(process.argv[2], 'utf8')).trim().split('\n');
  const names = head.split(',');
  const rows = lines.map((line) =>
    Object.fromEntries(line.split(',').map((cell, n) => [names[n], cell === '' ? undefined : Number(cell)])),
  );
  const sent = rows.at(-1).records_sent - rows[0].records_sent;
  const { seconds } = rows.at(-1);
  process.stdout.write(
    drawSoak(rows, { minutes: Math.ceil(seconds / 60), rate: Math.round(sent / seconds / 100) * 100 }),
  );
}
