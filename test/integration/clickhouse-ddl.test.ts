import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClickHouse, type ClickHouse } from '../../src/adapters/clickhouse/clickhouse.js';
import { ddlFiles, ddlValues, dropQueuesFile } from '../../src/domain/clickhouse.js';
import type { LabConnections } from '../../src/domain/connections.js';
import { renderTemplates, splitStatements, type Statement } from '../../src/domain/template.js';
import { topics } from '../../src/domain/topics.js';
import { ClickHouseDaemon } from './support/clickhouse-daemon.js';

// The broker is not there: everything behind the queues is tested by writing to the landing tables, as they do.
const noBroker = ['127.0.0.1:1'];
let daemon: ClickHouseDaemon;
let clickhouse: ClickHouse;
let connections: LabConnections;

beforeAll(async () => {
  daemon = await new ClickHouseDaemon().start();
  connections = {
    kafka: { brokers: noBroker },
    kafkaInside: { brokers: noBroker },
    flink: { restUrl: '', gatewayUrl: '' },
    pages: {},
    clickhouse: { url: daemon.url, user: 'default', password: daemon.password, database: 'streamlab' },
  };
  clickhouse = createClickHouse(connections.clickhouse);
  await clickhouse.run(await ddl());
});

afterAll(async () => {
  await clickhouse.close();
  await daemon.remove();
});

async function ddl(): Promise<Statement[]> {
  const files = await Promise.all(
    ddlFiles.map(async (name) => ({ name, text: await readFile(`clickhouse/${name}`, 'utf8') })),
  );
  return renderTemplates(files, ddlValues(connections)).flatMap((file) =>
    splitStatements(file, 'clickhouse'),
  );
}

async function query(sql: string): Promise<unknown[]> {
  const response = await daemon.post('', `${sql} FORMAT JSONEachRow`);
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}

async function insert(table: string, rows: object[]): Promise<void> {
  const body = rows.map((row) => JSON.stringify(row)).join('\n');
  const response = await daemon.post('', `INSERT INTO streamlab.${table} FORMAT JSONEachRow\n${body}`);
  if (!response.ok) throw new Error(await response.text());
}

async function all<T>(batches: AsyncGenerator<T[]>): Promise<T[]> {
  const result: T[] = [];
  for await (const batch of batches) result.push(...batch);
  return result;
}

const windowStart = 1_700_000_040_000;
const key = { window_start: windowStart, event_type: 'order_placed', channel: 'web' };
const aggregate = (offset: number, contribution: string, events: number, revenue: string) => ({
  ...key,
  contribution,
  window_end: windowStart + 60_000,
  events,
  revenue,
  emitted_at: windowStart + offset,
  kafka_topic: 't',
  kafka_partition: 0,
  kafka_offset: offset,
});

it('can be run again without changing anything', async () => {
  await clickhouse.run(await ddl());
  expect((await clickhouse.queues()).map(({ table, brokers }) => [table, brokers]).sort()).toEqual([
    ['agg_1m_queue', '127.0.0.1:1'],
    ['alerts_queue', '127.0.0.1:1'],
    ['dlq_queue', '127.0.0.1:1'],
    ['dlq_replays_queue', '127.0.0.1:1'],
  ]);
});

it('keeps the latest state of a key however often and in whatever order records are read', async () => {
  const records = [
    aggregate(5, 'on_time', 3, '90071992547409.91'),
    aggregate(4, 'on_time', 2, '1.00'),
    aggregate(6, 'late', 1, '-0.05'),
    aggregate(7, 'replay:r1', 2, '0.10'),
  ];
  await insert('agg_1m_landing', records);
  await insert('agg_1m_landing', records.slice(0, 2));
  const rows = await all(clickhouse.aggregates());
  expect(rows.sort((a, b) => a.contribution.localeCompare(b.contribution))).toMatchObject([
    { windowStart, contribution: 'late', events: 1, cents: -5 },
    { windowStart, contribution: 'on_time', events: 3, cents: 9_007_199_254_740_991 },
    { windowStart, contribution: 'replay:r1', events: 2, cents: 10 },
  ]);
  expect(await query('SELECT * EXCEPT revenue, toString(revenue) AS revenue FROM streamlab.kpi_1m')).toEqual([
    {
      window_start: '2023-11-14 22:14:00.000',
      window_end: '2023-11-14 22:15:00.000',
      event_type: 'order_placed',
      channel: 'web',
      on_time: 3,
      late: 1,
      replayed: 2,
      events: 6,
      revenue: '90071992547409.96',
      emitted_at: '2023-11-14 22:14:00.007',
    },
  ]);
});

it('takes no row from a tombstone, which a queue reads as a row of defaults', async () => {
  const before = await clickhouse.rowCounts();
  const place = { kafka_topic: 't', kafka_partition: 0, kafka_offset: 90 };
  for (const table of ['agg_1m_landing', 'dlq_landing', 'alerts_landing']) await insert(table, [place]);
  expect(await clickhouse.rowCounts()).toEqual(before);
});

it('keeps a dead letter once, and what it cannot read where people see it', async () => {
  const letter = { reason: 'too_late', verdict: 'too_late', event_id: null, event_time: 5, payload: '{}' };
  const source = {
    source_topic: 'r',
    source_partition: 1,
    source_offset: 2,
    source_timestamp: 3,
    failed_at: 4,
  };
  const place = { kafka_topic: 'd', kafka_partition: 2, kafka_offset: 8, kafka_key: 'u' };
  await insert('dlq_landing', [{ ...letter, ...source, ...place, attempt: 1 }]);
  await insert('dlq_landing', [{ ...letter, ...source, ...place, attempt: 1 }]);
  await insert('dlq_landing', [{ ...place, kafka_offset: 9, error: 'Cannot parse', raw_message: '{"x' }]);
  expect(await all(clickhouse.deadLetters())).toEqual([{ partition: 2, offset: 8, reason: 'too_late' }]);
  expect(await query('SELECT topic, kafka_offset, raw_message FROM streamlab.consumer_errors FINAL')).toEqual(
    [{ topic: 'd', kafka_offset: 9, raw_message: '{"x' }],
  );
});

describe('the journal of replays', () => {
  let offset = 0;
  const record = (key: object | string, value: object = {}) => ({
    ...value,
    kafka_topic: 'j',
    kafka_partition: 0,
    kafka_offset: (offset += 1),
    kafka_key: typeof key === 'string' ? key : JSON.stringify(key),
  });
  const at = (place: number) => ({ partition: 3, offset: place });
  const entry = (replay_id: string, more: object = {}) => ({
    replay_id,
    attempt: 1,
    replayed_at: 7,
    ...more,
  });
  const run = (state: string, replayed: number) => ({
    state,
    started_at: 5,
    updated_at: 6,
    selection: '--since 1h',
    matched: 4,
    replayed,
    repaired: 1,
    skipped: { filtered: 2 },
  });

  it('says of each dead letter and each replay what came last, whatever is read twice; what is taken back is gone', async () => {
    const records = [
      record(at(10), entry('r1', { event_id: 'e', repaired: true })),
      record(at(11), entry('r1')),
      record({ replay_id: 'r1' }, run('running', 1)),
      record({ replay_id: 'r2' }, run('running', 1)),
      record(at(10), entry('r2', { attempt: 2, event_id: 'e', forced: true })),
      record({ replay_id: 'r1' }, run('done', 2)),
      record(at(11)),
      record({ replay_id: 'r2' }),
    ];
    await insert('dlq_replays_landing', records.slice(4));
    await insert('dlq_replays_landing', records);
    expect(
      await query('SELECT * EXCEPT (kafka_partition, kafka_offset) FROM streamlab.dlq_replays_latest'),
    ).toEqual([
      {
        dlq_partition: 3,
        dlq_offset: 10,
        replay_id: 'r2',
        attempt: 2,
        replayed_at: 7,
        event_id: 'e',
        source_partition: null,
        source_offset: null,
        repaired: false,
        forced: true,
        replayed_time: '1970-01-01 00:00:00.007',
      },
    ]);
    expect(
      await query(
        'SELECT replay_id, state, replayed, repaired, skipped FROM streamlab.dlq_replay_runs_latest',
      ),
    ).toEqual([{ replay_id: 'r1', state: 'done', replayed: 2, repaired: 1, skipped: { filtered: 2 } }]);
  });

  it('leaves outstanding what it does not name', async () => {
    const letters = [10, 11, 12].map((place) => ({
      reason: 'too_late',
      kafka_partition: 3,
      kafka_offset: place,
      attempt: 1,
    }));
    await insert('dlq_landing', letters);
    const outstanding =
      'SELECT kafka_offset FROM streamlab.dlq_outstanding WHERE kafka_partition = 3 ORDER BY 1';
    expect(await query(outstanding)).toEqual([{ kafka_offset: 11 }, { kafka_offset: 12 }]);
  });

  it('takes two letters of one raw record for one: waiting once, and replayed together', async () => {
    const letter = (place: number, source: number) => ({
      reason: 'too_late',
      verdict: 'too_late',
      event_type: 'page_view',
      event_time: 42 * 60_000,
      payload: '{"schema_version":1}',
      source_topic: topics.raw,
      source_partition: 1,
      source_offset: source,
      failed_at: 9,
      kafka_partition: 4,
      kafka_offset: place,
      attempt: 1,
    });
    await insert('dlq_landing', [letter(20, 5), letter(21, 5), letter(22, 6)]);
    const waiting = `SELECT waiting FROM streamlab.completeness_1m WHERE window_start = ${String(42 * 60_000)}`;
    expect(await query(waiting)).toEqual([{ waiting: 2 }]);
    const source = { source_partition: 1, source_offset: 5 };
    const key = { partition: 4, offset: 21 };
    await insert('dlq_replays_landing', [record(key, entry('r3', { ...source, replayed_at: 8 }))]);
    expect(await query(waiting)).toEqual([{ waiting: 1 }]);
    expect(
      await query('SELECT kafka_offset FROM streamlab.dlq_outstanding WHERE kafka_partition = 4'),
    ).toEqual([{ kafka_offset: 22 }]);
    expect(
      await query(
        'SELECT dlq_offset, replay_id, replayed_at FROM streamlab.dlq_replayed WHERE dlq_partition = 4 ORDER BY 1',
      ),
    ).toEqual([
      { dlq_offset: 20, replay_id: 'r3', replayed_at: 8 },
      { dlq_offset: 21, replay_id: 'r3', replayed_at: 8 },
    ]);
  });

  it('keeps what is of neither kind, or did not parse, where people see it', async () => {
    await insert('dlq_replays_landing', [
      record('junk', entry('r9')),
      { ...record(at(12)), error: 'Cannot parse', raw_message: '{"x' },
    ]);
    expect(
      await query(
        "SELECT error, raw_message FROM streamlab.consumer_errors FINAL WHERE topic = 'j' ORDER BY kafka_offset",
      ),
    ).toEqual([
      { error: 'A key of neither kind: junk', raw_message: '' },
      { error: 'Cannot parse', raw_message: '{"x' },
    ]);
  });
});

it('keeps an alert whole, also where fields are missing or of another type', async () => {
  const raw = [
    '{"alert_id":"a1","rule":"lag","severity":"high","status":"firing","labels":{"topic":"t","n":1},"value":1.5,"fired_at":7}',
    '{"alert_id":5,"labels":7}',
  ];
  const rows = raw.map((text, offset) => ({
    raw: text,
    kafka_topic: 'a',
    kafka_partition: 0,
    kafka_offset: offset,
  }));
  await insert('alerts_landing', rows);
  expect(
    await query(
      'SELECT alert_id, rule, labels, value, raw FROM streamlab.alerts_latest ORDER BY kafka_offset',
    ),
  ).toEqual([
    { alert_id: 'a1', rule: 'lag', labels: { topic: 't', n: '1' }, value: 1.5, raw: raw[0] },
    { alert_id: '5', rule: '', labels: {}, value: null, raw: raw[1] },
  ]);
});

it('keeps every row when the queues are taken away and made anew', async () => {
  const before = await clickhouse.rowCounts();
  const text = await readFile(`clickhouse/${dropQueuesFile}`, 'utf8');
  const drop = renderTemplates([{ name: dropQueuesFile, text }], { database: 'streamlab' }).flatMap((file) =>
    splitStatements(file, 'clickhouse'),
  );
  await clickhouse.run(drop);
  expect(await clickhouse.queues()).toEqual([]);
  await clickhouse.run(await ddl());
  expect(await clickhouse.queues()).toHaveLength(4);
  expect(await clickhouse.rowCounts()).toEqual(before);
});

it('names file and line of a statement that ClickHouse refuses', async () => {
  const statement = { file: 'clickhouse/02-agg-1m.sql', line: 7, sql: 'CREATE TABEL x' };
  await expect(clickhouse.run([statement])).rejects.toMatchObject({
    code: 'INVALID_SQL',
    message: expect.stringContaining(
      'clickhouse/02-agg-1m.sql line 7: ClickHouse says: Syntax error',
    ) as string,
  });
});

it('says that the tables are missing before the first streamlab up', async () => {
  const other = createClickHouse({ ...connections.clickhouse, database: 'nowhere' });
  await expect(all(other.aggregates())).rejects.toMatchObject({
    code: 'SERVICE_FAILED',
    suggestions: ['streamlab up creates the tables of a lab.'],
  });
  await other.close();
});

it('says that ClickHouse does not answer', async () => {
  const nobody = createClickHouse({ ...connections.clickhouse, url: 'http://127.0.0.1:1' });
  await expect(nobody.rowCounts()).rejects.toMatchObject({ code: 'SERVICE_UNREACHABLE' });
  await nobody.close();
});
