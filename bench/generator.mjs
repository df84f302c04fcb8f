// How fast `produce` fills the raw topic, beside Kafka's own producer performance tool on the same broker.
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { homeFolders } from '../dist/adapters/files/paths.js';
import { createKafkaAdmin } from '../dist/adapters/kafka/admin.js';
import { createTopicReader } from '../dist/adapters/kafka/reader.js';
import { ensureArtifacts, readArtifactLock } from '../dist/adapters/runtime/artifacts/artifacts.js';
import { findJava } from '../dist/adapters/runtime/local/java.js';
import { topics, topicSpecs } from '../dist/domain/topics.js';
import { root, streamlab, withLab } from './support.mjs';

const scratch = 'bench.perf';

/** @param {import('./support.mjs').Context} context @returns {Promise<import('./support.mjs').Row[]>} */
export async function run({ quick, runs, report }) {
  const count = quick ? 50_000 : 1_000_000;
  return withLab(async ({ connections, config }) => {
    // Only the broker is to be busy.
    await streamlab(['job', 'cancel', '--no-savepoint']);
    await createScratchTopic(connections, config);
    const tool = await performanceTool(config, connections);
    await produce(count / 5);
    const bytes = await meanValueBytes(connections);
    await tool(count / 5, bytes);
    const ours = [];
    const twoWorkers = [];
    const peer = [];
    for (let round = 0; round < runs; round++) {
      ours.push(await produce(count));
      peer.push(await tool(count, bytes));
      twoWorkers.push(await produce(count, 2));
      report([ours, twoWorkers, peer].map((all) => `${Math.round(all.at(-1))} records/s`).join('; '));
    }
    const how =
      `${runs} runs of ${count} records of ${bytes} bytes, alternating; acks=all, ${config.rawPartitions} partitions, ` +
      'as fast as possible; peer: ProducerPerformance with default settings (idempotent, no keys)';
    return [
      { what: 'generator', unit: 'records/s', ours, peer, how },
      { what: 'generator, 2 workers', unit: 'records/s', ours: twoWorkers, peer, how: 'the same' },
    ];
  });
}

async function produce(count, workers = 1) {
  const length = ['--rate', '0', '--count', String(count), '--workers', String(workers)];
  const { acknowledged, ratePerSecond } = await streamlab(['produce', ...length]);
  if (acknowledged !== count) throw new Error(`${acknowledged} of ${count} records acknowledged`);
  return ratePerSecond;
}

/** The raw topic's twin. */
export async function createScratchTopic({ kafka }, { rawPartitions }) {
  const admin = createKafkaAdmin(kafka);
  const specs = topicSpecs({ rawPartitions, replicationFactor: 1, audit: false });
  const raw = specs.find((spec) => spec.name === topics.raw);
  await admin.createMissing([{ ...raw, name: scratch }]);
  await admin.close();
}

async function meanValueBytes({ kafka }) {
  const reader = createTopicReader(kafka);
  const [first] = await reader.offsets(topics.raw);
  let bytes = 0;
  let records = 0;
  const range = {
    partition: first.partition,
    from: first.begin,
    to: Math.min(first.highWatermark, first.begin + 5_000),
  };
  for await (const batch of reader.read(topics.raw, [range])) {
    for (const { value } of batch) bytes += value.length;
    records += batch.length;
  }
  await reader.close();
  return Math.round(bytes / records);
}

/** @returns a function that sends so many records of so many bytes, and resolves to records per second */
export async function performanceTool({ javaHome, artifactMirror: mirror }, { kafka }) {
  const services = ['kafka', 'kafka-tools'];
  const { cacheDir } = homeFolders();
  const lock = await readArtifactLock(join(root, 'artifacts.lock.json'));
  const quiet = { report: () => undefined, signal: new AbortController().signal };
  const [{ java }, jars] = await Promise.all([
    findJava(javaHome),
    ensureArtifacts({ lock, services, cacheDir, mirror, offline: false, ...quiet }),
  ]);
  const classPath = [...new Set(services.flatMap((service) => jars.get(service) ?? []))].join(delimiter);
  return async (count, bytes) => {
    const { stdout } = await execa(java, [
      ...['-cp', classPath, 'org.apache.kafka.tools.ProducerPerformance'],
      ...[
        '--topic',
        scratch,
        '--num-records',
        String(count),
        '--record-size',
        String(bytes),
        '--throughput',
        '-1',
      ],
      ...['--bootstrap-server', kafka.brokers.join(','), '--command-property', 'acks=all'],
    ]);
    // The last line sums up: `50000 records sent, 91407.7 records/sec (18.31 MB/sec), …`.
    const last = stdout.trim().split('\n').at(-1);
    const rate = Number(/records sent, ([\d.]+) records\/sec/.exec(last)?.[1]);
    if (!(rate > 0)) throw new Error(`The performance tool says: ${last}`);
    return rate;
  };
}
