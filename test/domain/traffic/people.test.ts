import { describe, expect, it } from 'vitest';
import { eventTypes, type RawEvent } from '../../../src/domain/events.js';
import { constant, eventOf, groupBy, planOf, startMs, take } from './support.js';

const bytes = (payload: string): Uint8Array => Buffer.from(payload, 'latin1');

describe('the people', () => {
  const events = take(120_000, {}, { plan: planOf({}, constant(2_000)) }).map(
    ({ payload }) => JSON.parse(payload) as RawEvent,
  );

  it('look, carry, order and send back in the ratios of a shop, from the first second on', () => {
    const shares = (part: typeof events): number[] =>
      eventTypes.map(
        (type) => (100 * part.filter((event) => event.event_type === type).length) / part.length,
      );
    const expected = [80, 12, 4.5, 3, 0.5];
    shares(events).forEach((percent, n) => {
      expect(Math.abs(percent - expected[n]!)).toBeLessThan(0.1 * expected[n]! + 0.1);
    });
    // 2000 events: four standard deviations of a binomial share.
    shares(events.slice(0, 2_000)).forEach((percent, n) => {
      const p = expected[n]! / 100;
      expect(Math.abs(percent - expected[n]!)).toBeLessThan(400 * Math.sqrt((p * (1 - p)) / 2_000) + 0.3);
    });
  });

  it('walk through a session: a cart after a page, a checkout after a cart, an order after a checkout', () => {
    const sessions = groupBy(events, ({ session_id }) => session_id);
    const before: Record<string, string[]> = {
      add_to_cart: ['page_view'],
      checkout_started: ['add_to_cart'],
      order_placed: ['checkout_started'],
      order_refunded: ['order_placed'],
      page_view: ['page_view', 'add_to_cart'],
    };
    let steps = 0;
    for (const session of sessions.values()) {
      expect(new Set(session.map(({ user_id }) => user_id)).size).toBe(1);
      session.slice(1).forEach((event, n) => {
        steps++;
        if (!before[event.event_type]!.includes(session[n]!.event_type))
          expect.fail(`${event.event_type} after ${session[n]!.event_type}`);
      });
    }
    expect(steps).toBeGreaterThan(60_000);
  });

  it('send back the order that they placed, for what they paid', () => {
    const orders = new Map(
      events.flatMap((event) => (event.event_type === 'order_placed' ? [[event.order_id, event]] : [])),
    );
    const refunds = events.flatMap((event) => (event.event_type === 'order_refunded' ? [event] : []));
    const known = refunds.filter((refund) => orders.has(refund.order_id));
    expect(known.length).toBeGreaterThan(50);
    for (const { order_id, amount, user_id } of known)
      expect(orders.get(order_id)).toMatchObject({ amount, user_id });
  });

  it('take their time: half of the next pages come after 12 s at most, some after minutes', () => {
    const sessions = [...groupBy(events, ({ session_id }) => session_id).values()];
    const gaps = sessions
      .flatMap((session) =>
        session.flatMap((event, n) =>
          n > 0 && event.event_type === 'page_view' && event.event_time < startMs + 60_000
            ? [event.event_time - session[n - 1]!.event_time]
            : [],
        ),
      )
      .sort((a, b) => a - b);
    expect(gaps[Math.floor(gaps.length / 2)]).toBeGreaterThan(6_000);
    expect(gaps[Math.floor(gaps.length / 2)]).toBeLessThan(14_000);
  });

  it('are a few very active ones and many others, on three kinds of devices', () => {
    const counts = [...groupBy(events, ({ user_id }) => user_id).values()]
      .map(({ length }) => length)
      .sort((a, b) => b - a);
    const active = counts.slice(0, 100).reduce((sum, n) => sum + n, 0) / events.length;
    expect(active).toBeGreaterThan(0.15);
    expect(active).toBeLessThan(0.3);
    expect(new Set(events.map((event) => ('channel' in event ? event.channel : 'none'))).size).toBe(4);
  });

  it('pay plausible amounts: half below 35.00, none below 0.99', () => {
    const amounts = events
      .flatMap((event) => ('amount' in event ? [event.amount] : []))
      .sort((a, b) => a - b);
    const median = amounts[Math.floor(amounts.length / 2)]!;
    expect(median).toBeGreaterThan(30);
    expect(median).toBeLessThan(40);
    expect(amounts[0]).toBeGreaterThanOrEqual(0.99);
    expect(amounts.at(-1)).toBeLessThan(5_000);
  });
});

describe('clocks and phones', () => {
  it('a skewed clock moves all events of its producer by the same amount', () => {
    const skewed = take(3_000, { clockSkewMs: 9_000, jitterMs: 0 });
    const offsets = new Map<string, Set<number>>();
    for (const { key, eventTimeMs, dueMs } of skewed)
      offsets.set(key!, (offsets.get(key!) ?? new Set()).add(eventTimeMs - Math.floor(dueMs)));
    for (const seen of offsets.values()) expect(seen.size).toBe(1);
    const all = [...new Set([...offsets.values()].flatMap((seen) => [...seen]))].sort((a, b) => a - b);
    expect(all).toEqual([-9_000, -7_000, -5_000, -3_000, -1_000, 1_000, 3_000, 5_000, 7_000, 9_000]);
  });

  it('without jitter events claim the time at which they are due', () => {
    for (const { eventTimeMs, dueMs } of take(500, { jitterMs: 0 }))
      expect(eventTimeMs).toBe(Math.floor(dueMs));
  });

  it('a phone that was off-line sends its events at once, oldest first, as long ago as it was away', () => {
    const mix = { late: { percent: 10, by: { kind: 'offline', minMs: 100_000, maxMs: 200_000 } } } as const;
    const records = take(20_000, mix);
    const old = records.filter(({ eventTimeMs, dueMs }) => dueMs - eventTimeMs > 4_000);
    const groups = [...groupBy(old, ({ index }) => Math.floor(index / 20)).values()];
    expect(groups).toHaveLength(100);
    for (const group of groups) {
      expect(new Set(group.map(({ key }) => key)).size).toBe(1);
      const times = group.map(({ eventTimeMs }) => eventTimeMs);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      expect(group.at(-1)!.index - group[0]!.index).toBeLessThan(20);
    }
    const longest = groups.map((group) => group[0]!.dueMs - group[0]!.eventTimeMs);
    expect(Math.max(...longest)).toBeLessThanOrEqual(200_000);
    expect(Math.min(...longest)).toBeGreaterThan(90_000);
  });
});

describe('where events go', () => {
  it('an idle partition gets nothing, and the rate stays', () => {
    const records = take(5_000, { idlePartitions: [1, 3] });
    expect(records).toHaveLength(5_000);
    expect(new Set(records.map(({ partition }) => partition))).toEqual(new Set([0, 2]));
    for (const record of records) expect(eventOf(record).user_id).toBe(record.key);
  });

  it('a hot key gets its share', () => {
    const records = take(10_000, { hotKeyPercent: 40 });
    const hot = records.filter(({ key }) => key === 'u-9999').length / 100;
    // Its own share, and what the least active user has otherwise.
    expect(hot).toBeGreaterThanOrEqual(40);
    expect(hot).toBeLessThan(40.2);
  });

  it('events are as long as asked for', () => {
    for (const record of take(500, { sizeBytes: 1_000 })) {
      expect(bytes(record.payload)).toHaveLength(1_000);
      eventOf(record);
    }
  });

  it('schema versions are mixed as asked for', () => {
    const records = take(20_000, { v1Percent: 80 });
    const v1 = records.filter((record) => eventOf(record).schema_version === 1).length / 200;
    expect(Math.abs(v1 - 80)).toBeLessThan(1.2);
  });
});
