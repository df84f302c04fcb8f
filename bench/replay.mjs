// How fast, and in how much memory, `dlq replay` sends dead letters again, and the other commands read them.
//   npm run build && node bench/replay.mjs [letters] [too_late | invalid]
// Kafka alone runs. The letters are as the job writes them; with `invalid` every one needs a fix.
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import { LabStore } from '../dist/adapters/files/lab-store.js';
import { homeFolders } from '../dist/adapters/files/paths.js';
import { createKafkaAdmin } from '../dist/adapters/kafka/admin.js';
import { openKafkaSink } from '../dist/adapters/kafka/producer.js';
import { createTopicReader } from '../dist/adapters/kafka/reader.js';
import { stopProcess } from '../dist/adapters/runtime/processes.js';
import { topics, topicSpecs } from '../dist/domain/topics.js';
import { partitionOf } from '../dist/domain/traffic/partitioner.js';
import { createScratchTopic, performanceTool } from './generator.mjs';
import { deleteLab, isolate, measuredCommand, streamlab, timed, until, withLab } from './support.mjs';

const types = ['page_view', 'add_to_cart', 'checkout_started', 'order_placed', 'order_refunded'];
const channels = ['web', 'ios', 'android'];
const hourMs = 3_600_000;

/** @param {import('./support.mjs').Context} context @returns {Promise<import('./support.mjs').Row[]>} */
export async function run({ quick, runs, report }) {
  const count = quick ? 10_000 : 100_000;
  return withKafkaAlone(async (lab) => {
    await createScratchTopic(lab.connections, lab.config);
    const tool = await performanceTool(lab.config, lab.connections);
    await tool(count, 500);
    const found = { late: [], repaired: [], peer: [], read: [] };
    let bytes;
    for (let round = 0; round < runs; round++) {
      await fill(lab, count, 'too_late');
      found.read.push(await measuredCommand(['dlq', 'stats']));
      found.late.push(await measureReplay(count));
      bytes ??= Math.round((await bytesWritten(lab)) / count);
      found.peer.push(await tool(count, bytes));
      await fill(lab, count, 'invalid');
      found.repaired.push(await measureReplay(count, ['--fix-file', 'all']));
      const sent = [found.late, found.repaired].map((all) => all.at(-1).json.ratePerSecond);
      report([...sent, found.peer.at(-1)].map((each) => `${Math.round(each)}/s`).join('; '));
    }
    return rowsOf(found, { count, runs, bytes });
  });
}

function rowsOf({ late, repaired, peer, read }, { count, runs, bytes }) {
  const how = `${runs} runs of ${count} letters, each too late`;
  const speed = { unit: 'letters/s', peer };
  const sending = late.map(({ json }) => json.ratePerSecond);
  const whole = (all) => all.map(({ seconds }) => count / seconds);
  const memory = (all) => all.map(({ peakMegabytes }) => peakMegabytes);
  const column = (what, unit, ours, told) => ({ what, unit, ours, how: told });
  return [
    {
      what: '`dlq replay`, sending',
      ...speed,
      ours: sending,
      how: `${how}; Kafka alone; peer: ProducerPerformance, as many records of ${bytes} bytes, which is what a letter takes on both topics`,
    },
    {
      what: '`dlq replay`, whole process',
      ...speed,
      ours: whole(late),
      how: 'the same; reads the letters twice',
    },
    column('`dlq replay`, peak memory', 'MB', memory(late), 'the same'),
    column(
      '`dlq replay --fix-file all`, sending',
      'letters/s',
      repaired.map(({ json }) => json.ratePerSecond),
      `${runs} runs of ${count} letters, each invalid and repaired; the fixes run twice, once before`,
    ),
    column('`dlq replay --fix-file all`, whole process', 'letters/s', whole(repaired), 'the same'),
    column('`dlq stats`, whole process', 'letters/s', whole(read), how),
    column('`dlq stats`, peak memory', 'MB', memory(read), how),
  ];
}

/** One round, told as JSON: for other sizes than that of the table. */
async function once(count, reason) {
  const folder = await mkdtemp(join(tmpdir(), 'streamlab-bench-'));
  await isolate(folder);
  process.once('SIGINT', () => void deleteLab().finally(() => process.exit(130)));
  const fixes = reason === 'invalid' ? ['--fix-file', 'all'] : [];
  try {
    return await withKafkaAlone(async (lab) => {
      console.error(`filled in ${Math.round(await timed(() => fill(lab, count, reason)))} ms`);
      const found = {};
      const take = (name, result) => {
        const { json, ...figures } = result;
        found[name] = { ...figures, lettersPerSecond: Math.round(count / figures.seconds) };
        if (json.ratePerSecond !== undefined) found[name].sendingPerSecond = Math.round(json.ratePerSecond);
        console.error(name, found[name]);
      };
      take('stats', await measuredCommand(['dlq', 'stats']));
      take('list', await measuredCommand(['dlq', 'list', '--limit', '50']));
      take('replay', await measureReplay(count, fixes));
      take('replayAgain', await measuredCommand(['dlq', 'replay', '--yes', ...fixes]));
      take('statsAfter', await measuredCommand(['dlq', 'stats']));
      return { letters: count, reason, load: loadavg(), ...found };
    });
  } finally {
    process.chdir('/');
    await rm(folder, { recursive: true, force: true });
  }
}

/** A lab of which only the broker runs: nobody else takes processor time, or reads the letters. */
async function withKafkaAlone(work) {
  return withLab(async (lab) => {
    await streamlab(['job', 'cancel', '--no-savepoint']);
    const { services } = await new LabStore(homeFolders().labsDir, lab.config.lab).read();
    const others = Object.entries(services).filter(([name]) => name !== 'kafka');
    await Promise.all(others.map(([, record]) => stopProcess(record, 3_000)));
    return work(lab);
  });
}

/** Puts so many letters on topics that are empty before. */
async function fill(lab, count, reason) {
  await emptyTopics(lab);
  const { kafka } = lab.connections;
  const sink = await openKafkaSink({ kafka, topic: topics.deadLetters, compression: 'none' });
  const now = Date.now();
  for (let n = 0; n < count; n++) {
    const key = `user-${n % 10_000}`;
    const payload = JSON.stringify(letter(n, { count, reason, now }));
    sink.append({ key, payload, partition: partitionOf(key, sink.partitions), dueMs: now });
    if (sink.capacity <= 0) await sink.room();
  }
  await sink.flush();
  const { acknowledged } = sink.stats();
  await sink.close();
  if (acknowledged !== count) throw new Error(`${acknowledged} of ${count} letters acknowledged`);
}

async function emptyTopics({ connections: { kafka }, config }) {
  const names = [topics.raw, topics.deadLetters, topics.replays];
  const client = new kafkajs.Kafka({
    brokers: [...kafka.brokers],
    logLevel: kafkajs.logLevel.NOTHING,
  }).admin();
  await client.connect();
  await client.deleteTopics({ topics: names });
  await until('the topics to be gone', async () => {
    const left = await client.listTopics();
    return names.every((name) => !left.includes(name));
  });
  await client.disconnect();
  const admin = createKafkaAdmin(kafka);
  const { rawPartitions } = config;
  const specs = topicSpecs({ rawPartitions, replicationFactor: 1, audit: false });
  await admin.createMissing(specs.filter(({ name }) => names.includes(name)));
  await admin.close();
}

/** As flink-sql/90-job.sql writes it. */
function letter(n, { count, reason, now }) {
  const event = eventOf(n, { count, now });
  const spoiled = reason === 'invalid' ? spoil(n, event) : { reason, verdict: reason, event };
  return {
    reason: spoiled.reason,
    verdict: spoiled.verdict,
    event_id: event.event_id,
    event_type: event.event_type,
    event_time: event.event_time,
    watermark: now - 60_000,
    payload: JSON.stringify(spoiled.event),
    payload_encoding: null,
    source_topic: topics.raw,
    source_partition: n % 4,
    source_offset: n,
    source_timestamp: now - 1_000,
    failed_at: Date.now(),
    attempt: 1,
    replay_id: null,
  };
}

function eventOf(n, { count, now }) {
  const hex = n.toString(16).padStart(12, '0');
  const type = types[n % 5];
  const order = { order_id: `o-${n}`, amount: (100 + (n % 9_000)) / 100 };
  return {
    event_id: `${hex.slice(-8)}-1111-4222-8333-${hex}`,
    event_type: type,
    schema_version: 2,
    event_time: now - 2 * hourMs + Math.floor((n * hourMs) / count),
    user_id: `user-${n % 10_000}`,
    session_id: `session-${n % 5_000}`,
    ...(n % 5 > 2 ? order : { page: `/p/${n % 100}`, referrer: '' }),
    channel: channels[n % 3],
  };
}

/** An event that the rules of templates/fix-rules/all.yaml repair. */
function spoil(n, event) {
  const verdict = 'invalid';
  const { channel, amount, ...rest } = event;
  if (amount === undefined) return { verdict, reason: 'missing_field:channel', event: rest };
  if (n % 2 === 0)
    return { verdict, reason: 'invalid_field:amount', event: { ...event, amount: String(amount) } };
  return { verdict, reason: 'missing_field:amount', event: { ...rest, total: amount, channel } };
}

async function measureReplay(count, more = []) {
  const found = await measuredCommand(['dlq', 'replay', '--yes', ...more]);
  if (found.json.replayed !== count)
    throw new Error(`${count} letters, but ${JSON.stringify({ ...found.json, effect: undefined })}`);
  return found;
}

/** Keys, values and headers on the two topics that a replay writes to. */
async function bytesWritten({ connections: { kafka } }) {
  const reader = createTopicReader(kafka);
  let bytes = 0;
  for (const topic of [topics.raw, topics.replays]) {
    const ranges = (await reader.offsets(topic)).map(({ partition, begin, lastStable }) => ({
      partition,
      from: begin,
      to: lastStable,
    }));
    for await (const batch of reader.read(topic, ranges)) {
      for (const { key, value, headers } of batch) {
        bytes += (key?.length ?? 0) + value.length;
        for (const [name, text] of headers) bytes += name.length + text.length;
      }
    }
  }
  await reader.close();
  return bytes;
}

if (process.argv[1] === import.meta.filename) {
  const [letters = '100000', reason = 'too_late'] = process.argv.slice(2);
  if (!(Number(letters) >= 1) || !['too_late', 'invalid'].includes(reason)) {
    console.error('Usage: node bench/replay.mjs [letters] [too_late | invalid]');
    process.exit(2);
  }
  console.log(JSON.stringify(await once(Number(letters), reason), null, 2));
}
