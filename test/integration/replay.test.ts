import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KafkaRecord } from '../../src/adapters/kafka/reader.js';
import { replayHeaders } from '../../src/domain/dlq/contract.js';
import type { PastReplay } from '../../src/domain/dlq/past-replays.js';
import type { ReplayResult } from '../../src/domain/dlq/replay-result.js';
import { topics } from '../../src/domain/topics.js';
import type { ManifestEntry } from '../../src/domain/traffic/manifest.js';
import { TestHome, type CliProcess, type Status } from './support/cli.js';
import { parse, readAll } from './support/topics.js';

/*
  One lab for all of it, in this order: events of every kind, a replay that is killed over and over, the job stopped and
  started again with its deduplication expired, the rest replayed meanwhile, and what then stands everywhere.
*/

/** The job forgets event ids after this; what is counted it must not forget. */
const DEDUPE_HORIZON_MS = 5_000;
const EVENTS = 100_000;
const KILLS = 20;

const home = new TestHome({
  STREAMLAB_CHECKPOINT_INTERVAL: '1s',
  STREAMLAB_DEDUPE_HORIZON: `${DEDUPE_HORIZON_MS}ms`,
});
const manifest = join(home.stateHome, 'run.ndjson');
const replayAll = ['dlq', 'replay', '--since', '1h', '--fix-file', 'all', '--yes'];
let broker: string;

interface Letter {
  reason: string;
  source_partition: number;
  source_offset: number;
}
interface Stats {
  total: number;
  outstanding: number;
  replayed: number;
  byReason: Record<string, unknown>;
}
interface Verified {
  ok: boolean;
  aggregated: { replayed: number; events: number; revenue: string };
  dlq: { outstanding: number; replayed: number; repaired: number };
  clickhouse: { events: number; revenue: string };
  unaccounted: number;
  doubleCounted: number;
  forced: { events: number };
  mismatches: unknown[];
  manifest: { ok: boolean; replays: { countedAgain: number }[]; mismatches: unknown[] };
}

const verify = (): Promise<Verified> =>
  home.json<Verified>(['verify', '--manifest', manifest, '--wait', '3m'], [0, 1]);
const stats = (): Promise<Stats> => home.json<Stats>(['dlq', 'stats']);
/** Dead letters, and how many of them were replayed so far. */
let total: number;
let replayed = 0;

beforeAll(async () => {
  const up = await home.cli(['up']);
  expect(up.exitCode, up.stderr).toBe(0);
  broker = (await home.json<Status>(['status'])).services[0]!.endpoint!;
});
afterAll(() => home.end());

describe(`${EVENTS} events, 5 % too late and 2 % invalid of every reason`, () => {
  test('leave a dead letter for each of these', async () => {
    const traffic = ['--count', String(EVENTS), '--rate', '10k', '--too-late', '5%', '--invalid', '2%'];
    await home.json(['produce', ...traffic, '--seed', '11', '--manifest', manifest]);
    const { ok, mismatches } = await verify();
    expect({ ok, mismatches }).toEqual({ ok: true, mismatches: [] });
    const found = await stats();
    total = found.total;
    expect(found.outstanding).toBe(total);
    expect(total).toBeGreaterThan(EVENTS * 0.06);
    expect(Object.keys(found.byReason).length).toBeGreaterThan(20);
  });

  test(`a replay that is killed ${KILLS} times sends part of them, none twice`, async () => {
    let inTheMiddle = 0;
    for (let n = 0; n < KILLS; n++) {
      const before = n % 2 === 0 ? undefined : 'Replaying dead letters';
      if (await killedAfter(before, Math.random() * (before === undefined ? 3_000 : 1_000))) inTheMiddle++;
    }
    expect(inTheMiddle).toBeGreaterThanOrEqual(KILLS / 2);
    const sent = await replayedRecords();
    expect(sent.size).toBeGreaterThan(1_000);
    expect(new Set([...sent.values()].map((record) => header(record, replayHeaders.replayId))).size)
      // One that was killed in its first transaction has sent nothing.
      .toBeGreaterThan(KILLS / 4);
    replayed = (await stats()).replayed;
    expect(replayed).toBe(sent.size);
  });

  test('the rest is replayed while the job, its ids expired, starts again from a savepoint', async () => {
    const replay = home.start([...replayAll, '--rate', '250', '--json']);
    await says(replay, 'Replaying dead letters');
    await home.json(['job', 'cancel']);
    const { stdout } = await replay;
    const result = JSON.parse(stdout) as ReplayResult;
    expect(result.replayed + result.skipped.unrepairable).toBe(total - replayed);
    expect(result.skipped.alreadyReplayed).toBe(replayed);
    replayed += result.replayed;
    // The end of the horizon is no condition that can be asked for.
    await new Promise((resolve) => setTimeout(resolve, DEDUPE_HORIZON_MS));
    await home.json(['job', 'submit']);
  });

  test('a second replay replays nothing', async () => {
    const again = await home.json<ReplayResult>(replayAll);
    expect(again).toMatchObject({ replayId: null, matched: total, replayed: 0 });
    const { alreadyReplayed, unrepairable } = again.skipped;
    expect(alreadyReplayed).toBe(replayed);
    expect(alreadyReplayed + unrepairable).toBe(total);
    expect(unrepairable).toBeLessThan(total / 20);
  });

  test('verify finds every event counted once', async () => {
    const verified = await verify();
    expect(verified).toMatchObject({ mismatches: [], unaccounted: 0, doubleCounted: 0, ok: true });
    expect(verified.manifest).toMatchObject({ mismatches: [], ok: true });
    expect(verified.aggregated.replayed).toBe(replayed);
    expect(verified.dlq).toMatchObject({ outstanding: total - replayed, replayed });
    expect(verified.dlq.repaired).toBeGreaterThan(1_000);
  });

  test('the totals of every window are what was produced, in Kafka and in ClickHouse', async () => {
    const produced = await producedTotals();
    expect(await kafkaTotals()).toEqual(produced);
    expect(await clickHouseTotals()).toEqual(produced);
  });

  test('letters that are sent again by force are counted again, and verify says so', async () => {
    const forced = await home.json<ReplayResult>([...replayAll, '--force', '--limit', '7']);
    expect(forced).toMatchObject({ replayed: 7, forced: 7 });
    const verified = await verify();
    expect(verified).toMatchObject({ ok: false, unaccounted: 0, doubleCounted: 7, forced: { events: 7 } });
    expect(verified.manifest.replays.map(({ countedAgain }) => countedAgain)).toContain(7);
  });

  test('the list of replays has all that was sent, and what became of it', async () => {
    const { replays } = await home.json<{ replays: PastReplay[] }>(['dlq', 'replays', '--limit', '100']);
    const sum = (of: (replay: PastReplay) => number): number =>
      replays.reduce((total, replay) => total + of(replay), 0);
    expect(sum((replay) => replay.replayed)).toBe(replayed + 7);
    expect(sum(({ counted }) => counted.events)).toBe(replayed + 7);
    expect(sum(({ cameBack }) => cameBack.letters)).toBe(0);
    expect(replays.filter(({ unseen }) => unseen !== 0)).toEqual([]);
    // The killed ones, the one that was let go on, and the one by force.
    expect(new Set(replays.slice(0, -2).map(({ state }) => state))).toEqual(new Set(['killed']));
    expect(replays.slice(-2)).toMatchObject([
      { state: 'done', forced: false },
      { state: 'done', forced: true, replayed: 7 },
    ]);
  });
});

/**
 * Starts a replay and kills it so long after it said something, or after its start.
 * @returns whether it was sending
 */
async function killedAfter(words: string | undefined, ms: number): Promise<boolean> {
  const replay = home.start([...replayAll, '--rate', '400']);
  if (words !== undefined) await says(replay, words);
  await new Promise((resolve) => setTimeout(resolve, ms));
  replay.kill('SIGKILL');
  const { signal, stderr, stdout } = await replay;
  expect(signal, `it ended by itself:\n${stdout}\n${stderr}`).toBe('SIGKILL');
  return stderr.includes('Replaying dead letters');
}

/** Resolves when the progress of a command has come to these words; rejects when it ends before. */
function says(running: CliProcess, words: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    running.stderr.on('data', (chunk: Buffer) => {
      said += String(chunk);
      if (said.includes(words)) resolve();
    });
    running.once('exit', () => {
      reject(new Error(`It never said ${words}:\n${said}`));
    });
  });
}

const header = ({ headers }: KafkaRecord, name: string): string =>
  String(headers.find(([key]) => key === name)?.[1] ?? '');
const placeOf = (partition: number | string, offset: number | string): string => `${partition}:${offset}`;

/** Raw records that came out of the dead-letter queue, by the place of their letter; fails when one came twice. */
async function replayedRecords(): Promise<Map<string, KafkaRecord>> {
  const records = new Map<string, KafkaRecord>();
  for (const record of await readAll(broker, topics.raw)) {
    if (header(record, replayHeaders.replayId) === '') continue;
    const letter = placeOf(
      header(record, replayHeaders.dlqPartition),
      header(record, replayHeaders.dlqOffset),
    );
    expect(records.has(letter), `the letter at ${letter} was sent twice`).toBe(false);
    records.set(letter, record);
  }
  return records;
}

/** Events and cents by window, type and channel. */
type Totals = Record<string, [events: number, cents: number]>;

function addTo(totals: Totals, place: (number | string)[], events: number, cents: number): void {
  const total = (totals[place.join(' ')] ??= [0, 0]);
  total[0] += events;
  total[1] += cents;
}

/** What the manifest says was sent, by the bytes on the raw topic; of invalid events, what they were repaired to. */
async function producedTotals(): Promise<Totals> {
  const originals = new Map<string, KafkaRecord>();
  for (const record of await readAll(broker, topics.raw))
    originals.set(placeOf(record.partition, record.offset), record);
  const letters = new Map<string, string>();
  for (const record of await readAll(broker, topics.deadLetters)) {
    const { source_partition: partition, source_offset: offset } = parse(record) as Letter;
    letters.set(placeOf(partition, offset), placeOf(record.partition, record.offset));
  }
  const replayed = await replayedRecords();
  const totals: Totals = {};
  for (const line of (await readFile(manifest, 'utf8')).trimEnd().split('\n')) {
    const { verdict, partition, offset } = JSON.parse(line) as ManifestEntry;
    const place = placeOf(partition, offset!);
    const record = verdict === 'invalid' ? replayed.get(letters.get(place)!) : originals.get(place);
    if (record === undefined) continue;
    const event = parse(record) as Record<string, string> & { event_time: number; amount?: number };
    const cents = Math.round((event.amount ?? 0) * 100);
    addTo(
      totals,
      [
        event.event_time - (event.event_time % 60_000),
        event.event_type!,
        Number(event.schema_version) === 2 ? event.channel! : 'unknown',
      ],
      1,
      event.event_type === 'order_placed' ? cents : event.event_type === 'order_refunded' ? 0 - cents : 0,
    );
  }
  return totals;
}

async function kafkaTotals(): Promise<Totals> {
  const latest = new Map<string, KafkaRecord>();
  for (const record of await readAll(broker, topics.aggregates)) latest.set(String(record.key), record);
  const totals: Totals = {};
  for (const record of latest.values()) {
    const row = parse(record) as Record<string, string> & { events: number; revenue: number };
    const place = [row.window_start!, row.event_type!, row.channel!];
    addTo(totals, place, row.events, Math.round(row.revenue * 100));
  }
  return totals;
}

async function clickHouseTotals(): Promise<Totals> {
  const lab = JSON.parse(
    await readFile(join(home.stateHome, 'streamlab', 'labs', 'default', 'lab.json'), 'utf8'),
  ) as { ports: { clickhouse: number }; clickhousePassword: string };
  const response = await fetch(`http://127.0.0.1:${lab.ports.clickhouse}/`, {
    method: 'POST',
    headers: { 'X-ClickHouse-User': 'default', 'X-ClickHouse-Key': lab.clickhousePassword },
    body: `SELECT toString(toUnixTimestamp64Milli(window_start)), event_type, channel, toUInt32(events), toString(revenue)
      FROM streamlab.kpi_1m FORMAT JSONCompact`,
  });
  expect(response.status).toBe(200);
  const { data } = (await response.json()) as { data: [string, string, string, number, string][] };
  const totals: Totals = {};
  for (const [window, type, channel, events, revenue] of data)
    addTo(totals, [window, type, channel], events, Math.round(Number(revenue) * 100));
  return totals;
}
