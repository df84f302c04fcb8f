import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import {
  alterClientQuotasV1,
  ClientQuotaEntityTypes,
  ClientQuotaKeys,
  Connection,
} from '@platformatic/kafka';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { compressorOf } from '../../src/adapters/kafka/compression.js';
import { openKafkaSink, type KafkaSink, type KafkaSinkOptions } from '../../src/adapters/kafka/producer.js';
import type { DeliveredBatch } from '../../src/domain/traffic/event-sink.js';
import { latencySummary } from '../../src/domain/traffic/latency.js';
import { compressions, type Compression } from '../../src/domain/traffic/option-table.js';
import type { OutgoingRecord } from '../../src/domain/traffic/record.js';
import { PlainKafka } from './support/plain-kafka.js';
import { readAll } from './support/topics.js';

interface Numbered extends OutgoingRecord {
  index: number;
}

const kafka = new PlainKafka();
const partitions = 4;
const clock = (): number => performance.timeOrigin + performance.now();

beforeAll(async () => {
  await kafka.start(2);
});
afterAll(async () => {
  await kafka.stop();
});

/** A topic, a sink on it, and what the sink told of its records. */
class Run {
  readonly delivered: DeliveredBatch<Numbered>[] = [];
  sink!: KafkaSink<Numbered>;
  sent = 0;

  constructor(readonly topic: string) {}

  /** All on broker 1, unless it says otherwise. */
  async open(
    options: Partial<KafkaSinkOptions<Numbered>> = {},
    leaders: readonly number[] = [1, 1, 1, 1],
  ): Promise<this> {
    const replicaAssignment = leaders.map((id, partition) => ({ partition, replicas: [id] }));
    await kafka.administer((admin) =>
      admin.createTopics({ waitForLeaders: true, topics: [{ topic: this.topic, replicaAssignment }] }),
    );
    this.sink = await openKafkaSink<Numbered>({
      kafka: { brokers: [kafka.address] },
      topic: this.topic,
      compression: 'none',
      onDelivered: (batch) => this.delivered.push(batch),
      ...options,
    });
    expect(this.sink.partitions).toBe(leaders.length);
    return this;
  }

  append(payload = ''): void {
    const index = this.sent++;
    this.sink.append({
      index,
      key: index % 3 === 0 ? null : `user-${index % 100}`,
      payload: `{"n":${index},"x":"${'é'.repeat(20)}${payload}"}`,
      partition: index % this.sink.partitions,
      dueMs: clock(),
    });
  }

  /** At an even rate until the condition holds; false from `append` on means that the sink had no room. */
  async sendUntil(isEnough: () => boolean, perSecond: number): Promise<void> {
    const begun = performance.now();
    const first = this.sent;
    while (!isEnough()) {
      const due = first + ((performance.now() - begun) * perSecond) / 1_000;
      while (this.sent < due && this.sink.capacity > 0) this.append();
      expect(this.sink.failure).toBeUndefined();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async sendFor(ms: number, perSecond: number): Promise<void> {
    const until = performance.now() + ms;
    await this.sendUntil(() => performance.now() >= until, perSecond);
  }

  async sendDuring(work: Promise<void>, perSecond: number): Promise<void> {
    let isDone = false;
    const done = work.finally(() => {
      isDone = true;
    });
    await Promise.all([done, this.sendUntil(() => isDone, perSecond)]);
  }

  /** Each record was told of once, and what was acknowledged stands where it is said to stand. */
  async check(): Promise<{ onTopic: number; acknowledged: number; resent: number; givenUp: number }> {
    const { acknowledged, resent, givenUp, latency } = this.sink.stats();
    const told = this.delivered.flatMap(({ records }) => records.map(({ index }) => index));
    expect(told.length).toBe(this.sent);
    expect(new Set(told).size).toBe(this.sent);

    const topic = await readAll(kafka.address, this.topic);
    const at = new Map(topic.map((record) => [`${record.partition}/${record.offset}`, record]));
    let found = 0;
    for (const { partition, records, baseOffset } of this.delivered) {
      if (baseOffset === undefined) continue;
      for (const [n, sent] of records.entries()) {
        const record = at.get(`${partition}/${baseOffset + n}`);
        if (
          record?.value?.toString('latin1') !== sent.payload ||
          (record.key?.toString('latin1') ?? null) !== sent.key
        ) {
          throw new Error(`record ${sent.index} is not at ${partition}/${baseOffset + n}`);
        }
        // Its own create time: when it was appended, which is when it was due here.
        if (Math.abs(record.timestampMs - sent.dueMs) > 50) throw new Error(`time of record ${sent.index}`);
        found++;
      }
    }
    expect(found).toBe(acknowledged);
    expect(acknowledged + givenUp).toBe(this.sent);
    expect(topic.length - acknowledged).toBeLessThanOrEqual(resent + givenUp);
    const again = this.delivered.flatMap((batch) => (batch.resent ? batch.records : [])).length;
    expect(again).toBeLessThanOrEqual(resent);
    expect(latency.reduce((sum, [, count]) => sum + count, 0)).toBe(acknowledged);
    return { onTopic: topic.length, acknowledged, resent, givenUp };
  }
}

const here = compressions.filter((name) => {
  try {
    compressorOf(name);
    return true;
  } catch {
    return false;
  }
});

test.each(here)('compression %s is taken by the broker and read back', async (compression: Compression) => {
  const run = await new Run(`compressed-${compression}`).open({ compression });
  while (run.sent < 20_000) {
    for (let i = 0; i < 500; i++) run.append();
    await run.sink.room();
  }
  await run.sink.flush();
  await run.sink.close();
  expect(await run.check()).toMatchObject({ acknowledged: 20_000, onTopic: 20_000, resent: 0, givenUp: 0 });
});

test('records of one partition stay in their order', async () => {
  const run = await new Run('ordered').open();
  await run.sendFor(1_500, 20_000);
  await run.sink.flush();
  await run.sink.close();
  await run.check();
  const next = [0, 1, 2, 3];
  for (const { value, partition } of await readAll(kafka.address, run.topic)) {
    expect(JSON.parse(value!.toString('latin1'))).toMatchObject({ n: next[partition] });
    next[partition]! += partitions;
  }
});

test('a record that is too large is given up alone, and named', async () => {
  const run = await new Run('too-large').open();
  for (let i = 0; i < 1_000; i++) run.append(i === 401 ? 'x'.repeat(1_200_000) : '');
  await run.sink.flush();
  expect(run.sink.failure).toBeUndefined();
  expect(run.sink.trouble).toMatch(
    /^a record of 12000\d\d bytes with key "user-1" for partition 1 was given up: .*max\.message\.bytes/,
  );
  await run.sink.close();
  expect(await run.check()).toMatchObject({ acknowledged: 999, onTopic: 999, givenUp: 1 });
  const lost = run.delivered.filter(({ baseOffset }) => baseOffset === undefined);
  expect(lost.flatMap(({ records }) => records.map(({ index }) => index))).toEqual([401]);
});

test('a batch that is too large only as a whole is sent in parts', async () => {
  const topic = 'small-batches';
  const run = await new Run(topic).open();
  await kafka.administer((admin) =>
    admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: kafkajs.ConfigResourceTypes.TOPIC,
          name: topic,
          configEntries: [{ name: 'max.message.bytes', value: '5000' }],
        },
      ],
    }),
  );
  for (let i = 0; i < 2_000; i++) run.append();
  await run.sink.flush();
  await run.sink.close();
  expect(await run.check()).toMatchObject({ acknowledged: 2_000, onTopic: 2_000, givenUp: 0, resent: 0 });
});

test('a topic that is not there, and a broker that is not, are told apart', async () => {
  const options = { topic: 'no-such-topic', compression: 'none' } as const;
  await expect(openKafkaSink({ ...options, kafka: { brokers: [kafka.address] } })).rejects.toMatchObject({
    code: 'TOPIC_MISSING',
  });
  await expect(openKafkaSink({ ...options, kafka: { brokers: ['127.0.0.1:1'] } })).rejects.toMatchObject({
    code: 'SERVICE_UNREACHABLE',
  });
});

test('a topic that is deleted under the run ends it', async () => {
  const run = await new Run('deleted').open({ deliveryTimeoutMs: 1_500 });
  run.append();
  await run.sink.flush();
  await kafka.administer((admin) => admin.deleteTopics({ topics: [run.topic] }));
  await vi.waitFor(
    () => {
      run.append();
      expect(run.sink.failure).toMatchObject({ code: 'TOPIC_MISSING' });
    },
    { timeout: 15_000, interval: 100 },
  );
  // It does not wait for anything any more.
  await run.sink.flush();
  await run.sink.room();
  await run.sink.close();
  expect(run.sink.inFlight).toBe(0);
  expect(run.delivered.flatMap(({ records }) => records)).toHaveLength(run.sent);
});

describe('a quota of the broker', () => {
  const bytesPerSecond = 500_000;
  beforeAll(() => setQuota(bytesPerSecond));
  afterAll(() => setQuota(undefined));

  test('slows the run down, which loses nothing and sends nothing twice', async () => {
    const run = await new Run('throttled').open();
    const filler = 'x'.repeat(400);
    const begun = performance.now();
    const troubles = new Set<string>();
    for (let i = 0; i < 20_000; i++) run.append(filler);
    while (run.sink.inFlight > 0) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      if (run.sink.trouble !== undefined) troubles.add(run.sink.trouble);
    }
    await run.sink.flush();
    await run.sink.close();
    const seconds = (performance.now() - begun) / 1_000;
    const bytes = run.delivered
      .flatMap(({ records }) => records)
      .reduce((sum, r) => sum + r.payload.length, 0);
    // A quota holds over a window of 11 s: so many seconds' worth are free.
    expect(seconds).toBeGreaterThan(3);
    expect(bytes).toBeGreaterThan(bytesPerSecond * 3);
    expect([...troubles].join('\n')).toContain('a quota of the broker is used up');
    expect(await run.check()).toMatchObject({ acknowledged: 20_000, onTopic: 20_000, resent: 0, givenUp: 0 });
  });
});

describe('a broker that is killed', () => {
  test('and comes back: what was acknowledged is on the topic, at its offset', async () => {
    const warnings: string[] = [];
    const note = (warning: Error): void => {
      warnings.push(warning.message);
    };
    process.on('warning', note);
    // More partitions than an abort signal has listeners without a warning.
    const run = await new Run('killed').open({}, Array<number>(12).fill(1));
    await run.sendFor(1_500, 20_000);
    const before = run.sink.stats().acknowledged;
    expect(before).toBeGreaterThan(10_000);
    const outage = (async () => {
      await kafka.signal(1, 'SIGKILL');
      await vi.waitFor(() => {
        expect(run.sink.trouble).toMatch(/ECONNREFUSED|closed|reset/i);
      });
      await kafka.run(1);
    })();
    await run.sendDuring(outage, 5_000);
    await run.sendFor(1_000, 5_000);
    await run.sink.flush();
    expect(run.sink.trouble).toBeUndefined();
    await run.sink.close();
    const { acknowledged, givenUp } = await run.check();
    expect(givenUp).toBe(0);
    expect(acknowledged).toBeGreaterThan(before);
    process.off('warning', note);
    expect(warnings).toEqual([]);
    // From when they were due: those of the outage waited for its end.
    expect(latencySummary(run.sink.stats().latency)?.max).toBeGreaterThan(2_000);
  });

  test('takes its partition with it, not the others; its batches are given up after their time', async () => {
    const run = await new Run('leaderless').open({ deliveryTimeoutMs: 4_000 }, [1, 1, 1, 2]);
    await run.sendFor(1_000, 5_000);
    await kafka.signal(2, 'SIGKILL');
    await run.sendFor(7_000, 5_000);
    expect(run.sink.trouble).toMatch(/^partition 3/);
    const during = await acknowledgedBy(run);
    // The others went on all the time, at the rate that was asked for.
    expect(run.sent).toBeGreaterThan(7.5 * 5_000);
    expect(Math.min(...during.slice(0, 3))).toBeGreaterThan(8_000);
    expect(during[3]).toBeLessThan(3_000);
    // 4 s after they were due, or when the attempt that is under way then has ended.
    for (let s = 0; s < 10 && run.sink.stats().givenUp <= 1_000; s++) await run.sendFor(1_000, 5_000);
    expect(run.sink.stats().givenUp).toBeGreaterThan(1_000);

    await run.sendDuring(kafka.run(2), 5_000);
    await run.sendFor(4_000, 5_000);
    await run.sink.flush();
    expect(run.sink.failure).toBeUndefined();
    expect(run.sink.trouble).toBeUndefined();
    await run.sink.close();
    const { givenUp } = await run.check();
    const lost = run.delivered.filter(({ baseOffset }) => baseOffset === undefined);
    expect(new Set(lost.map(({ partition }) => partition))).toEqual(new Set([3]));
    expect(lost.flatMap(({ records }) => records)).toHaveLength(givenUp);
    expect((await acknowledgedBy(run))[3]).toBeGreaterThan(during[3]!);
  });
});

test('a broker that hangs holds the run up; with nothing acknowledged for the whole time it fails', async () => {
  const run = await new Run('hanging').open({ deliveryTimeoutMs: 3_000 });
  run.append();
  await run.sink.flush();
  await kafka.signal(1, 'SIGSTOP');
  try {
    for (let i = 0; i < 100; i++) run.append();
    await run.sink.flush();
    expect(run.sink.failure).toMatchObject({
      code: 'SERVICE_UNREACHABLE',
      message: expect.stringContaining('has not acknowledged anything for 3 s') as string,
    });
    const began = performance.now();
    await run.sink.close();
    expect(performance.now() - began).toBeLessThan(1_000);
  } finally {
    await kafka.signal(1, 'SIGCONT');
  }
  expect(await run.check()).toMatchObject({ acknowledged: 1, givenUp: 100 });
});

test('a reader of stdout that goes away ends the run as an interruption, and the process lives on', async () => {
  const sink = join(import.meta.dirname, '../../dist/adapters/files/event-file.js');
  const program = `
    const { openFileSink } = await import(${JSON.stringify(sink)});
    const sink = await openFileSink('-');
    while (sink.failure === undefined) {
      if (sink.capacity > 0) sink.append({ key: null, payload: 'x'.repeat(1000), partition: 0, dueMs: 0 });
      else await sink.room();
      await new Promise(setImmediate);
    }
    await sink.close();
    console.error(sink.failure.code);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program]);
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  child.stdout.once('data', () => child.stdout.destroy());
  const [code] = (await once(child, 'close')) as [number];
  expect([said.trim(), code]).toEqual(['INTERRUPTED', 0]);
});

/** Records acknowledged, by partition. */
async function acknowledgedBy(run: Run): Promise<number[]> {
  await new Promise((resolve) => setImmediate(resolve));
  const counts = Array.from({ length: partitions }, () => 0);
  for (const { partition, records, baseOffset } of run.delivered) {
    if (baseOffset !== undefined) counts[partition]! += records.length;
  }
  return counts;
}

/** `producer_byte_rate` for the client id of the generator; undefined takes the quota away. */
async function setQuota(bytesPerSecond: number | undefined): Promise<void> {
  const connection = new Connection('test');
  const [host, port] = kafka.address.split(':') as [string, string];
  await connection.connect(host, Number(port));
  const key = ClientQuotaKeys.PRODUCER_BYTE_RATE;
  const op: alterClientQuotasV1.AlterClientQuotasRequestOp =
    bytesPerSecond === undefined ? { key, remove: true } : { key, value: bytesPerSecond, remove: false };
  const entities = [{ entityType: ClientQuotaEntityTypes.CLIENT_ID, entityName: 'streamlab-produce' }];
  await alterClientQuotasV1.api.async(connection, [{ entities, ops: [op] }], false);
  await connection.close();
}
