import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ReplayEffect } from '../../../src/domain/dlq/replay-effect.js';
import type { Aggregate } from '../../../src/domain/ledger/aggregates.js';
import type { JudgedEvent } from '../../../src/domain/reason.js';

const minute = 60_000;
const event = (more: Partial<JudgedEvent> = {}): JudgedEvent => ({
  eventId: '00000000-0000-4000-8000-000000000001',
  eventType: 'order_placed',
  eventTimeMs: minute,
  channel: 'web',
  revenueCents: 1_050,
  ...more,
});
const total = (more: Partial<Aggregate> = {}): Aggregate => ({
  windowStart: minute,
  eventType: 'order_placed',
  channel: 'web',
  contribution: 'on_time',
  events: 3,
  cents: 1,
  ...more,
});
const refund = event({ eventType: 'order_refunded', revenueCents: -2_000 });

function effect(events: readonly JudgedEvent[]): ReplayEffect {
  const of = new ReplayEffect();
  for (const one of events) of.add(one);
  return of;
}

describe('what a replay changes', () => {
  test('is nothing where nothing is sent', () => {
    expect(effect([]).summary([total()])).toEqual({
      windows: 0,
      events: 0,
      revenue: '0.00',
      totals: [],
      totalsCount: 0,
    });
  });

  test('is the totals of its windows, of all contributions, before and after', () => {
    const events = [event(), event({ eventTimeMs: 2 * minute - 1, revenueCents: 9 }), refund];
    const totals = [
      total(),
      total({ contribution: 'late', events: 1, cents: 20 }),
      total({ contribution: 'replay:r-1', events: 1, cents: -30 }),
      total({ channel: 'ios', events: 99 }),
      total({ windowStart: 0, events: 99 }),
    ];
    expect(effect(events).summary(totals)).toEqual({
      windows: 1,
      events: 3,
      revenue: '-9.41',
      totals: [
        {
          windowStart: minute,
          eventType: 'order_placed',
          channel: 'web',
          events: { before: 5, after: 7 },
          revenue: { before: '-0.09', after: '10.50' },
        },
        {
          windowStart: minute,
          eventType: 'order_refunded',
          channel: 'web',
          events: { before: 0, after: 1 },
          revenue: { before: '0.00', after: '-20.00' },
        },
      ],
      totalsCount: 2,
    });
  });

  test('is told by window, then type, then channel', () => {
    const events = [
      event({ eventTimeMs: 10 * minute, eventType: 'add_to_cart' }),
      event({ eventTimeMs: 9 * minute, channel: 'web' }),
      event({ eventTimeMs: 9 * minute, channel: 'android' }),
      event({ eventTimeMs: 9 * minute, eventType: 'page_view', channel: 'android' }),
    ];
    const { totals, windows, totalsCount } = effect(events).summary([]);
    expect(
      totals.map(({ windowStart, eventType, channel }) => [windowStart / minute, eventType, channel]),
    ).toEqual([
      [9, 'order_placed', 'android'],
      [9, 'order_placed', 'web'],
      [9, 'page_view', 'android'],
      [10, 'add_to_cart', 'web'],
    ]);
    expect([windows, totalsCount]).toEqual([2, 4]);
  });

  test('is the same however often it is asked, and with the events that came since', () => {
    const of = effect([event()]);
    const first = of.summary([total()]);
    expect(of.summary([total()])).toEqual(first);
    of.add(event({ revenueCents: 1 }));
    expect(of.summary([total()]).totals).toMatchObject([
      { events: { before: 3, after: 5 }, revenue: { before: '0.01', after: '10.52' } },
    ]);
  });

  test('names a thousand totals and counts all of them', () => {
    const events = Array.from({ length: 1_001 }, (_, n) => event({ eventTimeMs: n * minute }));
    const { totals, ...counts } = effect(events).summary([]);
    expect(totals).toHaveLength(1_000);
    expect(counts).toEqual({ windows: 1_001, events: 1_001, revenue: '10510.50', totalsCount: 1_001 });
  });

  test('keeps apart so many totals, and sums up all events', () => {
    const of = new ReplayEffect(2);
    for (const n of [0, 1, 2, 3, 0]) of.add(event({ eventTimeMs: n * minute, revenueCents: 1 }));
    const { totals, ...counts } = of.summary([]);
    expect(counts).toEqual({ windows: 2, events: 5, revenue: '0.05', totalsCount: 2 });
    expect(totals.map(({ events }) => events)).toEqual([
      { before: 0, after: 2 },
      { before: 0, after: 1 },
    ]);
  });

  test('is refused where money would not be exact any more', () => {
    const most = event({ revenueCents: Number.MAX_SAFE_INTEGER });
    expect(() => effect([most, event({ revenueCents: 1 })])).toThrow(/cannot be kept exact/);
  });
});

test('every event is in one total, and the sums of before, added and after agree to the cent', () => {
  const place = {
    eventTimeMs: fc.nat(3 * minute),
    eventType: fc.constantFrom('order_placed', 'page_view') as fc.Arbitrary<JudgedEvent['eventType']>,
    channel: fc.constantFrom('web', 'unknown') as fc.Arbitrary<JudgedEvent['channel']>,
    cents: fc.integer({ min: -10_000_000, max: 10_000_000 }),
  };
  fc.assert(
    fc.property(
      fc.array(fc.record(place), { maxLength: 10 }),
      fc.array(fc.record({ ...place, events: fc.nat(9) }), { maxLength: 10 }),
      (sent, there) => {
        const totals = there.map(({ eventTimeMs, ...rest }) =>
          total({ ...rest, windowStart: eventTimeMs - (eventTimeMs % minute) }),
        );
        const of = effect(sent.map(({ cents, ...rest }) => event({ ...rest, revenueCents: cents })));
        const summary = of.summary(totals);
        const centsOf = (text: string): number => Math.round(Number(text) * 100);
        const added = summary.totals.map(({ events, revenue }) => [
          events.after - events.before,
          centsOf(revenue.after) - centsOf(revenue.before),
        ]);
        expect(added.reduce((sum, [events = 0]) => sum + events, 0)).toBe(sent.length);
        const cents = sent.reduce((sum, one) => sum + one.cents, 0);
        expect(added.reduce((sum, [, more = 0]) => sum + more, 0)).toBe(cents);
        expect([summary.events, centsOf(summary.revenue)]).toEqual([sent.length, cents]);
        for (const { windowStart, eventType, channel, events } of summary.totals) {
          const before = totals.filter(
            (one) =>
              one.windowStart === windowStart && one.eventType === eventType && one.channel === channel,
          );
          expect(events.before).toBe(before.reduce((sum, one) => sum + one.events, 0));
        }
      },
    ),
    { numRuns: 50 },
  );
});
