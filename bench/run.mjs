// Measures, and writes one table: to stdout, and to bench/results as Markdown and JSON.
//   npm run build && node bench/run.mjs [--quick] [--only help,up] [--runs 3]
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { findJava } from '../dist/adapters/runtime/local/java.js';
import { readArtifactLock } from '../dist/adapters/runtime/artifacts/artifacts.js';
import { deleteLab, isolate, median, root } from './support.mjs';

const names = ['help', 'ledger', 'verify', 'up', 'generator', 'pacing', 'job', 'latency', 'replay', 'top'];

const { values: given } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: names.join(',') },
    runs: { type: 'string' },
  },
});
const chosen = given.only.split(',');
const unknown = chosen.filter((name) => !names.includes(name));
const runs = Number(given.runs ?? (given.quick ? 1 : 3));
if (unknown.length > 0 || !(runs >= 1)) {
  console.error(`Usage: node bench/run.mjs [--quick] [--runs N] [--only ${names.join(',')}]`);
  process.exit(2);
}

const folder = await mkdtemp(join(tmpdir(), 'streamlab-bench-'));
await isolate(folder);
// The lab's processes outlive this one unless they are stopped.
process.once('SIGINT', () => {
  console.error('Interrupted: deleting the lab.');
  void deleteLab()
    .catch(() => undefined)
    .then(() => rm(folder, { recursive: true, force: true }))
    .finally(() => process.exit(130));
});

const begun = new Date();
const machine = await describeMachine();
console.error(machine);
const rows = [];
try {
  for (const name of names.filter((each) => chosen.includes(each))) {
    const report = (text) => console.error(`${name}: ${text}`);
    report('begins');
    const { run } = await import(`./${name}.mjs`);
    const found = await run({ quick: given.quick, runs, folder, report });
    for (const row of found) console.error(`  ${row.what}: ${cells(row).slice(1, 4).join(', ')}`);
    rows.push(...found);
  }
} finally {
  await deleteLab().catch(() => undefined);
  process.chdir(root);
  await rm(folder, { recursive: true, force: true });
}
const minutes = ((Date.now() - begun.getTime()) / 60_000).toFixed(1);
const markdown = `${machine}\nTook ${minutes} minutes.\n\n${table(rows)}\n`;
const results = join(root, 'bench', 'results');
await mkdir(results, { recursive: true });
const stem = join(results, begun.toISOString().slice(0, 19).replaceAll(':', ''));
await writeFile(`${stem}.md`, markdown);
await writeFile(
  `${stem}.json`,
  `${JSON.stringify({ machine, begun, quick: given.quick, runs, rows }, null, 2)}\n`,
);
process.stdout.write(markdown);

async function describeMachine() {
  const { versions } = await readArtifactLock(join(root, 'artifacts.lock.json'));
  const { version: java } = await findJava(process.env.STREAMLAB_JAVA_HOME);
  const busy = await busyPercent();
  const trust = busy > 15 ? ' The machine was NOT idle: do not trust the figures.' : '';
  return (
    `${begun.toISOString().slice(0, 10)}: ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GB, ` +
    `${process.platform} ${process.arch}, Node ${process.versions.node}, Java ${java}, ` +
    `Kafka ${versions.kafka}, Flink ${versions.flink}; ${busy} % busy before.${trust}` +
    (given.quick ? ' Quick: tiny sizes, which measure little.' : '')
  );
}

/** How busy the processors are with other things. */
async function busyPercent() {
  const sum = () =>
    cpus().reduce(
      (all, { times }) => ({
        idle: all.idle + times.idle,
        all: all.all + Object.values(times).reduce((a, b) => a + b),
      }),
      { idle: 0, all: 0 },
    );
  const before = sum();
  await delay(3_000);
  const after = sum();
  return Math.round(100 * (1 - (after.idle - before.idle) / (after.all - before.all)));
}

function table(all) {
  const head = ['what', 'ours', 'peer', 'ratio', 'how'];
  const lines = [
    head,
    head.map((_, column) => (column > 0 && column < 4 ? '--:' : '---')),
    ...all.map(cells),
  ];
  return lines.map((line) => `| ${line.join(' | ')} |`).join('\n');
}

function cells({ what, unit, ours, peer, how }) {
  const value = (measured) => (measured === undefined ? '' : `${spread(measured)} ${unit}`);
  const ratio = peer === undefined ? '' : (median(ours) / median(peer)).toFixed(2);
  return [what, value(ours), value(peer), ratio, how];
}

/** The median, and between what the runs were. */
function spread(values) {
  const ends = [Math.min(...values), Math.max(...values)].map(figure);
  return values.length < 2 || ends[0] === ends[1]
    ? figure(median(values))
    : `${figure(median(values))} (${ends.join('–')})`;
}

/** Three digits that count, thousands apart. */
function figure(value) {
  if (!Number.isFinite(value)) return 'not measured';
  const rounded = value >= 100 ? Math.round(value) : Number(value.toPrecision(3));
  return String(rounded).replace(/\B(?<!\.\d*)(?=(\d{3})+(?!\d))/g, ' ');
}
