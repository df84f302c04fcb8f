// How long `verify` takes as a user runs it, and in how much memory.
//   npm run build && node bench/verify.mjs [records=1000000] [--without-job]
// Without the job the raw topic is only filled, and the group of the job told to have read it: verify does the same
// work with the raw records, and finds that nothing of them came out. For more records than one wants to wait for.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import { createTopicReader } from '../dist/adapters/kafka/reader.js';
import { flinkGroup } from '../dist/domain/clickhouse.js';
import { topics } from '../dist/domain/topics.js';
import { deleteLab, isolate, measuredCommand, streamlab, withLab } from './support.mjs';

const mix = ['--late', '3%', '--duplicates', '1%', '--invalid', '0.5%'];
const patience = '30m';

/** @param {import('./support.mjs').Context} context @returns {Promise<import('./support.mjs').Row[]>} */
export async function run({ quick, runs, report }) {
  const count = quick ? 50_000 : 1_000_000;
  const found = await measure({ count, runs, withJob: true, report });
  const how = `${runs} runs on a lab at rest, ${count} records on the raw topic (3 % late, 1 % duplicates, 0.5 % invalid), from the start of the process to its end`;
  return [
    {
      what: '`verify`, whole command',
      unit: 'records/s',
      ours: found.map(({ seconds }) => count / seconds),
      how,
    },
    {
      what: '`verify`, processor',
      unit: 'µs a record',
      ours: found.map(({ cpuSeconds }) => (cpuSeconds * 1e6) / count),
      how: 'the same; user and system time of the process',
    },
    {
      what: '`verify`, peak memory',
      unit: 'MB',
      ours: found.map(({ peakMegabytes }) => peakMegabytes),
      how: 'the same',
    },
  ];
}

async function measure({ count, runs, withJob, report }) {
  return withLab(async (lab) => {
    if (!withJob) await streamlab(['job', 'cancel', '--no-savepoint']);
    await streamlab(['produce', '--rate', '0', '--count', String(count), ...mix]);
    if (withJob) await streamlab(['verify', '--wait', patience]);
    else await pretendProcessed(lab.connections);
    report(`${count} records are there`);
    const found = [];
    for (let round = 0; round < runs; round++) {
      const { json, ...figures } = await measuredCommand(['verify'], withJob ? [0] : [1]);
      if (json.raw.records !== count) throw new Error(`${json.raw.records} of ${count} records were seen`);
      found.push(figures);
      report(JSON.stringify(figures));
    }
    return found;
  });
}

async function pretendProcessed({ kafka }) {
  const reader = createTopicReader(kafka);
  const ends = await reader.offsets(topics.raw);
  await reader.close();
  const admin = new kafkajs.Kafka({
    brokers: [...kafka.brokers],
    logLevel: kafkajs.logLevel.NOTHING,
  }).admin();
  await admin.connect();
  const partitions = ends.map(({ partition, highWatermark }) => ({
    partition,
    offset: String(highWatermark),
  }));
  await admin.setOffsets({ groupId: flinkGroup, topic: topics.raw, partitions });
  await admin.disconnect();
}

if (process.argv[1] === import.meta.filename) {
  const count = Number(process.argv[2] ?? 1_000_000);
  const withJob = !process.argv.includes('--without-job');
  const folder = await mkdtemp(join(tmpdir(), 'streamlab-bench-'));
  await isolate(folder);
  try {
    const report = (text) => console.error(text);
    const found = await measure({ count, runs: 3, withJob, report });
    for (const { seconds, ...others } of found)
      console.log(JSON.stringify({ recordsPerSecond: Math.round(count / seconds), seconds, ...others }));
  } finally {
    await deleteLab().catch(() => undefined);
    process.chdir('/');
    await rm(folder, { recursive: true, force: true });
  }
}
