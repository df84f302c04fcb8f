import { expect, test } from 'vitest';
import {
  dispatchStep,
  newDispatchState,
  type DispatchInput,
  type DispatchNews,
  type DispatchSettings,
  type DispatchState,
} from '../../../src/domain/alerts/dispatcher.js';
import { newsLine } from '../../../src/domain/alerts/log-line.js';
import { alertRecordSchema, type AlertRecord } from '../../../src/domain/alerts/record.js';
import {
  alertsSeen,
  dispatcherHeader,
  lettersSeen,
  type AlertSeen,
} from '../../../src/domain/alerts/topic-records.js';
import { notificationSchema } from '../../../src/domain/notify/notification.js';
import { minute, MINUTE, rules, T0 } from './support.js';

const lagRule = 'name: lag, kind: consumer_lag, above: 60s, severity: critical, cooldown: 0s';

/** The pure half of `alerts run`: each state goes through JSON, as the file does. */
class Dispatch {
  state: DispatchState;
  readonly news: DispatchNews[] = [];

  constructor(private readonly settings: Partial<DispatchSettings> = {}) {
    this.state = newDispatchState(0);
  }

  give(input: DispatchInput, nowMs = T0): DispatchNews[] {
    const settings = { rules: rules(lagRule), replaced: new Map(), windowMs: MINUTE, link: undefined };
    const step = dispatchStep(this.state, input, { ...settings, ...this.settings }, nowMs);
    this.state = JSON.parse(JSON.stringify(step.state)) as DispatchState;
    this.news.push(...step.news);
    return step.news;
  }

  lags(seconds: Record<string, number>, at = T0): void {
    const lags = Object.entries(seconds).map(([group, each]) => ({ group, seconds: each }));
    const none = {
      jobId: null,
      watermark: null,
      newestRecordAt: null,
      checkpointsFailed: null,
      restarts: null,
    };
    this.give({ kind: 'sample', sample: { at, lags, ...none } }, at);
  }

  told(): string[] {
    return this.state.toTell.map(({ status, rule }) => `${status} ${rule}`);
  }
}

let offset = 0;
function written(changes: Partial<AlertRecord> = {}, isOwn = false): AlertSeen {
  const record = alertRecordSchema.parse({
    alert_id: 'flink-share/1',
    rule: 'flink-share',
    severity: 'warning',
    status: 'firing',
    summary: '8% of the records',
    fired_at: T0,
    ...changes,
  });
  return { partition: 0, offset: offset++, isOwn, record };
}
const topic = (...alerts: AlertSeen[]): DispatchInput => ({ kind: 'alerts', alerts });

test('what fires is to be told and to be written, under one id', () => {
  const run = new Dispatch({ link: 'http://127.0.0.1:4000/' });
  run.lags({ flink: 90 });
  const [notification] = run.state.toTell;
  const [record] = run.state.toWrite;
  expect(notificationSchema.parse(notification)).toMatchObject({
    ...{ rule: 'lag', status: 'firing', severity: 'critical', value: 90, unit: 'seconds' },
    ...{ band: { low: null, high: 60 }, labels: { group: 'flink' }, link: 'http://127.0.0.1:4000/' },
  });
  expect(alertRecordSchema.parse(record)).toMatchObject({ status: 'firing', value: 90, fired_at: T0 });
  expect(notification?.id).toBe(record?.alert_id);
});

test('alerts of one rule that fire together are told together, and written one by one', () => {
  const run = new Dispatch();
  run.lags({ flink: 90, clickhouse: 120, other: 1 });
  expect(run.told()).toEqual(['firing lag']);
  expect(run.state.toTell[0]?.summary).toMatch(
    /^2 alerts:\n• .*flink.*\n• .*clickhouse|clickhouse.*\n• .*flink/,
  );
  expect(run.state.toWrite).toHaveLength(2);
});

test('what is silenced is written, and not told', () => {
  const run = new Dispatch();
  const silence = { rule: 'lag', labels: {}, from: 0, until: minute(10), comment: '' };
  run.give({ kind: 'silences', silences: [silence] });
  run.lags({ flink: 90 });
  expect(run.told()).toEqual([]);
  expect(run.state.toWrite).toMatchObject([{ silenced: true }]);
  run.give({ kind: 'tick' }, minute(10));
  expect(run.told()).toEqual(['firing lag']);
});

test('what a killed process wrote is not written again', () => {
  const run = new Dispatch();
  run.lags({ flink: 90, clickhouse: 90 });
  const [first, second] = run.state.toWrite;
  run.give(topic(written({ ...first }, true)));
  expect(run.state.toWrite).toEqual([second]);
});

test('an alert of somebody else is told once that it fires, and once that it resolved, however often it is read', () => {
  const run = new Dispatch();
  const firing = [written(), written()];
  const resolved = [written({ status: 'resolved', resolved_at: minute(1) }), written({ status: 'resolved' })];
  for (const alerts of [firing, firing, resolved, resolved]) run.give(topic(...alerts));
  expect(run.told()).toEqual(['firing flink-share', 'resolved flink-share']);
  expect(run.state.toWrite).toEqual([]);
  expect(run.state.toTell[1]).toMatchObject({ firedAt: T0, resolvedAt: minute(1) });
});

test('an alert that resolves, and whose firing nobody was told, is not told', () => {
  const run = new Dispatch();
  run.give(topic(written({ status: 'resolved' })));
  expect(run.told()).toEqual([]);
});

test('what a rule of ours replaces is held, and the log says why', () => {
  const run = new Dispatch({ replaced: new Map([['flink-share', 'dead-letter-spike']]) });
  const [held] = run.give(topic(written(), written({ status: 'resolved' })));
  expect(run.told()).toEqual([]);
  expect(held && newsLine(held, T0)).toMatch(
    /HELD .*flink-share.*not sent, as the rule dead-letter-spike replaces it/,
  );
});

test('an alert of somebody else that is silenced is told when the silence ends, if it fires still', () => {
  const run = new Dispatch();
  const silence = { rule: '*', labels: {}, from: 0, until: minute(5), comment: '' };
  run.give({ kind: 'silences', silences: [silence] });
  run.give(
    topic(written({ alert_id: 'a', labels: { n: '1' } }), written({ alert_id: 'b', labels: { n: '2' } })),
  );
  run.give(topic(written({ alert_id: 'b', labels: { n: '2' }, status: 'resolved' })), minute(1));
  run.give({ kind: 'tick' }, minute(4));
  expect(run.told()).toEqual([]);
  run.give({ kind: 'tick' }, minute(5));
  expect(run.state.toTell.map(({ id, status }) => `${status} ${id}`)).toEqual(['firing a']);
});

test('the same alert of somebody else is not told again within five minutes of its end, and then if it fires still', () => {
  const run = new Dispatch();
  run.give(topic(written({ alert_id: '1' }), written({ alert_id: '1', status: 'resolved' })));
  run.give(topic(written({ alert_id: '2' })), minute(1));
  run.give({ kind: 'tick' }, minute(4));
  expect(run.told()).toEqual(['firing flink-share', 'resolved flink-share']);
  run.give({ kind: 'tick' }, minute(5));
  expect(run.told()).toEqual(['firing flink-share', 'resolved flink-share', 'firing flink-share']);
});

test('whoever never resolves anything does not fill the memory', () => {
  const run = new Dispatch();
  run.give(topic(...Array.from({ length: 1_500 }, (_, n) => written({ alert_id: `id-${String(n)}` }))));
  expect(Object.keys(run.state.foreign.open)).toHaveLength(1_000);
  expect(run.state.foreign.open['id-1499']).toBeDefined();
});

test('a record that is no alert is skipped, named by its place, and the next is read', () => {
  const run = new Dispatch();
  const value = (text: string) => Buffer.from(text);
  const base = { partition: 0, timestampMs: T0, key: null, headers: [] };
  const good = JSON.stringify(written().record);
  const alerts = alertsSeen([
    { ...base, offset: 900_000, value: value('{"rule":') },
    { ...base, offset: 900_001, value: null },
    { ...base, offset: 900_002, value: value(good) },
    { ...base, offset: 900_003, value: value('no JSON'), headers: [[dispatcherHeader, value('1')]] },
  ]);
  const news = run.give(topic(...alerts));
  expect(news.map((each) => newsLine(each, T0)).filter((line) => line !== undefined)).toEqual([
    expect.stringMatching(/SKIPPED .*0:900000/),
    expect.stringMatching(/SKIPPED .*0:900001/),
  ]);
  expect(run.told()).toEqual(['firing flink-share']);
});

test('hostile text of an alert of somebody else moves no cursor', () => {
  const run = new Dispatch({ replaced: new Map([['x\u001b[2J', 'ours']]) });
  const [held] = run.give(topic(written({ rule: 'x\u001b[2J', summary: '\u001b]0;owned\u0007\n' })));
  expect(held && newsLine(held, T0)).not.toMatch(/\p{Cc}/u);
});

test('a dead letter that a replay brought back is not counted as one more of its minute', () => {
  const letter = (offset: number, rest: object) => ({
    ...{ partition: 0, offset, timestampMs: minute(9), key: null, headers: [] },
    value: Buffer.from(
      JSON.stringify({
        ...{ reason: 'malformed_json', source_topic: 'events.raw.v1', source_partition: 0, source_offset: 7 },
        ...{ source_timestamp: minute(3), ...rest },
      }),
    ),
  });
  const seen = lettersSeen([letter(0, {}), letter(1, { replay_id: 'r-1', attempt: 2 }), letter(2, {})]);
  expect(seen.map(({ offset, at }) => [offset, at])).toEqual([
    [0, minute(3)],
    [2, minute(3)],
  ]);
});
