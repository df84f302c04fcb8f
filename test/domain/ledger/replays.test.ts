import { describe, expect, it } from 'vitest';
import {
  balance,
  dedupeHorizonMs,
  payloadOf,
  PipelineModel,
  start,
  type EventSpec,
} from './pipeline-model.js';

const order: EventSpec = {
  id: 1,
  type: 'order_placed',
  channel: 'web',
  minute: 0,
  cents: 1_050,
  partition: 0,
};

describe('replays of a too-late event', () => {
  it('counts a replayed too-late event once, and its original under duplicates', () => {
    const model = new PipelineModel();
    model.event(order, 'too_late');
    model.replay(0, 'r1');
    expect(balance(model.stations())).toMatchObject({
      ok: true,
      raw: { records: 2, duplicates: 1, superseded: 1, uniqueEvents: 1 },
      aggregated: { onTime: 0, late: 0, replayed: 1, revenue: '10.50' },
      dlq: { total: 1, outstanding: 0, replayed: 1, tooLateOutstanding: 0 },
    });
  });

  it('names a forced second replay of one dead letter, and finds nothing else', () => {
    const model = new PipelineModel();
    model.event(order, 'too_late');
    model.replay(0, 'r1');
    model.replay(0, 'r2');
    expect(balance(model.stations())).toMatchObject({
      ok: false,
      unaccounted: 0,
      doubleCounted: 1,
      forced: { events: 1, revenue: '10.50', replays: 1 },
      raw: { records: 3, duplicates: 2, uniqueEvents: 1 },
      aggregated: { replayed: 2, revenue: '21.00' },
      mismatches: [
        {
          hop: 'raw-aggregates',
          field: 'events',
          expected: 0,
          actual: 1,
          sentence:
            'replay r2 was forced: somebody had it count 1 event (revenue 10.50) again, which replay r1 had counted',
        },
      ],
    });
  });

  it('names every replay by which it was forced', () => {
    const model = new PipelineModel();
    model.event(order, 'too_late');
    for (const replay of ['r1', 'r2', 'r3']) model.replay(0, replay);
    const result = balance(model.stations());
    expect(result).toMatchObject({ doubleCounted: 2, forced: { events: 2, revenue: '21.00', replays: 2 } });
    expect(result.mismatches.map(({ sentence }) => sentence.slice(0, 20))).toEqual([
      'replay r2 was forced',
      'replay r3 was forced',
    ]);
  });

  it('takes a record of a forced replay written twice for a duplicate', () => {
    const model = new PipelineModel();
    model.event(order, 'too_late');
    model.replay(0, 'r1');
    const { headers } = model.replay(0, 'r2');
    model.write(payloadOf(order), 0, { headers });
    expect(balance(model.stations())).toMatchObject({ doubleCounted: 1, mismatchesTotal: 1 });
  });

  it('counts a repeat beyond the dedupe horizon for itself, and once', () => {
    const model = new PipelineModel();
    model.event(order, 'on_time');
    const timestampMs = start + 600_000 + dedupeHorizonMs + 1;
    model.deadLetter(model.write(payloadOf(order), 0, { timestampMs }), 'too_late');
    model.replay(0, 'r1');
    expect(balance(model.stations())).toMatchObject({
      ok: true,
      raw: { uniqueEvents: 2, superseded: 1 },
      dlq: { replayed: 1, tooLateOutstanding: 0 },
    });
    model.replay(0, 'r2');
    expect(balance(model.stations())).toMatchObject({
      doubleCounted: 1,
      mismatchesTotal: 1,
      forced: { events: 1 },
    });
  });

  it('does not call a letter repaired whose record it cannot compare', () => {
    const model = new PipelineModel();
    model.event(order, 'too_late');
    model.replay(0, 'r1');
    const stations = model.stations();
    stations.raw.shift();
    expect(balance(stations).dlq).toMatchObject({ replayed: 0, repaired: 0 });
    model.invalid('{', 1);
    model.replay(1, 'r2', '{');
    const without = model.stations();
    without.raw = without.raw.filter(({ partition, offset }) => partition !== 1 || offset !== 0);
    expect(balance(without).dlq).toMatchObject({ replayed: 2, repaired: 0 });
  });

  it('lets no replay of another event stand for a too-late one', () => {
    const model = new PipelineModel();
    model.event(order, 'too_late');
    model.replay(0, 'r1', payloadOf({ ...order, id: 2 }));
    expect(balance(model.stations())).toMatchObject({
      ok: true,
      raw: { records: 2, duplicates: 0, uniqueEvents: 2 },
      aggregated: { replayed: 1 },
      dlq: { outstanding: 1, replayed: 0, tooLateOutstanding: 1 },
    });
    model.replay(0, 'r2');
    expect(balance(model.stations())).toMatchObject({
      ok: true,
      aggregated: { replayed: 2 },
      dlq: { replayed: 1, tooLateOutstanding: 0 },
    });
  });

  it('keeps a too-late event waiting when its replay was broken on the way', () => {
    const model = new PipelineModel();
    model.event(order, 'too_late');
    model.replay(0, 'r1', '{"broken":');
    expect(balance(model.stations())).toMatchObject({
      ok: true,
      raw: { records: 2, malformed: 1, uniqueEvents: 1 },
      dlq: { total: 2, outstanding: 1, tooLateOutstanding: 1 },
    });
  });

  it('takes a record of the same replay written twice for a duplicate', () => {
    const model = new PipelineModel();
    model.event(order, 'too_late');
    const replay = model.replay(0, 'r1');
    model.write(payloadOf(order), 0, { headers: replay.headers });
    expect(balance(model.stations())).toMatchObject({ ok: true, raw: { duplicates: 2, uniqueEvents: 1 } });
  });

  it('follows a replay that is dead-lettered again and repaired in the second round', () => {
    const model = new PipelineModel();
    model.event(order, 'too_late');
    model.replay(0, 'r1', '{"broken":');
    model.replay(1, 'r2', payloadOf(order));
    expect(balance(model.stations())).toMatchObject({
      ok: true,
      raw: { records: 3, malformed: 1, duplicates: 1, uniqueEvents: 1 },
      dlq: { total: 2, outstanding: 0, replayed: 2 },
      aggregated: { replayed: 1 },
    });
  });

  it('misses a replayed event that was not counted', () => {
    const model = new PipelineModel();
    model.event(order, 'too_late');
    const stations = model.stations();
    model.replay(0, 'r1');
    expect(balance({ ...stations, raw: model.stations().raw })).toMatchObject({
      ok: false,
      unaccounted: 1,
      doubleCounted: 0,
    });
  });
});

describe('replays of invalid records', () => {
  const broken = (spec: EventSpec) => payloadOf(spec).replace('"user_id":"u",', '');

  it('count what they were repaired to, and a letter that was repaired is one', () => {
    const model = new PipelineModel();
    model.invalid(broken(order), 0);
    model.replay(0, 'r1', payloadOf(order));
    expect(balance(model.stations())).toMatchObject({
      ok: true,
      raw: { records: 2, invalid: 1, duplicates: 0, uniqueEvents: 1 },
      dlq: { outstanding: 0, replayed: 1, repaired: 1 },
    });
  });

  it('that are invalid again are the next attempt, and wait', () => {
    const model = new PipelineModel();
    model.invalid(broken(order), 0);
    model.replay(0, 'r1');
    model.replay(1, 'r2', payloadOf(order));
    expect(model.letters.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(balance(model.stations())).toMatchObject({
      ok: true,
      dlq: { total: 2, replayed: 2, repaired: 1 },
    });
  });

  it('of one event count twice under two ids, which is named', () => {
    const model = new PipelineModel();
    model.invalid(broken(order), 0);
    model.invalid(broken(order), 0);
    model.replay(0, 'r1', payloadOf(order));
    model.replay(1, 'r2', payloadOf(order));
    expect(balance(model.stations())).toMatchObject({
      ok: false,
      unaccounted: 0,
      doubleCounted: 1,
      forced: { events: 0 },
      mismatches: [
        {
          expected: 1,
          actual: 2,
          eventType: 'order_placed',
          sentence:
            'window 2026-01-01T00:00Z order_placed web: event 00000000-0000-4000-8000-000000000001 is counted ' +
            '2 times, by replays r1, r2; raw 0:3 is one too many',
        },
      ],
    });
  });

  it('of one event count once in one replay', () => {
    const model = new PipelineModel();
    model.invalid(broken(order), 0);
    model.invalid(broken(order), 0);
    model.replay(0, 'r1', payloadOf(order));
    model.replay(1, 'r1', payloadOf(order));
    expect(balance(model.stations())).toMatchObject({
      ok: true,
      raw: { invalid: 2, duplicates: 1, uniqueEvents: 1 },
      dlq: { replayed: 2 },
    });
  });

  it('count an event twice whose correct version was counted besides', () => {
    const model = new PipelineModel();
    model.invalid(broken(order), 0);
    model.event(order, 'late');
    model.replay(0, 'r1', payloadOf(order));
    const { mismatches, doubleCounted } = balance(model.stations());
    expect(doubleCounted).toBe(1);
    expect(mismatches).toMatchObject([{ expected: 1, actual: 2 }]);
    expect(mismatches[0]?.sentence).toContain('counted 2 times, on time or late, and by replay r1');
  });

  it('count an event once that waits too late in another letter', () => {
    const model = new PipelineModel();
    model.invalid(broken(order), 0);
    model.event(order, 'too_late');
    model.replay(0, 'r1', payloadOf(order));
    expect(balance(model.stations())).toMatchObject({
      ok: true,
      raw: { uniqueEvents: 1, superseded: 1 },
      dlq: { outstanding: 1, tooLateOutstanding: 0 },
    });
    model.replay(1, 'r2');
    expect(balance(model.stations())).toMatchObject({ doubleCounted: 1, forced: { events: 0 } });
  });

  it('name the event by its id as it is written', () => {
    const model = new PipelineModel();
    const id = 'ABCDEF00-0000-4000-8000-00000000ABCD';
    const payload = payloadOf(order).replace(/"event_id":"[^"]*"/, `"event_id":"${id}"`);
    for (const replay of ['r1', 'r2']) {
      model.invalid('{', 0);
      model.replay(model.letters.length - 1, replay, payload);
    }
    expect(balance(model.stations()).mismatches[0]?.sentence).toContain(`event ${id} is counted`);
  });
});
