import { describe, expect, it } from 'vitest';
import { replayOrigin } from '../../../src/domain/dlq/contract.js';
import { Journal, type JournalEntry, type ReplayRecord } from '../../../src/domain/dlq/journal.js';
import { ReplayCount, type SkippedLetter } from '../../../src/domain/dlq/replay-count.js';
import { ReplayEffect } from '../../../src/domain/dlq/replay-effect.js';
import { newReplayId } from '../../../src/domain/dlq/replay-id.js';
import type { Send } from '../../../src/domain/dlq/replay-plan.js';
import { entryOf, journalRecord, rawRecord, summaryRecord } from '../../../src/domain/dlq/replay-records.js';
import type { JudgedEvent } from '../../../src/domain/reason.js';
import { letter } from './support.js';

const event: JudgedEvent = {
  eventId: '00000000-0000-4000-8000-000000000001',
  eventType: 'order_placed',
  eventTimeMs: 61_000,
  channel: 'web',
  revenueCents: 1_250,
};
const send: Send = {
  key: null,
  value: new Uint8Array([1]),
  attempt: 2,
  event,
  repaired: true,
  forced: true,
  mayBeCounted: false,
};

it('an id of a replay says when it began, and is no path', () => {
  expect(newReplayId(Date.UTC(2026, 0, 31, 9, 5, 7, 123), 0xaf)).toBe('r-20260131T090507Z-00af');
});

describe('the records of a replay', () => {
  const place = { partition: 3, offset: 2 ** 40 };

  it('say where the event comes from, as the job and verify read it', () => {
    const { headers, key, value } = rawRecord('r-1', place, send);
    const bytes = headers.map(([name, text]) => [name, new TextEncoder().encode(text)] as const);
    expect(replayOrigin(bytes)).toMatchObject({ replayId: 'r-1', dlqPartition: 3, dlqOffset: 2 ** 40 });
    expect(headers[1]).toEqual(['streamlab-replay-attempt', '2']);
    expect([key, value]).toEqual([send.key, send.value]);
  });

  it('are read back by the journal, with what came before', () => {
    const before: JournalEntry = {
      replay_id: 'r-0',
      attempt: 1,
      replayed_at: 5,
      earlier: [{ replay_id: 'r-00', attempt: 1, replayed_at: 1 }],
    };
    const entry = entryOf('r-1', send, 7, before);
    expect(entry.earlier).toEqual([
      { replay_id: 'r-00', attempt: 1, replayed_at: 1 },
      { replay_id: 'r-0', attempt: 1, replayed_at: 5 },
    ]);
    const summary: ReplayRecord = {
      state: 'running',
      started_at: 1,
      updated_at: 2,
      selection: '--since 1h',
      fix: null,
      forced: true,
      ...new ReplayCount().asRecord(),
    };
    const journal = new Journal();
    journal.add(journalRecord(place, entry));
    journal.add(summaryRecord('r-1', summary));
    expect(journal.at(place)).toEqual({ replayId: 'r-1', attempt: 2, repaired: true, forced: true });
    expect(journal.past.get('r-1')).toEqual(summary);
    expect(journal.unreadable).toBe(0);
  });

  it('of an ordinary replay say no more than they must', () => {
    const plain = entryOf('r-1', { ...send, repaired: false, forced: false }, 7, undefined);
    expect(Object.keys(plain)).toEqual(['replay_id', 'attempt', 'replayed_at', 'event_id']);
  });
});

describe('what a replay did', () => {
  it('adds up, and names the letters that somebody should look at', () => {
    const all: SkippedLetter[] = [];
    const count = new ReplayCount((skipped) => all.push(skipped));
    count.sent({ repaired: true, forced: false });
    count.sent({ repaired: false, forced: true });
    count.skipped.filtered = 7;
    const at = (offset: number) => ({ partition: 0, offset });
    for (let i = 0; i < 30; i++)
      count.skip(at(i), letter({ reason: 'future_event' }), { skip: 'unrepairable', why: 'x' });
    count.skip(at(99), letter(), { skip: 'alreadyReplayed', why: 'y' });
    count.skip(at(98), undefined, { skip: 'unreadable', why: 'z' });
    expect(all).toHaveLength(32);
    expect(all.at(-1)).toEqual({
      partition: 0,
      offset: 98,
      event_id: null,
      reason: null,
      skipped: 'unreadable',
      why: 'z',
    });
    expect(count.asRecord()).toEqual({
      matched: 34,
      replayed: 2,
      repaired: 1,
      skipped: {
        alreadyReplayed: 1,
        filtered: 7,
        unrepairable: 30,
        tooManyAttempts: 0,
        alreadyCounted: 0,
        unreadable: 1,
      },
    });
    expect(count.stay).toHaveLength(20);
    expect(count.stay[0]).toMatchObject({ offset: 0, reason: 'future_event', skipped: 'unrepairable' });
  });
});

describe('the effect of a replay', () => {
  it('is each total before and after, to the cent, over all contributions', () => {
    const effect = new ReplayEffect();
    effect.add(event);
    effect.add({ ...event, revenueCents: 1 });
    effect.add({ ...event, eventType: 'order_refunded', revenueCents: -500, eventTimeMs: 119_999 });
    effect.add({ ...event, eventType: 'page_view', revenueCents: 0, eventTimeMs: 0, channel: 'unknown' });
    const total = { windowStart: 60_000, eventType: 'order_placed', channel: 'web' };
    const { totals, ...sums } = effect.summary([
      { ...total, contribution: 'on_time', events: 10, cents: 1_999 },
      { ...total, contribution: 'replay:r-0', events: 1, cents: 1 },
      { ...total, channel: 'ios', contribution: 'late', events: 5, cents: 5 },
    ]);
    expect(sums).toEqual({ windows: 2, events: 4, revenue: '7.51', totalsCount: 3 });
    expect(totals).toEqual([
      {
        windowStart: 0,
        eventType: 'page_view',
        channel: 'unknown',
        events: { before: 0, after: 1 },
        revenue: { before: '0.00', after: '0.00' },
      },
      { ...total, events: { before: 11, after: 13 }, revenue: { before: '20.00', after: '32.51' } },
      {
        ...total,
        eventType: 'order_refunded',
        events: { before: 0, after: 1 },
        revenue: { before: '0.00', after: '-5.00' },
      },
    ]);
  });
});
