import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDashboardQueries } from '../../src/adapters/clickhouse/dashboard-query.js';
import { queues } from '../../src/domain/clickhouse.js';
import {
  aggregate,
  DashboardLab,
  deadLetter,
  millis,
  replayOf,
  replayRun,
  seconds,
  tooLate,
} from './support/dashboard-lab.js';
import { expand, type Surroundings } from './support/grafana.js';
import { describeAlerts } from './support/alerts-suite.js';
import { describeMeasurements } from './support/measurements-suite.js';

// Every query of the dashboards on the real engine with the project's tables. Rows come in through the landing tables,
// as the queues' do.
const minute = 60_000;
/** Start of the newest window, which is open; the three others have been over for a while. */
const open = Math.floor(Date.now() / minute) * minute;
const windows = [open - 5 * minute, open - 4 * minute, open - 3 * minute, open] as const;
const range: Surroundings = { fromMs: windows[0], toMs: open + minute };
const odd = "it's";
const lab = new DashboardLab(range);
const chosen = (choices: Record<string, string[]>): Surroundings => ({ ...range, chosen: choices });

beforeAll(() => lab.start());
afterAll(() => lab.daemon.remove());

it('has queries that neither name the database nor any macro but the documented ones', () => {
  expect(lab.panels.length).toBeGreaterThan(40);
  for (const { sql, name } of [...lab.panels, ...lab.variables]) {
    expect(sql, name).not.toMatch(/streamlab\./);
    expect(() => expand(sql, range), name).not.toThrow();
  }
});

describe('before the first record', () => {
  it('every query runs, and gives nothing rather than a wrong figure', async () => {
    const figures = new Map<string, unknown>();
    for (const query of [...lab.panels, ...lab.variables]) {
      const { columns, rows } = await lab.run(query);
      if (columns.length === 1 && rows.length === 1) figures.set(query.name, Object.values(rows[0]!)[0]);
      else if (query.name === 'Outstanding over time') expect(rows.at(-1)?.outstanding).toBe('0');
      else if (!query.name.startsWith("Lag of ClickHouse's")) expect(rows, query.name).toEqual([]);
    }
    expect(Object.fromEntries(figures)).toEqual({
      Events: '0',
      Revenue: '0',
      Orders: '0',
      'Added by replays': '0',
      'Share late': null,
      Complete: null,
      Outstanding: '0',
      Unreadable: '0',
      'Newest result': null,
      'Unread by the job': null,
      'Lag of the job': null,
      'Watermark lag': null,
      'End to end': null,
      'Newest checkpoint': null,
      'Failed checkpoints': null,
      'Dead letters': '0',
      Replayed: '0',
      'Came back': '0',
      'Oldest outstanding': null,
    });
  });

  it('lists every queue; without a broker what is left to read is not known, which is not 0', async () => {
    const { columns, rows } = await lab.run(lab.named("Lag of ClickHouse's Kafka queues"));
    expect(columns.map(({ name }) => name)).toEqual([
      'queue',
      'partitions',
      'to_read',
      'to_commit',
      'last_poll',
      'exception',
    ]);
    expect(rows).toMatchObject(
      queues
        .map(({ table }) => ({ queue: table, partitions: '0', to_read: null, to_commit: null }))
        .sort((a, b) => a.queue.localeCompare(b.queue)),
    );
  });
});

describe('with records', () => {
  const letters = [
    tooLate(windows[0] - 1, windows[1], 'web'),
    tooLate(windows[0], windows[0] + 1, 'web'),
    tooLate(windows[0] + 59_999, windows[0] + 5),
    deadLetter(windows[0] + 30_000, 'malformed_json'),
    tooLate(windows[2], windows[1] + 59_999, 'ios'),
    deadLetter(windows[2] + 1_000, 'malformed_json', { attempt: 2, payload: '\u001b[31m<b>' }),
  ] as const;

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
    await lab.insert('agg_1m_landing', records);
    // Read twice, and an older state of a key after a newer one: nothing may change.
    await lab.insert('agg_1m_landing', records.slice(3));
    await lab.insert('agg_1m_landing', [{ ...records[1], events: 1, kafka_offset: 0 }]);
    await lab.insert('dlq_landing', letters);
    await lab.insert('dlq_landing', letters);
    const journal = [
      replayRun('r1', 'running', windows[1], {
        matched: 3,
        replayed: 1,
        repaired: 0,
        skipped: { filtered: 7, alreadyReplayed: 1, unrepairable: 1 },
      }),
      replayOf(letters[2], 'r1', windows[1] + 10_000),
      replayOf(letters[3], 'r2', windows[2]),
    ];
    await lab.insert('dlq_replays_landing', journal);
    await lab.insert('dlq_replays_landing', journal);
    const unreadable = { error: 'Cannot parse', raw_message: '{', kafka_topic: 'a', kafka_partition: 0 };
    await lab.insert('agg_1m_landing', [{ ...unreadable, kafka_offset: 900 }]);
    await lab.insert('agg_1m_landing', [{ ...unreadable, kafka_offset: 900 }]);
  });

  it('counts the windows that begin in the time range, and adds money to the cent', async () => {
    expect(await lab.value('Events')).toBe('61');
    expect(await lab.value('Orders')).toBe('53');
    expect(await lab.value('Revenue')).toBe('90071992547409.79');
    expect((await lab.run(lab.named('Revenue'))).columns[0]?.type).toMatch(/^Decimal\(38, 2\)/);
    expect(await lab.value('Share late')).toBe(2 / 61);
    expect(await lab.value('Added by replays')).toBe('9');
    expect(await lab.rows('Revenue by channel')).toEqual([
      { channel: 'web', revenue: '90071992547409.76' },
      { channel: 'ios', revenue: '0.03' },
      { channel: odd, revenue: '0' },
    ]);
  });

  it('follows the filters, also where a value has a quote in it', async () => {
    expect(await lab.value('Events', chosen({ event_type: ['page_view'] }))).toBe('7');
    expect(await lab.value('Events', chosen({ channel: [odd, 'ios'] }))).toBe('10');
    const both = chosen({ event_type: ['order_placed', 'page_view'], channel: ['web'] });
    expect(await lab.value('Events', both)).toBe('50');
    expect(await lab.value('Revenue', chosen({ event_type: ['order_refunded'] }))).toBe('-7.25');
    const views = chosen({ event_type: ['page_view'] });
    expect(await lab.rows('Events per minute', views)).toEqual([
      { time: millis(windows[2]), on_time: '7', late: '0', replayed: '0' },
    ]);
    expect(await lab.rows('Delay of windows', views)).toEqual([{ time: millis(windows[2]), delay_s: 2 }]);
  });

  it('shows events and money per minute by contribution, all replays as one; by type, by channel, as orders', async () => {
    expect(await lab.rows('Events per minute')).toEqual([
      { time: millis(windows[0]), on_time: '13', late: '2', replayed: '0' },
      { time: millis(windows[1]), on_time: '21', late: '0', replayed: '9' },
      { time: millis(windows[2]), on_time: '15', late: '0', replayed: '0' },
      { time: millis(open), on_time: '1', late: '0', replayed: '0' },
    ]);
    expect(await lab.rows('Revenue per minute')).toEqual([
      { time: millis(windows[0]), on_time: '90071992547409.94', late: '0.1', replayed: '0' },
      { time: millis(windows[1]), on_time: '-2.25', late: '0', replayed: '0.5' },
      { time: millis(windows[2]), on_time: '1', late: '0', replayed: '0' },
      { time: millis(open), on_time: '0.5', late: '0', replayed: '0' },
    ]);
    const third = (rows: Record<string, unknown>[]) => rows.filter(({ time }) => time === millis(windows[2]));
    expect(third(await lab.rows('Events per minute by type'))).toEqual([
      { time: millis(windows[2]), event_type: 'order_placed', events: '8' },
      { time: millis(windows[2]), event_type: 'page_view', events: '7' },
    ]);
    expect(third(await lab.rows('Events per minute by channel'))).toEqual([
      { time: millis(windows[2]), channel: odd, events: '7' },
      { time: millis(windows[2]), channel: 'web', events: '8' },
    ]);
    expect((await lab.rows('Orders per minute'))[1]).toEqual({
      time: millis(windows[1]),
      placed: '29',
      refunded: '1',
    });
  });

  it('says how complete windows were at their end and are by now: too-late events wait until they are replayed', async () => {
    expect(await lab.rows('Completeness of windows')).toEqual([
      { time: millis(windows[0]), at_its_end: 13 / 16, by_now: 15 / 16 },
      { time: millis(windows[1]), at_its_end: 21 / 32, by_now: 30 / 32 },
      { time: millis(windows[2]), at_its_end: 1, by_now: 1 },
      { time: millis(open), at_its_end: 1, by_now: 1 },
    ]);
    expect(await lab.value('Complete')).toBe(61 / 64);
    expect(await lab.value('Complete', chosen({ channel: ['ios'] }))).toBe(3 / 4);
    expect(await lab.value('Complete', chosen({ channel: ['unknown'] }))).toBe(null);
  });

  it('says what each replay added, with what the journal knows of it', async () => {
    expect(await lab.rows('What replays added')).toEqual([
      {
        started: millis(windows[1]),
        replay: 'r1',
        windows: '1',
        events: '4',
        revenue: '0.2',
        state: 'running',
        selection: '--since 1h',
      },
      {
        started: null,
        replay: 'r2',
        windows: '1',
        events: '5',
        revenue: '0.3',
        state: null,
        selection: null,
      },
    ]);
  });

  it('counts a dead letter once, in the minute in which it failed, and whether it waits', async () => {
    const malformed = chosen({ reason: ['malformed_json'] });
    expect(await lab.value('Dead letters')).toBe('5');
    expect(await lab.value('Outstanding')).toBe('4');
    expect(await lab.value('Outstanding', malformed)).toBe('1');
    expect(await lab.value('Outstanding', { fromMs: 0, toMs: windows[1] })).toBe('2');
    expect(await lab.value('Replayed')).toBe('2');
    expect(await lab.value('Replayed', { ...malformed, toMs: windows[1] })).toBe('0');
    expect(await lab.value('Came back')).toBe('1');
    expect(await lab.rows('Dead letters per minute by reason')).toEqual([
      { time: seconds(windows[0]), reason: 'malformed_json', dead_letters: '1' },
      { time: seconds(windows[0]), reason: 'too_late', dead_letters: '2' },
      { time: seconds(windows[2]), reason: 'malformed_json', dead_letters: '1' },
      { time: seconds(windows[2]), reason: 'too_late', dead_letters: '1' },
    ]);
    expect(await lab.rows('Outstanding by reason')).toEqual([
      { reason: 'too_late', outstanding: '3' },
      { reason: 'malformed_json', outstanding: '1' },
    ]);
    expect(await lab.rows('Replayed per minute by reason')).toEqual([
      { time: seconds(windows[1]), reason: 'too_late', replayed: '1' },
      { time: seconds(windows[2]), reason: 'malformed_json', replayed: '1' },
    ]);
    const age = Number(await lab.value('Oldest outstanding'));
    expect(age).toBeGreaterThanOrEqual(300);
    expect(age).toBeLessThan(480);
  });

  it('lets the outstanding ones climb with failures and fall with replays; what came before is its beginning', async () => {
    const rows = await lab.rows('Outstanding over time');
    expect(rows.slice(0, 3)).toEqual([
      { time: seconds(windows[0]), outstanding: '4' },
      { time: seconds(windows[1]), outstanding: '3' },
      { time: seconds(windows[2]), outstanding: '4' },
    ]);
    expect(rows.at(-1)?.outstanding).toBe('4');
    const past = { fromMs: windows[1], toMs: windows[1] + minute };
    expect((await lab.rows('Outstanding over time', past))[0]).toEqual({
      time: seconds(windows[1]),
      outstanding: '3',
    });
  });

  it('lists the newest dead letters with what became of them, hostile ones too, and the replays', async () => {
    const rows = await lab.rows('Newest dead letters');
    expect(rows.map(({ place, state }) => [place, state])).toEqual([
      [`0:${letters[5].kafka_offset}`, 'outstanding'],
      [`0:${letters[4].kafka_offset}`, 'outstanding'],
      [`0:${letters[2].kafka_offset}`, 'replayed by r1'],
      [`0:${letters[3].kafka_offset}`, 'replayed by r2'],
      [`0:${letters[1].kafka_offset}`, 'outstanding'],
    ]);
    expect(rows[0]).toMatchObject({ reason: 'malformed_json', attempt: 2, payload: '\u001b[31m<b>' });
    expect(await lab.rows('Replays')).toEqual([
      {
        started: millis(windows[1]),
        replay: 'r1',
        state: 'running',
        matched: '3',
        replayed: '1',
        repaired: '0',
        skipped: '2',
        took_s: 2.5,
        selection: '--since 1h',
        fix: '',
      },
    ]);
  });

  it('shows a record that ClickHouse could not parse, once', async () => {
    expect(await lab.value('Unreadable')).toBe('1');
    expect(await lab.value('Unreadable', { fromMs: windows[0], toMs: windows[1] })).toBe('0');
  });

  it('shows how late windows got their last on-time event, never below 0, and of open windows nothing', async () => {
    // The window that was open when the test began may have ended since.
    const closed = (await lab.rows('Delay of windows')).filter(({ time }) => time !== millis(open));
    expect(closed).toEqual([
      { time: millis(windows[0]), delay_s: 4.5 },
      { time: millis(windows[1]), delay_s: 4.5 },
      { time: millis(windows[2]), delay_s: 42.25 },
    ]);
    const orders = await lab.rows('Delay of windows', chosen({ event_type: ['order_placed'] }));
    expect(orders[1]).toEqual({ time: millis(windows[1]), delay_s: 0 });
  });

  it('knows how old the newest result is', async () => {
    const age = Number(await lab.value('Newest result'));
    expect(age).toBeGreaterThanOrEqual(2);
    expect(age).toBeLessThan(60);
  });

  it('offers the event types, channels and reasons there are', async () => {
    expect(await lab.rows('event_type')).toEqual(
      ['order_placed', 'order_refunded', 'page_view'].map((event_type) => ({ event_type })),
    );
    expect(await lab.rows('channel')).toEqual(['ios', odd, 'web'].map((channel) => ({ channel })));
    expect(await lab.rows('reason')).toEqual(['malformed_json', 'too_late'].map((reason) => ({ reason })));
  });
});

describeMeasurements(lab, range);

it('gives series as the plugin needs them: a time first, in order, numbers after it, text as a label', async () => {
  for (const query of lab.panels.filter(({ format }) => format === 0)) {
    const { columns, rows } = await lab.run(query);
    expect(rows.length, query.name).toBeGreaterThan(0);
    expect(columns[0], query.name).toMatchObject({
      name: 'time',
      type: expect.stringMatching(/^DateTime/) as string,
    });
    const others = columns.slice(1).map(({ type }) => type);
    expect(others.filter((type) => /^(U?Int64|Float64|Decimal)/.test(type)).length).toBeGreaterThan(0);
    expect(others.filter((type) => type.includes('String')).length).toBeLessThan(2);
    expect(rows.map(({ time }) => time)).toEqual(rows.map(({ time }) => time).sort());
  }
});

describe('with ids of a hundred thousand characters', () => {
  const past = { fromMs: windows[0] - 60 * minute, toMs: windows[0] - 50 * minute };
  const long = 'x'.repeat(100_000);

  it('lists the newest dead letters, which are within what the console lets a result have', async () => {
    const more = { event_id: long, event_type: long, payload: long };
    const letters = Array.from({ length: 50 }, (_, i) =>
      deadLetter(past.fromMs + i, 'invalid_field:event_id', more),
    );
    await lab.insert('dlq_landing', letters);
    const queries = createDashboardQueries(lab.connection);
    const sql = expand(lab.named('Newest dead letters').sql, past);
    const bounds = { limitMs: 15_000, signal: new AbortController().signal };
    const { columns, rows } = await queries.run(sql, bounds).finally(() => queries.close());
    expect(rows).toHaveLength(50);
    const id = columns.findIndex(({ name }) => name === 'event_id');
    expect(rows[0]![id]).toBe('x'.repeat(200));
  });
});

describeAlerts(lab, windows);
