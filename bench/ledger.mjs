// How fast, and in how much memory, the ledger of `verify` takes in raw records.
//   npm run build && node bench/ledger.mjs [records] [manifest | replays]
// With `manifest` every record is checked against a manifest too, and has a verdict on the audit topic; with `replays`
// every dead letter is replayed, and stands in the journal.
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { readManifestLines } from '../dist/adapters/files/manifest-lines.js';
import { Ledger } from '../dist/domain/ledger/ledger.js';
import { ManifestCheck } from '../dist/domain/manifest/check.js';
import { Manifest } from '../dist/domain/manifest/manifest.js';
import { QuickEvent } from '../dist/domain/quick-event.js';
import { judgePayload } from '../dist/domain/reason.js';

const records = Number(process.argv[2] ?? 1_000_000);
const partitions = 4;
const start = Date.UTC(2026, 0, 1);
const types = ['page_view', 'add_to_cart', 'checkout_started', 'order_placed', 'order_refunded'];
const channels = ['web', 'ios', 'android'];
const expected = new Map();

if (process.argv[1] === import.meta.filename) {
  const withReplays = process.argv[3] === 'replays';
  const result = process.argv[3] === 'manifest' ? await measureManifest() : measure({ withReplays });
  console.log(JSON.stringify(result));
}

/** @param {import('./support.mjs').Context} context @returns {Promise<import('./support.mjs').Row[]>} */
export async function run({ quick, runs }) {
  const count = quick ? 100_000 : 1_000_000;
  const found = { books: [], manifest: [] };
  for (let round = 0; round < runs; round++) {
    for (const [name, results] of Object.entries(found)) {
      // A process of its own: its memory is measured.
      const { stdout } = await execa(process.execPath, [import.meta.filename, String(count), name]);
      results.push(JSON.parse(stdout));
    }
  }
  const column = (name, results = found.books) => results.map((one) => one[name]);
  const how = `${runs} runs of ${count} records in memory, 10 % too late, 1 % duplicates; without Kafka`;
  return [
    { what: "`verify`'s ledger", unit: 'records/s', ours: column('recordsPerSecond'), how },
    { what: "`verify`'s ledger, peak memory", unit: 'MB', ours: column('peakMegabytes'), how: 'the same' },
    {
      what: '`verify --manifest`, ledger and manifest',
      unit: 'records/s',
      ours: column('recordsPerSecond', found.manifest),
      how: 'the same, with a manifest of all records and the audit topic; reading the file included',
    },
    {
      what: '`verify --manifest`, peak memory',
      unit: 'MB',
      ours: column('peakMegabytes', found.manifest),
      how: 'the same',
    },
  ];
}

/** An id that counts up, in the shape of a UUID; every hundredth record repeats the one before it. */
function eventId(n) {
  const hex = (n % 100 === 99 ? n - 1 : n).toString(16).padStart(12, '0');
  return `${hex.slice(-8)}-1111-4222-8333-${hex}`;
}

function payload(n, partition, contribution = 'on_time') {
  const id = eventId(n * partitions + partition);
  const type = types[n % 5];
  const channel = channels[n % 3];
  const time = start + Math.floor((n * 3_600_000) / records);
  const cents = n % 5 > 2 ? 100 + (n % 9_000) : 0;
  const order = cents > 0 ? `"order_id":"o-${n}","amount":${cents / 100}` : '"page":"/p/1","referrer":""';
  const number = n * partitions + partition;
  if (contribution !== 'on_time' || (number % 100 !== 99 && !isTooLate(n))) {
    const key = { windowStart: Math.floor(time / 60_000) * 60_000, eventType: type, channel, contribution };
    book(key, type === 'order_refunded' ? -cents : cents);
  }
  return Buffer.from(
    `{"event_id":"${id}","event_type":"${type}","schema_version":2,"event_time":${time},` +
      `"user_id":"user-${n % 10_000}","session_id":"session-${n % 5_000}",${order},"channel":"${channel}"}`,
  );
}

/** Every tenth record was too late: dead letters are the other thing that takes memory. */
function isTooLate(n) {
  return n % 10 === 7;
}

function deadLetter(n, partition, offset) {
  const value = `{"reason":"too_late","source_topic":"events.raw.v1","source_partition":${partition},"source_offset":${n}}`;
  return { partition, offset, value: Buffer.from(value) };
}

function book(key, cents) {
  const id = Object.values(key).join('|');
  const known = expected.get(id) ?? { ...key, events: 0, cents: 0 };
  known.events++;
  known.cents += cents;
  expected.set(id, known);
}

/** The dead letter of record n, sent again. */
function replayed(n, partition, letterOffset) {
  const header = (name, value) => [`streamlab-${name}`, Buffer.from(String(value))];
  return {
    partition,
    offset: records / partitions + letterOffset,
    timestampMs: start + 7_200_000,
    value: payload(n, partition, 'replay:r1'),
    headers: [
      header('replay-id', 'r1'),
      header('replay-attempt', 1),
      header('dlq-partition', partition),
      header('dlq-offset', letterOffset),
    ],
  };
}

function journalLine(partition, offset) {
  return {
    key: Buffer.from(JSON.stringify({ partition, offset })),
    value: Buffer.from('{"replay_id":"r1","attempt":1,"replayed_at":1767225600000,"repaired":false}'),
  };
}

function aggregateRecord({ windowStart, eventType, channel, contribution, events, cents }) {
  const key = { window_start: windowStart, event_type: eventType, channel, contribution };
  const revenue = `${cents < 0 ? '-' : ''}${Math.floor(Math.abs(cents) / 100)}.${String(Math.abs(cents) % 100).padStart(2, '0')}`;
  return {
    key: Buffer.from(JSON.stringify(key)),
    value: Buffer.from(`{"events":${events},"revenue":${revenue}}`),
  };
}

function isDuplicate(n, partition) {
  return (n * partitions + partition) % 100 === 99;
}

function keyOf(n) {
  return `user-${n % 10_000}`;
}

function entry(n, partition) {
  const time = start + Math.floor((n * 3_600_000) / records);
  return {
    index: n * partitions + partition,
    id: eventId(n * partitions + partition),
    key: keyOf(n),
    event_time: time,
    window: Math.floor(time / 60_000) * 60_000,
    verdict: isDuplicate(n, partition) ? 'duplicate' : isTooLate(n) ? 'too_late' : 'on_time',
    partition,
    offset: n,
  };
}

async function measureManifest() {
  const folder = await mkdtemp(join(tmpdir(), 'streamlab-bench-'));
  const path = join(folder, 'run.ndjson');
  try {
    const file = createWriteStream(path);
    for (let n = 0; n < records / partitions; n++) {
      let lines = '';
      for (let p = 0; p < partitions; p++) lines += `${JSON.stringify(entry(n, p))}\n`;
      if (!file.write(lines)) await once(file, 'drain');
    }
    file.end();
    await once(file, 'close');

    const before = performance.now();
    const manifest = new Manifest();
    manifest.beginFile(path);
    for await (const { entries } of readManifestLines(path)) for (const one of entries) manifest.add(one);
    const readMs = performance.now() - before;
    const ends = new Map([...Array(partitions).keys()].map((p) => [p, records / partitions]));
    const check = new ManifestCheck(manifest, { ends, auditIsOn: true });
    let auditMs = performance.now();
    for (let p = 0; p < partitions; p++) {
      for (let n = 0; n < records / partitions; n++) if (!isDuplicate(n, p)) check.addVerdict(verdict(n, p));
    }
    auditMs = performance.now() - auditMs;
    const books = measure({ observer: check, ids: manifest.ids.shared });
    const closing = performance.now();
    const result = check.close();
    const closeMs = performance.now() - closing;
    if (!result.ok) throw new Error(JSON.stringify({ ...result, mismatches: result.mismatches.slice(0, 5) }));
    const totalMs = readMs + auditMs + (records * 1_000) / books.recordsPerSecond + closeMs;
    return {
      ...books,
      recordsPerSecond: Math.round((records * 1_000) / totalMs),
      seconds: {
        manifest: Math.round(readMs) / 1_000,
        audit: Math.round(auditMs) / 1_000,
        raw: Math.round((records * 1_000_000) / books.recordsPerSecond) / 1_000_000,
        close: Math.round(closeMs) / 1_000,
      },
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function verdict(n, partition) {
  const { verdict: name, offset, id } = entry(n, partition);
  const reason = name === 'too_late' ? name : null;
  return Buffer.from(
    JSON.stringify({
      source_partition: partition,
      source_offset: offset,
      event_id: id,
      verdict: name,
      reason,
    }),
  );
}

/**
 * @param {{observer?: ManifestCheck, ids?: import('../dist/domain/ledger/event-ids.js').EventIds,
 *   withReplays?: boolean}} [options]
 */
function measure({ observer, ids, withReplays = false } = {}) {
  const ledger = new Ledger({
    observer,
    ids,
    judge: (bytes, timestampMs) => judgePayload(bytes, timestampMs, 60_000),
    quick: new QuickEvent(60_000),
    dedupeHorizonMs: 3_600_000,
    rawTopic: 'events.raw.v1',
  });
  let peak = 0;
  let inLedgerMs = 0;
  for (let partition = 0; partition < partitions; partition++) {
    let offset = 0;
    for (let n = 0; n < records / partitions; n++) {
      if (!isTooLate(n)) continue;
      ledger.addDeadLetter(deadLetter(n, partition, offset));
      ledger.addClickHouseDeadLetter({ partition, offset, reason: 'too_late' });
      if (withReplays) ledger.addJournal(journalLine(partition, offset));
      offset++;
    }
  }
  const add = (batch) => {
    const before = performance.now();
    for (const record of batch) ledger.addRaw(record);
    inLedgerMs += performance.now() - before;
    peak = Math.max(peak, process.memoryUsage.rss());
  };
  for (let partition = 0; partition < partitions; partition++) {
    for (let from = 0; from < records / partitions; from += 5_000) {
      const batch = [];
      for (let n = from; n < Math.min(from + 5_000, records / partitions); n++) {
        batch.push({
          partition,
          offset: n,
          timestampMs: start + 7_200_000,
          key: Buffer.from(keyOf(n)),
          value: payload(n, partition),
          headers: [],
        });
      }
      add(batch);
    }
    if (!withReplays) continue;
    let batch = [];
    for (let n = 0, offset = 0; n < records / partitions; n++) {
      if (!isTooLate(n) || isDuplicate(n, partition)) offset += isTooLate(n) ? 1 : 0;
      else batch.push(replayed(n, partition, offset++));
      if (batch.length < 5_000 && n + 1 < records / partitions) continue;
      add(batch);
      batch = [];
    }
  }
  const before = performance.now();
  for (const row of expected.values()) {
    ledger.addAggregate(aggregateRecord(row));
    ledger.addClickHouseAggregate(row);
  }
  const result = ledger.close();
  inLedgerMs += performance.now() - before;
  if (!result.ok)
    throw new Error(`the ledger does not balance: ${JSON.stringify(result.mismatches.slice(0, 5))}`);
  return {
    records,
    recordsPerSecond: Math.round((records * 1_000) / inLedgerMs),
    peakMegabytes: Math.round(peak / 2 ** 20),
  };
}
