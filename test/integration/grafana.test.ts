import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClickHouse } from '../../src/adapters/clickhouse/clickhouse.js';
import { ddlFiles, ddlValues, queues } from '../../src/domain/clickhouse.js';
import { renderTemplates, splitStatements } from '../../src/domain/template.js';
import { ClickHouseDaemon } from './support/clickhouse-daemon.js';
import {
  expand,
  panelQueries,
  readDashboard,
  variableQueries,
  type DashboardQuery,
  type Surroundings,
} from './support/grafana.js';

// Every query of the dashboard on the real engine with the project's tables. Rows come in through the landing tables,
// as the queues' do.
const database = 'streamlab';
const dashboard = readDashboard('grafana/dashboards/overview.json');
const minute = 60_000;
/** Start of the newest window, which is open; the three others have been over for a while. */
const open = Math.floor(Date.now() / minute) * minute;
const windows = [open - 5 * minute, open - 4 * minute, open - 3 * minute, open] as const;
const range: Surroundings = { fromMs: windows[0], toMs: open + minute };
const odd = "it's";

let daemon: ClickHouseDaemon;

beforeAll(async () => {
  daemon = await new ClickHouseDaemon().start();
  const noBroker = { brokers: ['127.0.0.1:1'] };
  const clickhouse = { url: daemon.url, user: 'default', password: daemon.password, database };
  const values = ddlValues({
    kafka: noBroker,
    kafkaInside: noBroker,
    flink: { restUrl: '', gatewayUrl: '' },
    pages: {},
    clickhouse,
  });
  const files = await Promise.all(
    ddlFiles.map(async (name) => ({ name, text: await readFile(`clickhouse/${name}`, 'utf8') })),
  );
  const client = createClickHouse(clickhouse);
  await client.run(renderTemplates(files, values).flatMap((file) => splitStatements(file, 'clickhouse')));
  await client.close();
});

afterAll(async () => {
  await daemon.remove();
});

interface Result {
  columns: { name: string; type: string }[];
  rows: Record<string, unknown>[];
}

/** Numbers of 64 bits and decimals come as text, as they are exact only so. */
async function run(query: DashboardQuery, surroundings: Surroundings = range): Promise<Result> {
  const exact = 'output_format_json_quote_64bit_integers=1&output_format_json_quote_decimals=1';
  const response = await daemon.post(
    `?database=${database}&${exact}`,
    `${expand(query.sql, surroundings)} FORMAT JSON`,
  );
  const text = await response.text();
  if (!response.ok) throw new Error(`${query.name}: ${text}`);
  const { meta, data } = JSON.parse(text) as { meta: Result['columns']; data: Result['rows'] };
  return { columns: meta, rows: data };
}

function named(name: string): DashboardQuery {
  const found = [...panelQueries(dashboard), ...variableQueries(dashboard)].find(
    (each) => each.name === name,
  );
  if (found === undefined) throw new Error(`the dashboard has no ${name}`);
  return found;
}

const rowsOf = async (name: string, surroundings?: Surroundings): Promise<Result['rows']> =>
  (await run(named(name), surroundings)).rows;

async function insert(table: string, rows: object[]): Promise<void> {
  const body = rows.map((row) => JSON.stringify(row)).join('\n');
  const response = await daemon.post('', `INSERT INTO ${database}.${table} FORMAT JSONEachRow\n${body}`);
  if (!response.ok) throw new Error(await response.text());
}

let offset = 0;
const aggregate = (
  windowStart: number,
  [eventType, channel, contribution]: readonly [string, string, string],
  events: number,
  revenue: string,
  emittedAt = windowStart + minute + 4_500,
) => ({
  window_start: windowStart,
  window_end: windowStart + minute,
  event_type: eventType,
  channel,
  contribution,
  events,
  revenue,
  emitted_at: emittedAt,
  kafka_topic: 'a',
  kafka_partition: 0,
  kafka_offset: (offset += 1),
});

const deadLetter = (at: number, reason: string) => ({
  reason,
  verdict: reason === 'too_late' ? 'too_late' : 'invalid',
  payload: '{}',
  source_topic: 'r',
  source_partition: 0,
  source_offset: 1,
  source_timestamp: at,
  failed_at: at,
  attempt: 1,
  kafka_topic: 'd',
  kafka_partition: 0,
  kafka_offset: (offset += 1),
});

const seconds = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').slice(0, 19);
const millis = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').slice(0, 23);

it('has queries that neither name the database nor any macro but the documented ones', () => {
  const queries = [...panelQueries(dashboard), ...variableQueries(dashboard)];
  expect(queries).toHaveLength(13);
  for (const { sql } of queries) {
    expect(sql).not.toMatch(/streamlab\./);
    expect(() => expand(sql, range)).not.toThrow();
  }
});

describe('before the first record', () => {
  it('every query runs, and gives nothing rather than a wrong figure', async () => {
    for (const query of panelQueries(dashboard).filter(({ format }) => format === 0))
      expect((await run(query)).rows, query.name).toEqual([]);
    for (const query of variableQueries(dashboard)) expect((await run(query)).rows, query.name).toEqual([]);
    expect(await rowsOf('Events')).toEqual([{ events: '0' }]);
    expect(await rowsOf('Revenue')).toEqual([{ revenue: '0' }]);
    expect(await rowsOf('Share late')).toEqual([{ share_late: null }]);
    expect(await rowsOf('Dead letters')).toEqual([{ dead_letters: '0' }]);
    expect(await rowsOf('Unreadable results')).toEqual([{ unreadable: '0' }]);
    expect(await rowsOf('Newest result')).toEqual([{ age_s: null }]);
  });
});

describe('with records', () => {
  beforeAll(async () => {
    const web = ['order_placed', 'web', 'on_time'] as const;
    const records = [
      aggregate(windows[0] - minute, web, 1_000, '1000.00'),
      // A float cannot add these two to the cent.
      aggregate(windows[0], web, 10, '90071992547409.91'),
      aggregate(windows[0], ['order_placed', 'ios', 'on_time'], 3, '0.03'),
      aggregate(windows[0], ['order_placed', 'web', 'late'], 2, '0.10', open - minute),
      aggregate(windows[1], web, 20, '5.00', windows[1] + minute - 1_000),
      aggregate(windows[1], ['order_refunded', 'web', 'on_time'], 1, '-7.25'),
      aggregate(windows[1], ['order_placed', 'web', 'replay:r1'], 4, '0.20'),
      aggregate(windows[1], ['order_placed', 'web', 'replay:r2'], 5, '0.30'),
      aggregate(windows[2], ['page_view', odd, 'on_time'], 7, '0.00', windows[2] + minute + 2_000),
      aggregate(windows[2], web, 8, '1.00', windows[2] + minute + 42_250),
      aggregate(open, web, 1, '0.50', Date.now() - 2_000),
    ];
    await insert('agg_1m_landing', records);
    // Read twice, and an older state of a key after a newer one: nothing may change.
    await insert('agg_1m_landing', records.slice(3));
    await insert('agg_1m_landing', [{ ...records[1], events: 1, kafka_offset: 0 }]);
    const letters = [
      deadLetter(windows[0] - 1, 'too_late'),
      deadLetter(windows[0], 'too_late'),
      deadLetter(windows[0] + 59_999, 'too_late'),
      deadLetter(windows[0] + 30_000, 'malformed_json'),
      deadLetter(windows[2], 'too_late'),
    ];
    await insert('dlq_landing', letters);
    await insert('dlq_landing', letters);
    const unreadable = { error: 'Cannot parse', raw_message: '{', kafka_topic: 'a', kafka_partition: 0 };
    await insert('agg_1m_landing', [{ ...unreadable, kafka_offset: 900 }]);
    await insert('agg_1m_landing', [{ ...unreadable, kafka_offset: 900 }]);
  });

  it('counts the windows that begin in the time range, and adds money to the cent', async () => {
    expect(await rowsOf('Events')).toEqual([{ events: '61' }]);
    expect(await rowsOf('Revenue')).toEqual([{ revenue: '90071992547409.79' }]);
    expect((await run(named('Revenue'))).columns[0]?.type).toMatch(/^Decimal\(38, 2\)/);
    expect(await rowsOf('Share late')).toEqual([{ share_late: 2 / 61 }]);
  });

  it('follows the filters, also where a value has a quote in it', async () => {
    const chosen = (event_type?: string[], channel?: string[]): Surroundings => ({
      ...range,
      chosen: { ...(event_type && { event_type }), ...(channel && { channel }) },
    });
    expect(await rowsOf('Events', chosen(['page_view']))).toEqual([{ events: '7' }]);
    expect(await rowsOf('Events', chosen(undefined, [odd, 'ios']))).toEqual([{ events: '10' }]);
    expect(await rowsOf('Events', chosen(['order_placed', 'page_view'], ['web']))).toEqual([
      { events: '50' },
    ]);
    expect(await rowsOf('Revenue', chosen(['order_refunded']))).toEqual([{ revenue: '-7.25' }]);
    expect(await rowsOf('Events per minute', chosen(['page_view']))).toEqual([
      { time: millis(windows[2]), on_time: '7', late: '0', replayed: '0' },
    ]);
    expect(await rowsOf('Delay of windows', chosen(['page_view']))).toEqual([
      { time: millis(windows[2]), delay_s: 2 },
    ]);
  });

  it('shows events and money per minute by contribution, all replays as one', async () => {
    expect(await rowsOf('Events per minute')).toEqual([
      { time: millis(windows[0]), on_time: '13', late: '2', replayed: '0' },
      { time: millis(windows[1]), on_time: '21', late: '0', replayed: '9' },
      { time: millis(windows[2]), on_time: '15', late: '0', replayed: '0' },
      { time: millis(open), on_time: '1', late: '0', replayed: '0' },
    ]);
    expect(await rowsOf('Revenue per minute')).toEqual([
      { time: millis(windows[0]), on_time: '90071992547409.94', late: '0.1', replayed: '0' },
      { time: millis(windows[1]), on_time: '-2.25', late: '0', replayed: '0.5' },
      { time: millis(windows[2]), on_time: '1', late: '0', replayed: '0' },
      { time: millis(open), on_time: '0.5', late: '0', replayed: '0' },
    ]);
  });

  it('counts a dead letter once, in the minute in which it failed', async () => {
    expect(await rowsOf('Dead letters')).toEqual([{ dead_letters: '4' }]);
    expect(await rowsOf('Dead letters per minute by reason')).toEqual([
      { time: seconds(windows[0]), reason: 'malformed_json', dead_letters: '1' },
      { time: seconds(windows[0]), reason: 'too_late', dead_letters: '2' },
      { time: seconds(windows[2]), reason: 'too_late', dead_letters: '1' },
    ]);
  });

  it('shows a record that ClickHouse could not parse, once', async () => {
    expect(await rowsOf('Unreadable results')).toEqual([{ unreadable: '1' }]);
    const past = { fromMs: windows[0], toMs: windows[1] };
    expect(await rowsOf('Unreadable results', past)).toEqual([{ unreadable: '0' }]);
  });

  it('shows how late windows got their last on-time event, never below 0, and of open windows nothing', async () => {
    // The window that was open when the test began may have ended since.
    const closed = (await rowsOf('Delay of windows')).filter(({ time }) => time !== millis(open));
    expect(closed).toEqual([
      { time: millis(windows[0]), delay_s: 4.5 },
      { time: millis(windows[1]), delay_s: 4.5 },
      { time: millis(windows[2]), delay_s: 42.25 },
    ]);
    const refunds = { ...range, chosen: { event_type: ['order_placed'] } };
    expect((await rowsOf('Delay of windows', refunds))[1]).toEqual({ time: millis(windows[1]), delay_s: 0 });
  });

  it('knows how old the newest result is', async () => {
    const [row] = await rowsOf('Newest result');
    expect(row?.age_s).toBeGreaterThanOrEqual(2);
    expect(row?.age_s).toBeLessThan(60);
  });

  it('offers the event types and channels there are', async () => {
    expect(await rowsOf('event_type')).toEqual(
      ['order_placed', 'order_refunded', 'page_view'].map((event_type) => ({ event_type })),
    );
    expect(await rowsOf('channel')).toEqual(['ios', odd, 'web'].map((channel) => ({ channel })));
  });

  it('gives series as the plugin needs them: a time first, in order, numbers after it, text as a label', async () => {
    for (const query of panelQueries(dashboard).filter(({ format }) => format === 0)) {
      const { columns, rows } = await run(query);
      expect(columns[0]?.type, query.name).toMatch(/^DateTime/);
      expect(columns.filter(({ type }) => /^(UInt64|Float64|Decimal)/.test(type)).length).toBeGreaterThan(0);
      expect(rows.map(({ time }) => time)).toEqual(rows.map(({ time }) => time).sort());
    }
  });
});

it('lists every queue; without a broker what is left to read is not known, which is not 0', async () => {
  const { columns, rows } = await run(named("Lag of ClickHouse's Kafka queues"));
  expect(columns).toEqual([
    { name: 'queue', type: 'String' },
    { name: 'partitions', type: 'UInt64' },
    { name: 'to_read', type: 'Nullable(Int64)' },
    { name: 'to_commit', type: 'Nullable(Int64)' },
    { name: 'last_poll', type: 'DateTime' },
    { name: 'exception', type: 'String' },
  ]);
  expect(rows).toMatchObject(
    queues
      .map(({ table }) => ({ queue: table, partitions: '0', to_read: null, to_commit: null }))
      .sort((a, b) => a.queue.localeCompare(b.queue)),
  );
});
