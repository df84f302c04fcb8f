// What the benchmarks share: a lab of their own, the CLI as a user runs it, statistics.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { LabStore } from '../dist/adapters/files/lab-store.js';
import { homeFolders } from '../dist/adapters/files/paths.js';
import { findByMarker, markerOf } from '../dist/adapters/runtime/processes.js';
import { loadConfig } from '../dist/wiring/config.js';
import { openLab } from '../dist/wiring/lab.js';

/**
 * @typedef {object} Row One line of the table.
 * @property {string} what
 * @property {string} unit
 * @property {number[]} ours One value a run; the table shows the median.
 * @property {number[]} [peer]
 * @property {string} how
 *
 * @typedef {object} Context
 * @property {boolean} quick Tiny sizes: shows that everything works, measures little.
 * @property {number} runs
 * @property {string} folder Empty, deleted at the end.
 * @property {(text: string) => void} report
 *
 * @typedef {import('../dist/wiring/lab.js').OpenLab} OpenLab
 */

export const root = resolve(import.meta.dirname, '..');
export const bin = join(root, 'bin', 'run.js');
const name = 'bench';

/**
 * From now on this process and the CLI see a lab in `folder`, and no settings of the person who runs this. Its ports
 * are any free ones: labs of another state folder are not known to it, and might be about to take the usual ones.
 */
export async function isolate(folder) {
  const { STREAMLAB_JAVA_HOME, STREAMLAB_ARTIFACT_MIRROR, ...others } = process.env;
  const kept = Object.entries(others).filter(([key]) => !key.startsWith('STREAMLAB_'));
  const ofTheMachine = { STREAMLAB_JAVA_HOME, STREAMLAB_ARTIFACT_MIRROR };
  const services = ['KAFKA', 'FLINK', 'SQL_GATEWAY', 'CLICKHOUSE'];
  const free = await freePorts(services.length);
  const ports = Object.fromEntries(
    services.map((service, index) => [`STREAMLAB_${service}_PORT`, free[index]]),
  );
  const lab = { XDG_STATE_HOME: folder, STREAMLAB_LAB: name, STREAMLAB_RUNTIME: 'local', ...ports };
  process.env = Object.fromEntries(
    [...kept, ...Object.entries({ ...ofTheMachine, ...lab })].filter(([, value]) => value),
  );
  process.chdir(folder);
}

async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => String(server.address().port));
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

/**
 * A command of the CLI; resolves to its JSON. `onLine` gets each line of its progress when it is written. The signal
 * interrupts it as Ctrl-C does.
 */
export async function streamlab(args, onLine, { signal } = {}) {
  // Out of the terminal's process group: Ctrl-C is for this process, which then takes the lab down with the CLI.
  const child = execa(process.execPath, [bin, ...args, '--json'], {
    detached: true,
    stdin: 'ignore',
    ...(signal === undefined ? {} : { cancelSignal: signal, forceKillAfterDelay: 30_000 }),
  });
  if (onLine !== undefined) for await (const line of child.iterable({ from: 'stderr' })) onLine(line);
  return JSON.parse((await child).stdout);
}

/**
 * A command of the CLI as a process of its own: its JSON, how long it took, and what it needed of processor and memory
 * (VmHWM, proc(5)). @param {readonly number[]} exitCodes those that are no failure
 */
export async function measuredCommand(args, exitCodes = [0]) {
  const begun = performance.now();
  const child = execa(process.execPath, [bin, ...args, '--json'], {
    stdin: 'ignore',
    stderr: 'ignore',
    reject: false,
  });
  let peak = Number.NaN;
  let cpuSeconds = Number.NaN;
  let ended = false;
  const watching = (async () => {
    while (!ended) {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
      peak = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? peak * 1_024) / 1_024;
      cpuSeconds = (await cpuSecondsOf(child.pid)) ?? cpuSeconds;
      await delay(50);
    }
  })();
  const { stdout, exitCode } = await child.finally(() => (ended = true));
  const seconds = (performance.now() - begun) / 1_000;
  await watching;
  if (!exitCodes.includes(exitCode)) throw new Error(`${args.join(' ')} ended with ${exitCode}: ${stdout}`);
  return {
    json: JSON.parse(stdout),
    seconds: Number(seconds.toFixed(3)),
    cpuSeconds,
    peakMegabytes: Math.round(peak),
  };
}

/** Waits until what `up` makes beside the lab for the next start is there: the plan of the job, the class archives. */
export async function nextStartPrepared({ config }) {
  const { folders } = new LabStore(homeFolders().labsDir, config.lab);
  const isOver = async () => (await findByMarker(markerOf('next-start', folders))) === undefined;
  await until('the preparation of the next start', isOver, { everyMs: 500, timeoutMs: 600_000 });
}

/** Deletes the lab, whatever of it there is. */
export async function deleteLab() {
  await streamlab(['down', '--volumes', '--yes']);
}

/**
 * A fresh lab for `work`, deleted afterwards.
 * @template T
 * @param {(lab: OpenLab) => Promise<T>} work
 */
export async function withLab(work) {
  await streamlab(['up']);
  try {
    const lab = await currentLab();
    await nextStartPrepared(lab);
    return await work(lab);
  } finally {
    await deleteLab();
  }
}

export async function currentConfig() {
  return loadConfig({ file: undefined, flags: {} });
}

export async function currentLab() {
  return openLab(await currentConfig());
}

/** @returns how long `action` took, milliseconds */
export async function timed(action) {
  const begun = performance.now();
  await action();
  return performance.now() - begun;
}

/** Asks again every `everyMs` until the answer is true. */
export async function until(what, isSo, { everyMs = 50, timeoutMs = 120_000 } = {}) {
  const end = performance.now() + timeoutMs;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`${what}: not within ${String(timeoutMs / 1_000)} s`);
    await delay(everyMs);
  }
}

/** @param {readonly number[]} values in any order @param {number} share 0 to 1 */
export function percentile(values, share) {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The one value that a statement of ClickHouse gives. */
export async function askClickHouse({ clickhouse: { url, user, password } }, sql) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'x-clickhouse-user': user, 'x-clickhouse-key': password },
    body: sql,
  });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return Number(text);
}

/** The answer of a REST interface. */
export async function getJson(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answers ${String(response.status)}`);
  return response.json();
}

/** Memory that these processes really hold (VmRSS, proc(5)), in MB; NaN where there is no /proc. */
export async function residentMegabytes(pids) {
  const each = await Promise.all(
    pids.map(async (pid) => {
      const status = await readFile(`/proc/${String(pid)}/status`, 'utf8').catch(() => '');
      return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) / 1_024;
    }),
  );
  return each.reduce((sum, megabytes) => sum + megabytes, 0);
}

/** User and system time of a process: fields 14 and 15 of /proc/PID/stat (proc(5)), in hundredths of a second. */
export async function cpuSecondsOf(pid) {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const [user, system] = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return (user + system) / 100;
}
