import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createTopicReader, type KafkaRecord } from '../../src/adapters/kafka/reader.js';
import { topics } from '../../src/domain/topics.js';
import type { ManifestEntry } from '../../src/domain/traffic/manifest.js';
import { normalQuantile } from '../../src/domain/traffic/maths.js';
import type { ProduceSummary } from '../../src/domain/traffic/summary.js';
import { copied } from '../../src/services/scan-topic.js';
import { criticalDistance, distance } from '../domain/traffic/support.js';
import { pidsOf, TestHome, type Status } from './support/cli.js';

const home = new TestHome({ STREAMLAB_AUDIT: 'true' });
const file = (name: string): string => join(home.stateHome, name);

beforeAll(async () => {
  const up = await home.cli(['up']);
  expect(up.exitCode, up.stderr).toBe(0);
});
afterAll(() => home.end());

const produce = (...args: string[]): Promise<ProduceSummary> =>
  home.json<ProduceSummary>(['produce', ...args]);
const status = (): Promise<Status> => home.json<Status>(['status'], [0, 3]);

/** What is added to the raw topic while something happens, in order of partition and offset, without duplicates of no account. */
async function addedBy(action: () => Promise<unknown>): Promise<KafkaRecord[]> {
  const before = await offsets();
  await action();
  const reader = await openReader();
  try {
    const ranges = (await reader.offsets(topics.raw)).map(({ partition, highWatermark }) => ({
      partition,
      from: before.get(partition) ?? 0,
      to: highWatermark,
    }));
    const records: KafkaRecord[] = [];
    for await (const batch of reader.read(topics.raw, ranges))
      for (const record of batch) records.push(copied(record));
    return records;
  } finally {
    await reader.close();
  }
}

async function openReader() {
  return createTopicReader({ brokers: [(await status()).services[0]!.endpoint!] });
}

async function offsets(): Promise<Map<number, number>> {
  const reader = await openReader();
  const all = await reader.offsets(topics.raw);
  await reader.close();
  return new Map(all.map(({ partition, highWatermark }) => [partition, highWatermark]));
}

const textOf = ({ value }: KafkaRecord): string => value?.toString('latin1') ?? '';
const hashOf = (records: readonly KafkaRecord[]): string =>
  createHash('sha256')
    .update(
      records
        .map((record) => `${String(record.key)} ${textOf(record)}\n`)
        .sort()
        .join(''),
    )
    .digest('hex');

async function manifestOf(path: string): Promise<ManifestEntry[]> {
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as ManifestEntry);
}

interface Verified {
  ok: boolean;
  manifest: {
    entries: number;
    acknowledged: number;
    found: number;
    missing: number;
    mismatchesTotal: number;
  };
}

const fixed = ['--seed', '42', '--start-at', '2026-11-20T12:00:00Z'];

describe('the same seed', () => {
  const traffic = [
    ...fixed,
    '--rate',
    '0',
    '--count',
    '20000',
    '--late',
    '3%',
    '--late-by',
    'exponential:30s',
    '--duplicates',
    '2%',
    '--invalid',
    '1%',
  ];

  test('gives the same events twice, with one worker and with three, at any rate of arrival, and in a file', async () => {
    const once = await addedBy(() => produce(...traffic));
    const three = await addedBy(() => produce(...traffic, '--workers', '3'));
    await produce(...traffic, '--to', file('same.ndjson'));
    expect(once).toHaveLength(20_000);
    expect(hashOf(three)).toBe(hashOf(once));
    const lines = (await readFile(file('same.ndjson'), 'latin1')).trimEnd().split('\n');
    expect(lines.sort()).toEqual(once.map(textOf).sort());
  });
});

describe('late events', () => {
  const count = 60_000;
  // The due time of a record is its place in the run, at a constant rate; the manifest knows which record is which.
  const behind = async (records: readonly KafkaRecord[], manifest: string, startMs: number) => {
    const entries = await manifestOf(manifest);
    const byPlace = new Map(
      records.map((record) => [`${String(record.partition)}:${String(record.offset)}`, record]),
    );
    return entries.map(({ index, partition, offset }) => {
      const record = byPlace.get(`${String(partition)}:${String(offset)}`)!;
      return (
        startMs + Math.floor(index / 20) - (JSON.parse(textOf(record)) as { event_time: number }).event_time
      );
    });
  };

  test('are as many as asked for, and as late (share: exact; distribution: Kolmogorov-Smirnov, alpha 0.001)', async () => {
    const startMs = Date.UTC(2026, 10, 20, 12);
    const manifest = file('late.ndjson');
    const records = await addedBy(() =>
      produce(
        '--seed',
        '7',
        '--start-at',
        String(startMs),
        '--rate',
        '20k',
        '--count',
        String(count),
        '--jitter',
        '0s',
        '--late',
        '3%',
        '--late-by',
        'lognormal:40s,0.5',
        '--manifest',
        manifest,
      ),
    );
    const late = (await behind(records, manifest, startMs)).filter((ms) => ms > 0);
    expect(late).toHaveLength(0.03 * count);
    const standard = late.map((ms) => Math.log(ms / 40_000) / 0.5);
    expect(distance(standard, normal)).toBeLessThan(criticalDistance(late.length));
  });

  test('fall within and beyond the allowed lateness in the shares that were aimed at, by the verdict of the job', async () => {
    const manifest = file('aimed.ndjson');
    const summary = await produce(
      '--rate',
      '2k',
      '--duration',
      '20s',
      '--late',
      '3%',
      '--too-late',
      '1%',
      '--manifest',
      manifest,
    );
    // The first record cannot be late, whatever is meant: there is no watermark yet.
    expect(summary.late + summary.tooLate).toBeGreaterThanOrEqual(1_599);
    expect(summary.tooLate).toBeGreaterThanOrEqual(399);
    const verified = await home.json<
      Verified & { aggregated: { late: number }; manifest: { verdicts: unknown } }
    >(['verify', '--manifest', manifest, '--wait', '2m'], [0, 1]);
    expect(verified.ok, JSON.stringify(verified.manifest)).toBe(true);
    expect(verified.manifest).toMatchObject({
      entries: 40_000,
      acknowledged: 40_000,
      found: 40_000,
      missing: 0,
      mismatchesTotal: 0,
    });
  });
});

describe('history', () => {
  test('is written as fast as it is taken, with event times spread over the past', async () => {
    const begun = Date.now();
    const records = await addedBy(() => produce('--backfill', '2h', '--count', '20000', '--jitter', '0s'));
    const ended = Date.now();
    const times = records
      .map((record) => (JSON.parse(textOf(record)) as { event_time: number }).event_time)
      .sort((a, b) => a - b);
    expect(times).toHaveLength(20_000);
    expect(times[0]).toBeGreaterThanOrEqual(begun - 7_200_000);
    expect(times[0]).toBeLessThanOrEqual(ended - 7_200_000);
    const gaps = times.slice(1).map((time, n) => time - times[n]!);
    expect(Math.max(...gaps)).toBe(360);
    expect(Math.min(...gaps)).toBe(360);
  });
});

describe('own events', () => {
  test('of a file are sent as they are, under the key of their user, with their order kept', async () => {
    await produce('--seed', '3', '--count', '3000', '--invalid', '5%', '--to', file('own.ndjson'));
    const lines = (await readFile(file('own.ndjson'), 'latin1')).trimEnd().split('\n');
    const records = await addedBy(() => produce('--from', file('own.ndjson'), '--rate', '0'));
    expect(records.map(textOf).sort()).toEqual([...lines].sort());
    for (const record of records) {
      expect(record.key?.toString('latin1')).toBe(userOf(textOf(record)));
    }
    const placeOf = new Map(lines.map((line, n) => [line, n]));
    for (let partition = 0; partition < 4; partition++) {
      // What is broken may look the same more than once.
      const own = records.filter(
        (record) => record.partition === partition && textOf(record).includes('event_id'),
      );
      const places = own.map((record) => placeOf.get(textOf(record))!);
      expect(places).toEqual([...places].sort((a, b) => a - b));
    }
  });
});

describe('a run that is watched', () => {
  test('shows its metrics, ends on Ctrl-C with a summary, and says exit code 130', async () => {
    const run = home.start(['produce', '--rate', '500', '--metrics-port', '0', '--json']);
    const url = await found(() =>
      Promise.resolve(/http:\/\/127\.0\.0\.1:\d+\/metrics/.exec(stderrOf(run))?.[0]),
    );
    await found(async () => {
      const text = await (await fetch(url)).text();
      return Number(/streamlab_produce_acknowledged_total (\d+)/.exec(text)?.[1]) > 100 ? text : undefined;
    });
    // One line a second where there is no terminal.
    await found(() =>
      Promise.resolve(
        /\d sent, \d+\/s of 500\/s, \d+ acknowledged, \d+ in flight, p50 /.exec(stderrOf(run)) ?? undefined,
      ),
    );
    run.kill('SIGINT');
    const result = await run;
    expect(result.exitCode).toBe(130);
    const summary = JSON.parse(result.stdout) as ProduceSummary;
    expect(summary.interrupted).toBe(true);
    expect(summary.acknowledged).toBe(summary.sent);
  });
});

describe('a broker that is killed in the middle', () => {
  test('and comes back: manifest, summary and topic agree, and nothing acknowledged is missing', async () => {
    const manifest = file('killed.ndjson');
    const args = [
      'produce',
      '--rate',
      '2k',
      '--duration',
      '30s',
      '--duplicates',
      '1%',
      '--manifest',
      manifest,
      '--json',
    ];
    let summary: ProduceSummary | undefined;
    const records = await addedBy(async () => {
      const run = home.start(args);
      await found(() => Promise.resolve(/ [3-9],\d{3} acknowledged/.test(stderrOf(run)) || undefined));
      process.kill(pidsOf(await status()).kafka!, 'SIGKILL');
      const up = await home.cli(['up']);
      expect(up.exitCode, up.stderr).toBe(0);
      const result = await run;
      expect(result.exitCode, result.stderr).toBe(0);
      expect(result.stderr).toContain('waiting for Kafka');
      summary = JSON.parse(result.stdout) as ProduceSummary;
    });
    expect(summary).toMatchObject({ sent: 60_000, acknowledged: 60_000, unacknowledged: 0, unsent: 0 });
    // What was due during the outage waited for its end, and its latency says so.
    expect(summary!.latencyMs!.max).toBeGreaterThan(1_000);
    const entries = await manifestOf(manifest);
    expect(entries).toHaveLength(60_000);
    const byPlace = new Map(
      records.map((record) => [`${String(record.partition)}:${String(record.offset)}`, record]),
    );
    for (const { partition, offset, id, key } of entries) {
      const record = byPlace.get(`${String(partition)}:${String(offset)}`);
      if (record === undefined || !textOf(record).includes(id!) || String(record.key) !== key)
        expect.fail(`${String(id)} is not at ${String(partition)}:${String(offset)}`);
    }
    expect(records.length - entries.length).toBeLessThanOrEqual(summary!.resent);
    const verified = await home.json<Verified>(['verify', '--manifest', manifest, '--wait', '3m'], [0, 1]);
    expect(verified.ok, JSON.stringify(verified.manifest)).toBe(true);
    expect(verified.manifest).toMatchObject({ entries: 60_000, found: 60_000, missing: 0 });
  });
});

/** Waits until there is something to be found. */
function found<T>(look: () => Promise<T | undefined>): Promise<T> {
  return vi.waitFor(
    async () => {
      const seen = await look();
      if (seen === undefined) throw new Error('it did not come in time');
      return seen;
    },
    { timeout: 30_000, interval: 50 },
  );
}

/** The user of an event; of text that is no JSON, what looks like one. */
function userOf(text: string): string | undefined {
  const looksLike = /"user_id":"([^"]+)"/.exec(text)?.[1];
  try {
    const { user_id } = JSON.parse(Buffer.from(text, 'latin1').toString()) as { user_id?: unknown };
    return typeof user_id === 'string' && user_id !== '' ? user_id : undefined;
  } catch {
    return looksLike;
  }
}

const output = new WeakMap<object, string>();
function stderrOf(run: ReturnType<TestHome['start']>): string {
  if (!output.has(run)) {
    output.set(run, '');
    run.stderr.on('data', (chunk: Buffer) => output.set(run, (output.get(run) ?? '') + chunk.toString()));
  }
  return output.get(run) ?? '';
}

/** The normal distribution, by its quantiles at a thousand points. */
const quantiles = Array.from({ length: 999 }, (_, n) => normalQuantile((n + 1) / 1_000));
function normal(x: number): number {
  let below = 0;
  while (below < quantiles.length && quantiles[below]! <= x) below++;
  return (below + 0.5) / 1_000;
}
