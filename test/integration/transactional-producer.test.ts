import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import {
  openTransactionalProducer,
  type TransactionalProducer,
  type TransactionalProducerOptions,
  type TransactionRecord,
} from '../../src/adapters/kafka/transactional-producer.js';
import { PlainKafka } from './support/plain-kafka.js';
import { readAll } from './support/topics.js';

const kafka = new PlainKafka();
const partitions = 4;
const signal = new AbortController().signal;
const maxMessageBytes = 1_048_588;

beforeAll(async () => {
  await kafka.start();
});
afterAll(async () => {
  await kafka.stop();
});

/** Of a run: `numbered` records go to the data topic; the last of a transaction says in the journal which comes next. */
interface Topics {
  data: string;
  journal: string;
}

/** Knows nothing around it: its source is run in a process of its own too. */
function numbered({ data, journal }: Topics, from: number, to: number): TransactionRecord[] {
  const records: TransactionRecord[] = [];
  for (let n = from; n < to; n++) {
    records.push({
      topic: data,
      partition: n % 4,
      key: n % 7 === 0 ? null : Buffer.from(`key ${n % 4} é`),
      value: n % 50 === 0 ? null : Buffer.from(JSON.stringify({ n, filler: 'x'.repeat(n % 300) })),
      headers: [
        ['number', String(n)],
        ['empty', ''],
      ],
    });
  }
  const next = Buffer.from(String(to));
  return [...records, { topic: journal, partition: 0, key: Buffer.from('next'), value: next, headers: [] }];
}

function same(found: Buffer | null, sent: Uint8Array | null | undefined): boolean {
  return found === null || sent === null || sent === undefined ? found === sent : found.equals(sent);
}

class Scene {
  readonly topics: Topics;

  constructor(private readonly name: string) {
    this.topics = { data: `${name}-data`, journal: `${name}-journal` };
  }

  async create(): Promise<this> {
    const topics = [
      { topic: this.topics.data, numPartitions: partitions },
      { topic: this.topics.journal, numPartitions: 1 },
    ];
    await kafka.administer((admin) => admin.createTopics({ waitForLeaders: true, topics }));
    return this;
  }

  get options(): TransactionalProducerOptions {
    const topics = Object.values(this.topics).map((name: string) => ({ name, maxMessageBytes }));
    return { kafka: { brokers: [kafka.address] }, transactionalId: `streamlab-${this.name}`, topics };
  }

  open(options: Partial<TransactionalProducerOptions> = {}): Promise<TransactionalProducer> {
    return openTransactionalProducer({ ...this.options, ...options }, signal);
  }

  records(from: number, to: number): TransactionRecord[] {
    return numbered(this.topics, from, to);
  }

  /**
   * Each number below `to` is there once, and in order. A commit is answered before its markers are on every partition, so
   * the last one may be a moment away.
   */
  async expectAll(to: number): Promise<void> {
    await vi.waitFor(async () => {
      expect(await this.next()).toBe(to);
      expect((await readAll(kafka.address, this.topics.data)).length).toBe(to);
    });
    const sent = this.records(0, to);
    const found: number[][] = Array.from({ length: partitions }, () => []);
    for (const { partition, headers, key, value } of await readAll(kafka.address, this.topics.data)) {
      const n = Number(headers[0]?.[1]?.toString());
      const original = sent[n];
      const isSame = same(key, original?.key) && same(value, original?.value);
      if (!isSame || original?.partition !== partition) throw new Error(`record ${n} is not as it was sent`);
      found[partition]!.push(n);
    }
    const all = Array.from({ length: to }, (_, n) => n);
    expect(found).toEqual(found.map((_, partition) => all.filter((n) => n % partitions === partition)));
  }

  /** What the last committed transaction says. */
  async next(): Promise<number> {
    const said = await readAll(kafka.address, this.topics.journal);
    return Number(said.at(-1)?.value?.toString() ?? 0);
  }
}

test('what was committed is there, in order; what was aborted never was', async () => {
  const scene = await new Scene('commit').create();
  const producer = await scene.open();
  expect(producer.partitionsOf(scene.topics.data)).toBe(partitions);
  for (let from = 0; from < 20_000; from += 5_000)
    await producer.transact(scene.records(from, from + 5_000), signal);
  await scene.expectAll(20_000);

  const [first, ...others] = scene.records(20_000, 20_500);
  const tooLarge = { ...first!, value: Buffer.alloc(maxMessageBytes + 1) };
  await expect(producer.transact([...others, tooLarge], signal)).rejects.toMatchObject({
    code: 'SERVICE_FAILED',
    message: expect.stringMatching(/refused a transaction/) as string,
  });
  await expect(producer.transact(others, signal)).rejects.toMatchObject({ code: 'SERVICE_FAILED' });
  await producer.close();
  await scene.expectAll(20_000);

  const another = await scene.open();
  await another.transact(scene.records(20_000, 20_100), signal);
  await another.close();
  await scene.expectAll(20_100);
});

test('a second producer of an id fences the first, and ends what it left open', async () => {
  const scene = await new Scene('fence').create();
  const first = await scene.open();
  await first.transact(scene.records(0, 100), signal);
  const second = await scene.open();
  await expect(first.transact(scene.records(100, 200), signal)).rejects.toMatchObject({
    code: 'LOCKED',
    message: expect.stringContaining('Another process took over') as string,
  });
  await second.transact(scene.records(100, 300), signal);
  await Promise.all([first.close(), second.close()]);
  await scene.expectAll(300);
});

test('a process killed at twenty moments, and begun again, has sent each record once and in order', async () => {
  const scene = await new Scene('killed').create();
  const program = `
    const { openTransactionalProducer } = await import(${JSON.stringify(resolve('dist/adapters/kafka/transactional-producer.js'))});
    ${numbered.toString()}
    const signal = new AbortController().signal;
    const producer = await openTransactionalProducer(${JSON.stringify(scene.options)}, signal);
    process.on('message', async ({ from, count }) => {
      for (let i = 0; i < count; i++, from += 300) {
        await producer.transact(numbered(${JSON.stringify(scene.topics)}, from, from + 300), signal);
        process.send('sent');
      }
      await producer.close();
      process.disconnect();
    });
    process.send('open');`;
  /** @returns how many transactions it said that it had committed */
  const run = async (count: number, killAfterMs?: number): Promise<number> => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const gone = once(child, 'exit');
    let sent = 0;
    child.on('message', (message) => {
      if (message === 'sent') sent++;
    });
    await once(child, 'message');
    // The producer is open: what the one before it left is decided.
    child.send({ from: await scene.next(), count });
    if (killAfterMs !== undefined) {
      await delay(killAfterMs);
      child.kill('SIGKILL');
    }
    await gone;
    return sent;
  };
  const many = 1_000;
  let confirmed = 0;
  for (let kill = 0; kill < 20; kill++) confirmed += await run(many, 5 + Math.random() * 200);
  expect(await run(3)).toBe(3);
  await scene.expectAll(await scene.next());
  // It got somewhere between the kills, and none of the kills came when all was done.
  expect(await scene.next()).toBeGreaterThanOrEqual((confirmed + 3) * 300);
  expect(confirmed).toBeGreaterThan(20);
  expect(confirmed).toBeLessThan(20 * many);
});

test('a broker that is killed and comes back is waited for; one that stays away ends it', async () => {
  const scene = await new Scene('outage').create();
  const producer = await scene.open();
  let next = 0;
  const send = async (): Promise<void> => {
    await producer.transact(scene.records(next, next + 200), signal);
    next += 200;
  };
  for (let i = 0; i < 20; i++) await send();
  const outage = (async () => {
    await delay(30);
    await kafka.signal(1, 'SIGKILL');
    await kafka.run(1);
    return 'over';
  })();
  while ((await Promise.race([outage, delay(0)])) !== 'over') await send();
  await send();
  await producer.close();
  await scene.expectAll(next);

  const impatient = await scene.open({ patienceMs: 1_500 });
  await kafka.signal(1, 'SIGKILL');
  await expect(impatient.transact(scene.records(next, next + 200), signal)).rejects.toMatchObject({
    code: 'SERVICE_UNREACHABLE',
  });
  await expect(impatient.transact(scene.records(next, next + 200), signal)).rejects.toMatchObject({
    code: 'SERVICE_UNREACHABLE',
  });
  await impatient.close();
  await expect(scene.open({ patienceMs: 1_500 })).rejects.toMatchObject({ code: 'SERVICE_UNREACHABLE' });
});
