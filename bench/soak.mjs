// A long run: does the lab hold its rate, its memory and its checkpoints, and does the ledger balance at the end?
//   npm run build && node bench/soak.mjs [minutes=60] [rate=5000]
// Every 10 s a row goes to bench/results/soak-<time>.csv; the curves are drawn beside it, as an SVG file. Exit code 1
// when the ledger does not balance, or something broke; what was measured until then is kept.
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { createKafkaAdmin } from '../dist/adapters/kafka/admin.js';
import { createTopicReader } from '../dist/adapters/kafka/reader.js';
import { flinkGroup } from '../dist/domain/clickhouse.js';
import { topics } from '../dist/domain/topics.js';
import { drawSoak } from './soak-picture.mjs';
import {
  askClickHouse,
  bin,
  currentLab,
  deleteLab,
  getJson,
  isolate,
  median,
  residentMegabytes,
  root,
  streamlab,
} from './support.mjs';

const everyMs = 10_000;
const catchUpPatience = '10m';
const mix = ['--late', '3%', '--duplicates', '1%', '--invalid', '0.5%'];

const [minutes, rate] = [Number(process.argv[2] ?? 60), Number(process.argv[3] ?? 5_000)];
if (!(minutes > 0) || !(rate > 0) || process.argv.length > 4) {
  console.error('Usage: node bench/soak.mjs [minutes=60] [rate=5000]');
  process.exit(2);
}

const stopping = new AbortController();
const stop = () => {
  if (stopping.signal.aborted) return;
  say('Interrupted: ending, and deleting the lab.');
  stopping.abort(new Error('interrupted'));
};
process.on('SIGINT', stop);
process.on('SIGTERM', stop);

const results = join(root, 'bench', 'results');
mkdirSync(results, { recursive: true });
const stem = join(results, `soak-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}`);
const folder = await mkdtemp(join(tmpdir(), 'streamlab-soak-'));
await isolate(folder);

const rows = [];
const troubles = [];
try {
  await soak();
} catch (error) {
  if (!stopping.signal.aborted) {
    complain(error);
    await keepLogs();
  }
} finally {
  await deleteLab().catch((error) => complain(`The lab could not be deleted: ${sentenceOf(error)}`));
  process.chdir(root);
  await rm(folder, { recursive: true, force: true });
}
if (rows.length > 1) {
  summarize();
  writeFileSync(`${stem}.svg`, drawSoak(rows, { minutes, rate }));
  say(`Written: ${stem}.csv and .svg`);
}
process.exitCode = stopping.signal.aborted ? 130 : troubles.length > 0 ? 1 : 0;

async function soak() {
  const { signal } = stopping;
  say(`${minutes} minutes at ${rate}/s: starting a lab`);
  await streamlab(['up'], undefined, { signal });
  const [{ connections }, { services, job }] = [await currentLab(), await streamlab(['status'])];
  const look = openLook(connections, services, job.id);
  // Aborted when the traffic has ended, or has to end.
  const ended = new AbortController();
  let sent;
  const sending = produce(AbortSignal.any([signal, ended.signal])).then(
    (summary) => (sent = summary),
    (error) => {
      if (!error.isCanceled) complain(`produce failed: ${sentenceOf(error)}`);
    },
  );
  void sending.finally(() => ended.abort());
  try {
    await sample(look, AbortSignal.any([signal, ended.signal]));
    await sending;
  } finally {
    ended.abort();
    await Promise.all([sending, look.close()]);
  }
  signal.throwIfAborted();
  if (sent !== undefined && sent.acknowledged < minutes * 60 * rate)
    complain(`Only ${sent.acknowledged} of ${minutes * 60 * rate} records were sent.`);
  say('Traffic has ended: waiting until everything came out, then balancing the books');
  await balance(signal);
}

function produce(signal) {
  const args = ['produce', '--rate', String(rate), '--duration', `${Math.round(minutes * 60)}s`, ...mix];
  return streamlab(args, undefined, { signal });
}

/** One row at a time until the traffic ends. A look that fails leaves its cells empty; a service that died ends the run. */
async function sample(look, signal) {
  const begun = performance.now();
  for (let n = 0; !signal.aborted; n++) {
    await delay(begun + n * everyMs - performance.now(), undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const row = { seconds: Math.round((performance.now() - begun) / 1_000), ...(await look.now()) };
    const line = (cells) => `${cells.join(',')}\n`;
    if (rows.length === 0) writeFileSync(`${stem}.csv`, line(Object.keys(row)));
    appendFileSync(`${stem}.csv`, line(Object.values(row).map((value) => value ?? '')));
    rows.push(row);
    if (n % 6 === 0) say(sentenceOfRow(row));
    const dead = look.services.filter(({ name }) => row[columnOf(name)] === undefined);
    if (dead.length > 0) throw new Error(`${dead.map(({ name }) => name).join(', ')} died`);
  }
}

/** What is looked at in one row; a dead service has no memory. */
function openLook(connections, all, jobId) {
  const services = all.filter(({ pid }) => pid !== undefined);
  const [reader, admin] = [createTopicReader(connections.kafka), createKafkaAdmin(connections.kafka)];
  const rest = connections.flink.restUrl;
  const memory = async () => {
    const each = await Promise.all(services.map(({ pid }) => residentMegabytes([pid])));
    const known = each.map((megabytes) => (Number.isNaN(megabytes) ? undefined : Math.round(megabytes)));
    const sum = known.reduce((total, one) => total + (one ?? 0), 0);
    return {
      ...Object.fromEntries(services.map(({ name }, n) => [columnOf(name), known[n]])),
      total_mb: sum,
    };
  };
  const heap = async () => {
    const { taskmanagers } = await getJson(`${rest}/taskmanagers`);
    const used = await Promise.all(
      taskmanagers.map(({ id }) =>
        getJson(`${rest}/taskmanagers/${id}/metrics?get=Status.JVM.Memory.Heap.Used`),
      ),
    );
    return used.flat().reduce((sum, { value }) => sum + Number(value), 0) / 2 ** 20;
  };
  const lag = async () => {
    const [ends, done] = await Promise.all([
      reader.offsets(topics.raw),
      admin.committed(flinkGroup, topics.raw),
    ]);
    const sent = ends.reduce((sum, { highWatermark }) => sum + highWatermark, 0);
    return { sent, lag: sent - [...done.values()].reduce((sum, offset) => sum + offset, 0) };
  };
  const database = connections.clickhouse.database;
  const asks = {
    heap,
    lag,
    checkpoints: () => getJson(`${rest}/jobs/${jobId}/checkpoints`),
    letters: () => askClickHouse(connections, `SELECT count() FROM ${database}.dlq_latest`),
  };
  return {
    services,
    now: async () => {
      const [sizes, found] = await Promise.all([memory(), answersOf(asks)]);
      const { latest, counts, history = [] } = found.checkpoints ?? {};
      const last = latest?.completed ?? undefined;
      return {
        ...sizes,
        taskmanager_heap_mb: rounded(found.heap),
        checkpoint_ms: last?.end_to_end_duration,
        slowest_of_last_checkpoints_ms: slowest(history),
        checkpoints_failed: counts?.failed,
        state_mb: last === undefined ? undefined : rounded(last.state_size / 2 ** 20),
        lag_records: found.lag?.lag,
        dead_letters: found.letters,
        records_sent: found.lag?.sent,
      };
    },
    close: () => Promise.allSettled([reader.close(), admin.close()]),
  };
}

/** All answers; what failed is said, and undefined. */
async function answersOf(asks) {
  const entries = Object.entries(asks).map(async ([name, ask]) => {
    const answer = await ask().catch((error) => say(`no ${name}: ${sentenceOf(error)}`));
    return [name, answer];
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** Flink keeps the last ten: no checkpoint between two rows is missed. */
function slowest(history) {
  const done = history.filter(({ status }) => status === 'COMPLETED');
  return done.length === 0 ? undefined : Math.max(...done.map((one) => one.end_to_end_duration));
}

async function balance(signal) {
  const args = ['verify', '--json', '--wait', catchUpPatience];
  const { stdout, exitCode } = await execa(process.execPath, [bin, ...args], {
    detached: true,
    reject: false,
    stdin: 'ignore',
    cancelSignal: signal,
    forceKillAfterDelay: 30_000,
  });
  signal.throwIfAborted();
  writeFileSync(`${stem}-verify.json`, `${stdout}\n`);
  const result = parsed(stdout);
  if (exitCode === 0) return say(`The ledger balances: ${JSON.stringify(result.raw)}`);
  complain(
    exitCode === 1 && result?.ok === false
      ? `The ledger does NOT balance: ${result.unaccounted} unaccounted, ${result.doubleCounted} double counted (${stem}-verify.json)`
      : `verify ended with exit code ${exitCode}: ${result?.error?.message ?? stdout}`,
  );
  await keepLogs();
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What the services wrote last: their log files are deleted with the lab. */
async function keepLogs() {
  const { stdout } = await execa(process.execPath, [bin, 'logs', '--lines', '200'], { reject: false });
  if (!stdout) return;
  writeFileSync(`${stem}.log`, `${stdout}\n`);
  say(`The last lines of the services' logs: ${stem}.log`);
}

/** The first and the last ten minutes, or halves of a shorter run. */
function summarize() {
  const span = Math.min(600, rows.at(-1).seconds / 2);
  const first = rows.filter(({ seconds }) => seconds <= span);
  const last = rows.filter(({ seconds }) => seconds >= rows.at(-1).seconds - span);
  const names = Object.keys(rows[0]).filter((name) => /_m[bs]$|^lag/.test(name));
  const middle = (some, name) => {
    const known = some.map((row) => row[name]).filter((value) => value !== undefined);
    return known.length === 0 ? Number.NaN : median(known);
  };
  const line = (a, b, c, d) => console.log(`| ${a} | ${b} | ${c} | ${d} |`);
  const minutesOfSpan = Math.round(span / 6) / 10;
  line('median of', `first ${minutesOfSpan} min`, `last ${minutesOfSpan} min`, 'ratio');
  line('---', '--:', '--:', '--:');
  for (const name of names) {
    const [a, b] = [middle(first, name), middle(last, name)];
    line(name, rounded(a), rounded(b), (b / a).toFixed(2));
  }
  const { records_sent: sent, dead_letters: letters, checkpoints_failed: failed } = rows.at(-1);
  console.log(`\n${sent} records, ${letters} dead letters, ${failed} failed checkpoints.`);
  for (const trouble of troubles) console.log(trouble);
}

function sentenceOfRow(row) {
  return (
    `${row.seconds} s: ${row.total_mb} MB, checkpoint ${row.checkpoint_ms ?? '?'} ms, ` +
    `lag ${row.lag_records ?? '?'}, ${row.records_sent ?? '?'} sent`
  );
}

function columnOf(service) {
  return `${service.replaceAll('-', '_')}_mb`;
}

function rounded(value) {
  return value === undefined ? undefined : Math.round(value * 10) / 10;
}

function complain(error) {
  const text = typeof error === 'string' ? error : sentenceOf(error);
  troubles.push(text);
  say(text);
}

/** A command that failed says why in its JSON. */
function sentenceOf(error) {
  return parsed(error.stdout)?.error?.message ?? error.shortMessage ?? error.message;
}

function say(text) {
  console.error(`${new Date().toISOString().slice(11, 19)} ${text}`);
}
