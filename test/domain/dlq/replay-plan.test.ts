import { describe, expect, it } from 'vitest';
import { CountedIds } from '../../../src/domain/dlq/counted-ids.js';
import { fixOfFlag } from '../../../src/domain/dlq/fix-rules.js';
import type { Replayed } from '../../../src/domain/dlq/journal.js';
import { LetterPayload } from '../../../src/domain/dlq/payload.js';
import {
  planLetter,
  planRepaired,
  type ReadableLetter,
  type Repair,
  type ReplayPolicy,
} from '../../../src/domain/dlq/replay-plan.js';
import { letter } from './support.js';

const id = '00000000-0000-4000-8000-000000000001';
const event = {
  event_id: id,
  event_type: 'order_refunded',
  schema_version: 2,
  event_time: 120_000,
  user_id: 'u-1',
  session_id: 's',
  order_id: 'o',
  amount: 12.5,
  channel: 'web',
};
const policy: ReplayPolicy = {
  rules: [],
  force: false,
  maxAttempts: 3,
  maxFutureSkewMs: 1_000,
  fits: () => true,
};
const fixing: ReplayPolicy = { ...policy, rules: [fixOfFlag('…')] };
const nowMs = 500_000;
const once: Replayed = { replayId: 'r-1', attempt: 1, repaired: false, forced: false };

function found(says: Record<string, unknown> = {}, replayed?: Replayed): ReadableLetter {
  const read = letter({ payload: JSON.stringify(event), ...says });
  return { letter: read, payload: new LetterPayload(read), replayed };
}
const changed = (change: Record<string, unknown>) => ({ payload: JSON.stringify({ ...event, ...change }) });
const plan = (of: ReadableLetter, by = policy) => planLetter(of, by, nowMs);

describe('what came too late', () => {
  it('is sent as it is: the same bytes, the same key', () => {
    const payload = `  ${JSON.stringify({ ...event, unknown: 'é' })}\n`;
    const planned = plan(found({ payload }));
    expect(planned).toMatchObject({
      key: new TextEncoder().encode('u-1'),
      value: new TextEncoder().encode(payload),
      attempt: 1,
      repaired: false,
      forced: false,
      mayBeCounted: false,
      event: { eventId: id, eventTimeMs: 120_000, revenueCents: -1_250, channel: 'web' },
    });
  });

  it('is sent once, unless by force', () => {
    expect(plan(found({}, once))).toEqual({ skip: 'alreadyReplayed', why: 'it was sent by the replay r-1' });
    expect(plan(found({}, once), { ...policy, force: true })).toMatchObject({ attempt: 2, forced: true });
  });

  it('is sent at most so often: attempts of this letter, and of those that it goes back to', () => {
    const force = { ...policy, force: true };
    expect(plan(found({ attempt: 3 }))).toMatchObject({ attempt: 3 });
    expect(plan(found({ attempt: 4 }))).toMatchObject({
      skip: 'tooManyAttempts',
      why: 'it would be attempt 4 of at most 3',
    });
    expect(plan(found({ attempt: 1 }, { ...once, attempt: 3 }), force).skip).toBe('tooManyAttempts');
    expect(plan(found({ attempt: 1 }, { ...once, attempt: 2 }), force)).toMatchObject({ attempt: 3 });
  });

  it('is repaired only by a rule that names it, and stays the same event', () => {
    expect(plan(found(), fixing).skip).toBeUndefined();
    const rules = [{ reasons: ['too_late'], schemaVersions: [], expression: '…', where: 'rules.yaml:3' }];
    const repair = plan(found(), { ...policy, rules }) as Repair;
    expect(repair.request).toMatchObject({
      rule: 0,
      text: JSON.stringify(event),
      letter: { reason: 'too_late' },
    });
    const finish = (change: Record<string, unknown>) =>
      planRepaired(found(), repair, { json: changed(change).payload }, { ...policy, rules }, nowMs);
    expect(finish({ amount: 1 })).toMatchObject({ repaired: true, event: { revenueCents: -100 } });
    expect(finish({ event_id: id.replace('1', '2') })).toEqual({
      skip: 'unrepairable',
      why: 'the fix (rules.yaml:3) gives another event id: that would be another event',
    });
  });
});

describe('what is invalid', () => {
  const invalid = { reason: 'missing_field:amount', ...changed({ amount: null }) };

  it('stays where nothing repairs it, with the reason', () => {
    expect(plan(found(invalid))).toEqual({
      skip: 'unrepairable',
      why: 'it is still invalid (missing_field:amount), and nothing repairs it',
    });
    expect(plan(found({ reason: 'malformed_json', payload: null })).skip).toBe('unrepairable');
  });

  it('is sent as it is once it has become valid: the time that it claimed has come', () => {
    const future = { reason: 'future_event', ...changed({ event_time: 501_000 }) };
    expect(plan(found(future))).toMatchObject({ repaired: false, mayBeCounted: true });
    expect(plan(found(future), fixing)).toMatchObject({ repaired: false });
    expect(planLetter(found(future), policy, nowMs - 1).skip).toBe('unrepairable');
  });

  it('is sent as the fix makes it, if that is valid', () => {
    const repair = plan(found(invalid), fixing) as Repair;
    const finish = (json: string) => planRepaired(found(invalid), repair, { json }, fixing, nowMs);
    expect(finish(JSON.stringify(event))).toMatchObject({ repaired: true, mayBeCounted: true, attempt: 1 });
    expect(finish(changed({ amount: 0 }).payload)).toEqual({
      skip: 'unrepairable',
      why: 'the fix (--fix) gives an event that is invalid (invalid_field:amount)',
    });
    expect(planRepaired(found(invalid), repair, { trouble: 'gives nothing' }, fixing, nowMs)).toEqual({
      skip: 'unrepairable',
      why: 'the fix (--fix) gives nothing',
    });
  });

  it('tells the fix what is known: text whatever the bytes, and an id that is always the same', () => {
    const bytes = Buffer.from('{"a":"\xff"}', 'latin1');
    const dead = found({
      reason: 'malformed_json',
      payload: bytes.toString('base64'),
      payload_encoding: 'base64',
      event_id: null,
    });
    const { request } = plan(dead, fixing) as Repair;
    expect(request.text).toBe('{"a":"\ufffd"}');
    expect(request.letter).toMatchObject({
      key: 'u-1',
      partition: 1,
      offset: 5,
      source_partition: 2,
      source_offset: 17,
      uuid: 'dead0002-0000-8000-8000-000000000011',
    });
  });
});

describe('what cannot be sent', () => {
  it.each([
    [{ payload_encoding: 'rot13' }, 'unreadable', /payload_encoding/],
    [{ payload: '?', payload_encoding: 'base64' }, 'unreadable', /base64/],
    [{ source_topic: 'other' }, 'unreadable', /another topic, "other"/],
  ])('%j is named', (says, skip, why) => {
    expect(plan(found(says))).toMatchObject({ skip, why: expect.stringMatching(why) as string });
  });

  it('a record that is larger than the topic takes stays', () => {
    expect(
      plan(found(), { ...policy, fits: (key, value) => (key?.length ?? 0) + value.length < 100 }),
    ).toMatchObject({
      skip: 'unrepairable',
      why: expect.stringMatching(/^its record of \d+ bytes is larger than events\.raw\.v1 takes/) as string,
    });
  });
});

describe('events that are counted already', () => {
  it('are those seen on the raw topic, and those sent a moment ago', () => {
    const ids = new CountedIds();
    const [a, b, other] = ['a', 'b', 'c'].map((digit) => id.replace('1', digit)) as [string, string, string];
    ids.want(a);
    ids.want(b);
    ids.want(a);
    ids.see(b);
    ids.see(other);
    expect(ids.size).toBe(2);
    expect([ids.take(a), ids.take(a), ids.take(b), ids.take(other)]).toEqual([
      undefined,
      'taken',
      'counted',
      'unknown',
    ]);
  });
});
