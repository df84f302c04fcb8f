import { request } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ClickHouseDaemon, eventually } from './support/clickhouse-daemon.js';

/** Load, restarts and the Kafka engine. */
const daemon = new ClickHouseDaemon();
const exitDeadlineMs = 3000;
const restingMb = 600;
const loadedMb = 1200;

beforeAll(() => daemon.start());
afterAll(() => daemon.remove());

const q = (sql: string): string => `?query=${encodeURIComponent(sql)}`;

test('at rest the daemon takes less than 600 MiB', () => {
  expect(daemon.rssMb()).toBeLessThan(restingMb);
});

describe('load', () => {
  test('a result of gigabytes for a slow reader stays out of memory, and others are served', async () => {
    const sent = request(`${daemon.url}/`, { method: 'POST', headers: daemon.auth });
    sent.end("SELECT number, repeat('x', 100) AS x FROM numbers(20000000) FORMAT JSONEachRow");
    const response = await new Promise<Readable>((resolve) => sent.on('response', resolve));
    let bytes = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes < 8_000_000) await new Promise((resolve) => setTimeout(resolve, 10));
      if (bytes > 600_000_000) break;
    }
    expect(daemon.rssMb()).toBeLessThan(loadedMb);
    expect(await daemon.sql('SELECT 1')).toBe('1');
  });

  test('an insert of hundreds of megabytes streams through', async () => {
    await daemon.sql('CREATE TABLE big (id UInt64, x String) ENGINE = MergeTree ORDER BY id');
    const line = `{"id":1,"x":"${'y'.repeat(100)}"}\n`;
    const block = Buffer.from(line.repeat(10_000));
    const blocks = 250;
    const sent = request(`${daemon.url}/${q('INSERT INTO big FORMAT JSONEachRow')}`, {
      method: 'POST',
      headers: daemon.auth,
    });
    const status = new Promise((resolve) =>
      sent.on('response', (response) => {
        resolve(response.statusCode);
      }),
    );
    await pipeline(Readable.from(Array.from({ length: blocks }, () => block)), sent);
    expect(await status).toBe(200);
    expect(daemon.rssMb()).toBeLessThan(loadedMb);
    expect(await daemon.sql('SELECT count() FROM big')).toBe(String(blocks * 10_000));
    await daemon.sql('DROP TABLE big');
  });

  test('many queries at once are all answered', async () => {
    const answers = await Promise.all(
      Array.from({ length: 150 }, (_, n) => daemon.sql(`SELECT ${n} + sleep(0.05)`)),
    );
    expect(answers).toEqual(Array.from({ length: 150 }, (_, n) => String(n)));
  });
});

describe('the Kafka engine and restarts', () => {
  const queue =
    "ENGINE = Kafka SETTINGS kafka_broker_list = '127.0.0.1:1', kafka_topic_list = 'agg', kafka_group_name = 'g', kafka_format = 'JSONEachRow'";
  const tables = async (): Promise<string> =>
    daemon.sql("SELECT name, engine FROM system.tables WHERE database = 'streamlab' ORDER BY name");
  const all = 'agg_1m\tAggregatingMergeTree\nagg_queue\tKafka\nagg_view\tMaterializedView\nkpi_1m\tView';

  test('a queue without a broker, its view and its table come up and hold nothing up', async () => {
    await daemon.sql('CREATE DATABASE streamlab');
    await daemon.sql(
      'CREATE TABLE streamlab.agg_1m (k String, events AggregateFunction(argMax, UInt64, UInt64), revenue AggregateFunction(argMax, Decimal(38, 2), UInt64)) ENGINE = AggregatingMergeTree ORDER BY k',
    );
    await daemon.sql(
      `CREATE TABLE streamlab.agg_queue (k String, events UInt64, revenue Decimal(38, 2)) ${queue}`,
    );
    await daemon.sql(
      'CREATE MATERIALIZED VIEW streamlab.agg_view TO streamlab.agg_1m AS SELECT k, argMaxState(events, _offset) AS events, argMaxState(revenue, _offset) AS revenue FROM streamlab.agg_queue GROUP BY k',
    );
    await daemon.sql(
      'CREATE VIEW streamlab.kpi_1m AS SELECT k, argMaxMerge(events) AS events, argMaxMerge(revenue) AS revenue FROM streamlab.agg_1m GROUP BY k',
    );
    await daemon.sql(
      "INSERT INTO streamlab.agg_1m SELECT 'a', argMaxState(toUInt64(5), toUInt64(1)), argMaxState(toDecimal128('1.10', 2), toUInt64(1))",
    );
    expect(await tables()).toBe(all);
    expect(await daemon.sql('SELECT count() FROM system.kafka_consumers')).toBe('1');
    const before = performance.now();
    expect(await daemon.sql('SELECT * FROM streamlab.kpi_1m')).toBe('a\t5\t1.1');
    expect(performance.now() - before).toBeLessThan(1000);
  });

  test('SIGTERM ends it cleanly within three seconds, a slow query and an open session or not', async () => {
    const slow = daemon.post('', 'SELECT number FROM system.numbers').catch(() => undefined);
    await daemon.post('?session_id=open', 'SET max_threads = 1');
    await slow;
    const before = performance.now();
    expect(await daemon.stop('SIGTERM')).toBe(0);
    expect(performance.now() - before).toBeLessThan(exitDeadlineMs);
  });

  test('after it the tables and their rows are there again', async () => {
    await daemon.start();
    expect(await tables()).toBe(all);
    expect(await daemon.sql('SELECT * FROM streamlab.kpi_1m')).toBe('a\t5\t1.1');
  });

  test('kill -9 in the midst of inserts loses nothing that was acknowledged', async () => {
    await daemon.sql('CREATE TABLE kept (id UInt64) ENGINE = MergeTree ORDER BY id');
    let acknowledged = 0;
    const inserting = (async (): Promise<void> => {
      for (let id = 0; ; id += 1) {
        await daemon.sql(`INSERT INTO kept VALUES (${id})`);
        acknowledged += 1;
      }
    })().catch(() => undefined);
    await eventually(() => Promise.resolve(acknowledged >= 20));
    await daemon.stop('SIGKILL');
    await inserting;
    await daemon.start();
    expect(Number(await daemon.sql('SELECT count() FROM kept'))).toBeGreaterThanOrEqual(acknowledged);
    expect(await tables()).toBe(all);
    expect(await daemon.sql('SELECT count() FROM system.kafka_consumers')).toBe('1');
  });

  test('the log names events and never the password', () => {
    expect(daemon.log).toContain('daemon.ready');
    expect(daemon.log).not.toContain(daemon.password);
  });
});
