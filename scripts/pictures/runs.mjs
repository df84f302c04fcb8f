import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Event time of the start of every run: a whole hour, so that windows begin at whole minutes of the run. */
export const START_MS = Date.UTC(2026, 0, 15, 12);
const program = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
const always = ['--seed', '1', '--start-at', '2026-01-15T12:00:00Z'];

/** Words of a command line; what stands in double quotes is one. */
const wordsOf = (flags) => [...flags.matchAll(/"([^"]*)"|\S+/g)].map(([all, inner]) => inner ?? all);

/**
 * What `produce` gives for such flags, record by record: `index`, `timeMs` (event time, from the start of the run), `verdict`,
 * `reason`, `key`, `partition`, and with `withEvents` also `id` and `event`, the parsed payload (undefined where it is no JSON).
 */
export async function produce(flags, { withEvents = false } = {}) {
  const folder = await mkdtemp(path.join(tmpdir(), 'streamlab-pictures-'));
  try {
    const events = withEvents ? path.join(folder, 'events.ndjson') : '/dev/null';
    const manifest = path.join(folder, 'manifest.ndjson');
    const output = ['--to', events, '--manifest', manifest, '--quiet', '--json'];
    // Settings of this machine would change what is late: none are to be found there.
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !name.startsWith('STREAMLAB_')),
    );
    const args = [program, 'produce', ...wordsOf(flags), ...always, ...output];
    await promisify(execFile)(process.execPath, args, { cwd: folder, env, maxBuffer: 1e8 });
    const records = await read(manifest, recordOf);
    if (withEvents) {
      const payloads = await read(events, eventOf);
      for (const [line, record] of records.entries()) record.event = payloads[line];
    }
    return records;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function read(file, of) {
  const all = [];
  for await (const line of createInterface({ input: createReadStream(file) })) all.push(of(line));
  return all;
}

function recordOf(line) {
  const { index, id, key, event_time: eventTime, verdict, reason, partition } = JSON.parse(line);
  return { index, id, key, timeMs: eventTime - START_MS, verdict, reason, partition };
}

function eventOf(line) {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Gives each record of a run with a constant rate the time at which it was due, `dueMs` from the start. */
export function dueAtRate(records, perSecond) {
  for (const record of records) record.dueMs = (record.index * 1_000) / perSecond;
  return records;
}

/**
 * The same where the rate changes: the highest event time so far. That is right within some milliseconds where no event is
 * ahead of the clock, because many records of every second have next to no jitter.
 */
export function dueByHighest(records) {
  let highest = 0;
  for (const record of records) record.dueMs = highest = Math.max(highest, record.timeMs);
  return records;
}
