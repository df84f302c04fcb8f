import { randomUUID } from 'node:crypto';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createKafkaAdmin } from '../../src/adapters/kafka/admin.js';
import { createTopicReader } from '../../src/adapters/kafka/reader.js';
import { alertRecordSchema, type AlertRecord } from '../../src/domain/alerts/record.js';
import { flinkGroup } from '../../src/domain/clickhouse.js';
import { topics } from '../../src/domain/topics.js';
import { TestHome, type Status } from './support/cli.js';
import { eventually } from './support/clickhouse-daemon.js';
import { parse, readAll } from './support/topics.js';

/** What came in a minute: every record has the time of its event as its time in Kafka, so that an hour is sent in seconds. */
interface Minute {
  /** Of 60 orders, each. */
  amount: number;
  /** Records that are no JSON, of 240. */
  letters: number;
  /** Seconds of the minute in which traffic begins and ends. */
  from?: number;
  to?: number;
}

const minuteMs = 60_000;
const usual: Minute = { amount: 20, letters: 2 };
const steady = (minutes: number): Minute[] => Array.from({ length: minutes }, (_, i) => wavy(i));
/** Money is never twice the same. */
const wavy = (i: number): Minute => ({ ...usual, amount: 20 + ((i * 7) % 5) - 2 });
const times = (minutes: number, minute: Partial<Minute>): Minute[] =>
  Array.from({ length: minutes }, () => ({ ...usual, ...minute }));

// Between two tests nothing comes for longer than a partition usually may be silent: the first one to go on would then move
// the watermark by minutes, and what the others bring would be late.
const home = new TestHome({ STREAMLAB_CHECKPOINT_INTERVAL: '1s', STREAMLAB_IDLE_TIMEOUT: '30m' });
/** Far enough back that nothing lies in the future. */
const firstMinute = Math.floor(Date.now() / minuteMs) * minuteMs - 60 * minuteMs;
let broker: string;
let clickhouse: { url: string; password: string };
/** The job's state before there was a record. */
let empty: string;
let next = firstMinute;

beforeAll(async () => {
  const up = await home.cli(['up']);
  expect(up.exitCode, up.stderr).toBe(0);
  const { services } = await home.json<Status>(['status']);
  broker = services.find(({ name }) => name === 'kafka')!.endpoint!;
  const password = /user default, password (\S+)/.exec(up.stdout)?.[1] ?? '';
  clickhouse = { url: services.find(({ name }) => name === 'clickhouse')!.endpoint!, password };
  empty = (await home.json<{ savepoint: string }>(['job', 'cancel'])).savepoint;
  await submitFrom(empty);
});
afterAll(() => home.end());

describe('alerts of the job itself', () => {
  test('steady minutes fire nothing, nor do minutes in which traffic begins, pauses and goes on', async () => {
    await send([{ ...usual, from: 30 }, ...steady(8), { ...usual, to: 20 }]);
    next += 2 * minuteMs;
    await send([{ ...usual, from: 40 }, ...steady(3)]);
    await judged();
    expect(await alerts()).toEqual([]);
  });

  test('minutes with too many dead letters fire once and resolve once', async () => {
    const bad = next;
    await send([...times(3, { letters: 48 }), ...steady(3)]);
    await judged();
    const found = await alerts();
    const id = `flink-dead-letter-share/${String(bad)}`;
    expect(found.map(short)).toEqual([
      [id, 'firing', 'warning', 0.2],
      [id, 'resolved', 'warning', 0.008333],
    ]);
    const [fired, resolved] = found as [AlertRecord, AlertRecord];
    expect(fired).toMatchObject({
      rule: 'flink-dead-letter-share',
      labels: { source: 'flink' },
      started_at: bad,
    });
    expect(fired.summary).toBe(`Dead letters are 20.0% of what came at ${clock(bad)} UTC, more than 5.0%`);
    expect(resolved.summary).toBe(
      `Dead letters are 0.8% of what came at ${clock(bad + 3 * minuteMs)} UTC: again at most 5.0%`,
    );
    expect(fired.evidence).toMatchObject({
      unit: 'share',
      value: 0.2,
      low: null,
      high: 0.05,
      expected: null,
    });
    expect(fired.evidence?.points.at(-1)).toEqual([bad, 0.2]);
    expect(fired.evidence?.points.at(-2)).toEqual([bad - minuteMs, expect.closeTo(2 / 240, 6)]);
    expect(resolved).toMatchObject({ started_at: bad, fired_at: fired.fired_at, resolution: 'recovered' });
    expect(resolved.resolved_at).toBeGreaterThanOrEqual(fired.fired_at);
  });

  test('a drop of revenue fires once while it lasts and resolves once', async () => {
    const bad = next;
    await send([...times(4, { amount: 2 }), ...steady(4)]);
    await judged();
    const [fired, resolved, ...more] = (await alerts()).slice(2);
    expect(more).toEqual([]);
    const id = `flink-revenue-band/${String(bad)}`;
    expect(short(fired)).toEqual([id, 'firing', 'critical', 120]);
    expect(short(resolved)).toEqual([id, 'resolved', 'critical', 1080]);
    expect(fired?.labels).toEqual({ source: 'flink', direction: 'drop' });
    expect(fired?.evidence).toMatchObject({ unit: 'money', value: 120, expected: 1200 });
    expect(fired?.evidence?.low).toBeGreaterThan(120);
    expect(fired?.evidence?.points.length).toBeGreaterThan(10);
    expect(resolved?.labels).toEqual({ source: 'flink', direction: 'drop' });
  });

  test('a rise of revenue is told, as no more than news', async () => {
    const bad = next;
    await send([...times(2, { amount: 60 }), ...steady(2)]);
    await judged();
    const id = `flink-revenue-band/${String(bad)}`;
    expect((await alerts()).slice(4).map((alert) => [...short(alert), alert.labels.direction])).toEqual([
      [id, 'firing', 'info', 3600, 'rise'],
      [id, 'resolved', 'info', 1080, 'rise'],
    ]);
  });

  test('the key of a record is the id of its alert, and ClickHouse has them all', async () => {
    const records = await readAll(broker, topics.alerts);
    expect(records.map(({ key }) => key?.toString())).toEqual(
      (await alerts()).map((alert) => alert.alert_id),
    );
    const rows = async (): Promise<string> => {
      const query =
        'SELECT alert_id, rule, severity, status, summary, labels, value, fired_at FROM streamlab.alerts_latest ORDER BY kafka_offset FORMAT JSONEachRow';
      const response = await fetch(clickhouse.url, {
        method: 'POST',
        body: query,
        headers: { 'X-ClickHouse-User': 'default', 'X-ClickHouse-Key': clickhouse.password },
      });
      return response.text();
    };
    await eventually(async () => (await rows()).split('\n').length > records.length, 20_000);
    const stored = (await rows())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { fired_at: string | number });
    expect(stored.map((row) => ({ ...row, fired_at: Number(row.fired_at) }))).toEqual(
      (await alerts()).map(({ alert_id, rule, severity, status, summary, labels, value, fired_at }) => {
        return { alert_id, rule, severity, status, summary, labels, value, fired_at };
      }),
    );
  });

  test('the job run again from the first record finds the same alerts, by the same ids', async () => {
    const before = await alerts();
    await home.json(['job', 'cancel', '--no-savepoint']);
    await submitFrom(empty);
    await eventually(async () => (await alerts()).length >= 2 * before.length, 60_000);
    const again = (await alerts()).slice(before.length);
    // Of one alert the order is kept; alerts among themselves may change places, as several subtasks write them.
    const inOrder = (records: AlertRecord[]): unknown[] =>
      [...records]
        .sort((a, b) => a.alert_id.localeCompare(b.alert_id))
        .map((alert) => [short(alert), alert.summary]);
    expect(inOrder(again)).toEqual(inOrder(before));
  });
});

async function submitFrom(savepoint: string): Promise<void> {
  await home.json(['job', 'submit', '--from', savepoint]);
}

/** Sends minutes, the first of which begins where the last one ended. */
async function send(minutes: readonly Minute[]): Promise<void> {
  const kafka = new kafkajs.Kafka({ brokers: [broker], logLevel: kafkajs.logLevel.NOTHING });
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  for (const minute of minutes) {
    await producer.send({ topic: topics.raw, acks: -1, messages: messagesOf(minute, next) });
    next += minuteMs;
  }
  await producer.disconnect();
}

function messagesOf({ amount, letters, from = 0, to = 60 }: Minute, start: number): kafkajs.Message[] {
  return Array.from({ length: 240 }, (_, i) => {
    const time = start + Math.floor(i * (minuteMs / 240));
    const event = {
      event_id: randomUUID(),
      schema_version: 1,
      event_time: time,
      user_id: `u${String(i)}`,
      session_id: 's',
      ...(i % 4 === 1
        ? { event_type: 'order_placed', order_id: `o${String(i)}`, amount }
        : { event_type: 'page_view', page: '/', referrer: '' }),
    };
    // Every letter takes the place of a page view.
    const isLetter = i % 4 === 2 && i < 4 * letters;
    return { time, value: isLetter ? 'no JSON' : JSON.stringify(event), partition: Math.floor(i / 4) % 4 };
  })
    .filter(({ time }) => time >= start + from * 1_000 && time < start + to * 1_000)
    .map(({ time, value, partition }) => ({ partition, value, timestamp: String(time) }));
}

/**
 * Sends the beginning of the next minute, which closes the one before, and waits until what the job made of it is
 * committed: two checkpoints after the last record was read.
 */
async function judged(): Promise<void> {
  await send([usual]);
  const admin = createKafkaAdmin({ brokers: [broker] });
  const reader = createTopicReader({ brokers: [broker] });
  try {
    await eventually(async () => {
      const committed = await admin.committed(flinkGroup, topics.raw);
      return (await reader.offsets(topics.raw)).every(
        ({ partition, lastStable }) => committed.get(partition) === lastStable,
      );
    }, 60_000);
  } finally {
    await Promise.all([admin.close(), reader.close()]);
  }
  const done = await completed();
  await eventually(async () => (await completed()) >= done + 2, 30_000);
}

async function completed(): Promise<number> {
  return (await home.json<{ checkpoints: { completed: number } }>(['job', 'status'])).checkpoints.completed;
}

/** Everything on the topic of alerts, each as the schema reads it. */
async function alerts(): Promise<AlertRecord[]> {
  return (await readAll(broker, topics.alerts)).map((record) => alertRecordSchema.parse(parse(record)));
}

function short(alert: AlertRecord | undefined): unknown[] {
  const value = alert?.value ?? null;
  return [alert?.alert_id, alert?.status, alert?.severity, value === null ? null : Number(value.toFixed(6))];
}

function clock(ms: number): string {
  return new Date(ms).toISOString().slice(11, 16);
}
