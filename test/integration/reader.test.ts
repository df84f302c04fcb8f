import kafkajs, { type Message, type Producer, type Transaction } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createKafkaAdmin } from '../../src/adapters/kafka/admin.js';
import {
  createTopicReader,
  type KafkaRecord,
  type OffsetRange,
  type ReadOptions,
  type TopicReader,
} from '../../src/adapters/kafka/reader.js';
import { TestHome, type Status } from './support/cli.js';

/** What the test sends, and compares: text in place of bytes. */
interface Plain {
  key: string | null;
  value: string | null;
  headers: (readonly [name: string, value: string | null])[];
}

interface Found extends Plain {
  partition: number;
  offset: number;
}

const mixed = { name: 'mixed', partitions: 3 };
const held = { name: 'held', partitions: 1 };
const compacted = { name: 'compacted', partitions: 1 };
const compactSoon = {
  'cleanup.policy': 'compact',
  'min.cleanable.dirty.ratio': '0.01',
  'segment.ms': '1000',
  'max.compaction.lag.ms': '1000',
};

const keys = 200;
const rounds = 20;
/** The first keys end with a tombstone. */
const lastValue = (key: number): string | null => (key < 5 ? null : `${rounds - 1}-${key}`);

const home = new TestHome();
const random = lehmer(20_251_123);
const cleanups: (() => Promise<void>)[] = [];
let kafka: kafkajs.Kafka;
let reader: TopicReader;
let plain: Producer;

beforeAll(async () => {
  const up = await home.cli(['up']);
  expect(up.exitCode, up.stderr).toBe(0);
  const broker = (await home.json<Status>(['status'])).services[0]!.endpoint!;
  const admin = createKafkaAdmin({ brokers: [broker] });
  cleanups.push(() => admin.close());
  reader = createTopicReader({ brokers: [broker] });
  cleanups.push(() => reader.close());
  kafka = new kafkajs.Kafka({ brokers: [broker], logLevel: kafkajs.logLevel.NOTHING });
  plain = await connected(kafka.producer());
  await admin.createMissing([
    { ...mixed, replicationFactor: 1, config: {} },
    { ...held, replicationFactor: 1, config: {} },
    { ...compacted, replicationFactor: 1, config: compactSoon },
  ]);
  // First, so that the broker compacts it while the other tests run.
  await sendToBeCompacted();
});
afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
  await home.end();
});

describe('two interleaved transactional producers and a plain one that compresses', () => {
  const committed: Plain[][] = [[], [], []];
  let full: Found[];

  beforeAll(async () => {
    await sendMixed(committed);
    await settled(mixed.name);
    full = await read(mixed.name);
  });

  test('some transactions were aborted, and some of each kind of record were committed', async () => {
    const ends = (await reader.offsets(mixed.name)).reduce((sum, { lastStable }) => sum + lastStable, 0);
    const records = committed.flat();
    expect(records.length).toBeGreaterThan(1_000);
    expect(ends - records.length).toBeGreaterThan(500);
    expect(records.some(({ key }) => key === null)).toBe(true);
    expect(records.some(({ value }) => value === null)).toBe(true);
    expect(records.some(({ headers }) => headers.length > 0)).toBe(true);
  });

  test.each([undefined, 20_000, 2_000, 300])(
    'exactly the committed records are read, in order, in fetches of %s bytes',
    async (fetchBytes) => {
      const records = await read(mixed.name, undefined, fetchBytes === undefined ? {} : { fetchBytes });
      for (const [partition, expected] of committed.entries()) {
        const got = records.filter((record) => record.partition === partition);
        expect(got.map(({ key, value, headers }) => ({ key, value, headers }))).toEqual(expected);
        expect(ascends(got.map(({ offset }) => offset))).toBe(true);
      }
    },
  );

  test('of a range, what lies within it is read, wherever it begins and ends', async () => {
    const ends = (await reader.offsets(mixed.name)).map(({ lastStable }) => lastStable);
    for (let i = 0; i < 60; i++) {
      const partition = random(mixed.partitions);
      const from = random(ends[partition]!);
      const range = { partition, from, to: Math.min(ends[partition]!, from + random(120)) };
      const got = await read(mixed.name, [range], { fetchBytes: [300, 5_000, 1_000_000][i % 3]! });
      expect(got, JSON.stringify(range)).toEqual(full.filter((record) => isWithin(record, range)));
    }
  });

  test('ranges are read in the order given', async () => {
    const ranges = [2, 0, 1].map((partition) => ({ partition, from: 10, to: 200 }));
    const expected = ranges.flatMap((range) => full.filter((record) => isWithin(record, range)));
    expect(await read(mixed.name, ranges)).toEqual(expected);
  });

  test('a caller that leaves early does not disturb the next', async () => {
    const range = { partition: 0, from: 0, to: 500 };
    for await (const batch of reader.read(mixed.name, [range], { fetchBytes: 300 })) {
      expect(batch.length).toBeGreaterThan(0);
      break;
    }
    const expected = full.filter((record) => isWithin(record, range));
    expect(await read(mixed.name, [range])).toEqual(expected);
  });
});

describe('an open transaction', () => {
  test('holds a range up until it times out, and what came before it was read', async () => {
    const producer = await transactional('holder');
    await plain.send({ topic: held.name, messages: [{ value: 'before' }] });
    const open = await producer.transaction();
    await untilReady(() => open.send({ topic: held.name, messages: [{ value: 'uncertain' }] }));
    await plain.send({ topic: held.name, messages: [{ value: 'behind' }] });

    const [offsets] = await reader.offsets(held.name);
    expect(offsets).toEqual({ partition: 0, begin: 0, lastStable: 1, highWatermark: 3 });
    const range = { partition: 0, from: 0, to: 3 };
    const got: (string | null)[] = [];
    const reading = (async () => {
      for await (const batch of reader.read(held.name, [range], { stallTimeoutMs: 1_000 })) {
        got.push(...batch.map((record) => found(record).value));
      }
    })();
    await expect(reading).rejects.toMatchObject({
      code: 'TIMED_OUT',
      message: expect.stringContaining('held partition 0 stops at offset 1 of 3') as string,
    });
    expect(got).toEqual(['before']);
    await open.commit();
  });

  test('that ends while its range is read lets the read go on', async () => {
    const producer = await transactional('finisher');
    const from = (await settled(held.name))[0]!.lastStable;
    const open = await producer.transaction();
    await untilReady(() => open.send({ topic: held.name, messages: [{ value: 'aborted' }] }));
    await plain.send({ topic: held.name, messages: [{ value: 'kept' }] });
    const reading = read(held.name, [{ partition: 0, from, to: from + 2 }]);
    await open.abort();
    expect((await reading).map(({ value }) => value)).toEqual(['kept']);
  });
});

describe('what is not there', () => {
  test('a topic that does not exist is TOPIC_MISSING, and so is a partition', async () => {
    const missing = expect.objectContaining({ code: 'TOPIC_MISSING' }) as Error;
    await expect(reader.offsets('no-such-topic')).rejects.toEqual(missing);
    await expect(read('no-such-topic', [{ partition: 0, from: 0, to: 1 }])).rejects.toEqual(missing);
    await expect(read(mixed.name, [{ partition: 3, from: 0, to: 1 }])).rejects.toEqual(missing);
  });

  test('a broker that does not answer is SERVICE_UNREACHABLE', async () => {
    const nobody = createTopicReader({ brokers: ['127.0.0.1:1'] });
    await expect(nobody.offsets(mixed.name)).rejects.toMatchObject({ code: 'SERVICE_UNREACHABLE' });
    await nobody.close();
  });

  test('an empty range yields nothing', async () => {
    expect(await read(mixed.name, [{ partition: 0, from: 5, to: 5 }])).toEqual([]);
  });
});

test('over the gaps of a compacted topic the last record of each key is read, from any offset', async () => {
  await vi.waitFor(
    async () => {
      // A segment closes only when something is written after its time.
      await plain.send({ topic: compacted.name, messages: [{ key: 'tick', value: 'x' }] });
      expect((await read(compacted.name)).length).toBeLessThan(keys * rounds);
    },
    { timeout: 60_000, interval: 500 },
  );
  const records = await read(compacted.name, undefined, { fetchBytes: 300 });
  const last = new Map(records.map(({ key, value }) => [key, value]));
  last.delete('tick');
  expect(last).toEqual(new Map(Array.from({ length: keys }, (_, key) => [`k${key}`, lastValue(key)])));
  expect(ascends(records.map(({ offset }) => offset))).toBe(true);

  const { lastStable: to } = (await reader.offsets(compacted.name))[0]!;
  const lastOfKeys = (of: readonly Found[]): Found[] => of.filter(({ key }) => key !== 'tick').slice(-keys);
  for (const from of [1, 7, 100, records[0]!.offset + 1]) {
    const range = { partition: 0, from, to };
    // The broker may have removed more by now, never the last of a key.
    const wanted = lastOfKeys(records).filter((record) => isWithin(record, range));
    expect(lastOfKeys(await read(compacted.name, [range]))).toEqual(wanted);
  }
});

async function sendToBeCompacted(): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const messages = Array.from({ length: keys }, (_, key) => ({
      key: `k${key}`,
      value: round === rounds - 1 ? lastValue(key) : `${round}-${key}`,
    }));
    await plain.send({ topic: compacted.name, messages });
  }
}

/** Sends to the mixed topic and notes, by partition, what is committed; one send at a time, so that order is known. */
async function sendMixed(committed: Plain[][]): Promise<void> {
  const producers = [await transactional('a'), await transactional('b')] as const;
  for (let round = 0; round < 25; round++) {
    const both = [];
    for (const producer of producers) {
      both.push({ open: await untilReady(() => producer.transaction()), commits: random(2) === 0 });
    }
    for (let i = 0; i < 3; i++) {
      for (const { open, commits } of both) {
        await sendSome(open, commits ? committed : undefined);
        await sendSome(plain, committed);
      }
    }
    // They end in either order, and the other one goes on in between.
    const [first, second] = random(2) === 0 ? both : both.reverse();
    await end(first!);
    await sendSome(second!.open, second!.commits ? committed : undefined);
    await sendSome(plain, committed);
    await end(second!);
  }
}

async function end({ open, commits }: { open: Transaction; commits: boolean }): Promise<void> {
  await (commits ? open.commit() : open.abort());
}

let sentSoFar = 0;

async function sendSome(through: Producer | Transaction, committed: Plain[][] | undefined): Promise<void> {
  const messages: (Message & { partition: number })[] = [];
  for (let i = random(20); i >= 0; i--) {
    const message: Message & { partition: number } = {
      partition: random(mixed.partitions),
      key: random(2) === 0 ? `k${i}` : null,
      value: random(30) === 0 ? null : `v${sentSoFar++}`,
      ...(random(5) === 0 ? { headers: { name: 'ü', empty: '' } } : {}),
    };
    messages.push(message);
    committed?.[message.partition]?.push(asSent(message));
  }
  const compression = random(2) === 0 ? kafkajs.CompressionTypes.GZIP : kafkajs.CompressionTypes.None;
  const mayCompress = through === plain ? { compression } : {};
  await untilReady(() => through.send({ topic: mixed.name, messages, ...mayCompress }));
}

function asSent({ key, value, headers }: Message): Plain {
  return {
    key: key as string | null,
    value: value as string | null,
    headers: Object.entries((headers ?? {}) as Record<string, string>),
  };
}

/** Tries again while the broker still finishes the transaction before; nothing has been written then. */
async function untilReady<T>(action: () => Promise<T>): Promise<T> {
  for (const deadline = Date.now() + 20_000; ;) {
    try {
      return await action();
    } catch (error) {
      const said = `${String(error)} ${(error as { type?: string }).type ?? ''}`;
      if (!/concurrent|coordinator/i.test(said) || Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function connected(producer: Producer): Promise<Producer> {
  await producer.connect();
  cleanups.push(() => producer.disconnect());
  return producer;
}

function transactional(transactionalId: string): Promise<Producer> {
  return connected(kafka.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1 }));
}

/** The offsets once no transaction is open: a commit returns before its markers are written. */
async function settled(topic: string): ReturnType<TopicReader['offsets']> {
  return vi.waitFor(
    async () => {
      const offsets = await reader.offsets(topic);
      for (const { lastStable, highWatermark } of offsets) expect(lastStable).toBe(highWatermark);
      return offsets;
    },
    { timeout: 10_000, interval: 20 },
  );
}

/** The records of the ranges, or of the whole topic, in the order in which they came. */
async function read(topic: string, ranges?: readonly OffsetRange[], options?: ReadOptions): Promise<Found[]> {
  const whole = async (): Promise<OffsetRange[]> =>
    (await reader.offsets(topic)).map(({ partition, begin, lastStable }) => ({
      partition,
      from: begin,
      to: lastStable,
    }));
  const records: Found[] = [];
  for await (const batch of reader.read(topic, ranges ?? (await whole()), options)) {
    records.push(...batch.map(found));
  }
  return records;
}

function found({ partition, offset, key, value, headers }: KafkaRecord): Found {
  const text = (bytes: Buffer | null): string | null => bytes?.toString() ?? null;
  return {
    partition,
    offset,
    key: text(key),
    value: text(value),
    headers: headers.map(([name, bytes]) => [name, text(bytes)]),
  };
}

function isWithin({ partition, offset }: Found, range: OffsetRange): boolean {
  return partition === range.partition && offset >= range.from && offset < range.to;
}

function ascends(offsets: readonly number[]): boolean {
  return offsets.every((offset, i) => i === 0 || offset > offsets[i - 1]!);
}

/** Lehmer's generator: the same numbers in every run. */
function lehmer(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}
