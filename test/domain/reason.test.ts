import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  channels,
  countedChannel,
  eventSchema,
  eventSchemas,
  eventTypes,
  orderTypes,
  revenueCents,
} from '../../src/domain/events.js';
import { judgePayload } from '../../src/domain/reason.js';

const anyTime = Number.MAX_SAFE_INTEGER;
const judge = (value: unknown) => judgePayload(Buffer.from(JSON.stringify(value)), anyTime, 0);
const judgeText = (text: string) => judgePayload(Buffer.from(text), anyTime, 0);

const common = {
  schema_version: 2,
  event_id: '0b7cf7a8-3a7e-4f6b-9d0e-2f5a7c1d9e10',
  event_type: 'page_view',
  event_time: 1_760_000_000_000,
  user_id: 'u-1',
  session_id: 's-1',
  channel: 'web',
};
const pageView = { ...common, page: '/', referrer: '' };
const order = { ...common, event_type: 'order_placed', order_id: 'o-1', amount: 19.99 };

/** The order in which the contract judges the fields. */
const fieldOrder = [
  'schema_version',
  'event_id',
  'event_type',
  'event_time',
  'user_id',
  'session_id',
  'page',
  'referrer',
  'order_id',
  'amount',
  'channel',
];

describe('a valid record', () => {
  it('is told in the terms of the ledger', () => {
    expect(judge(pageView).valid).toEqual({
      eventId: pageView.event_id,
      eventType: 'page_view',
      eventTimeMs: pageView.event_time,
      channel: 'web',
      revenueCents: 0,
    });
    expect(judge(order).valid?.revenueCents).toBe(1999);
    expect(judge({ ...order, event_type: 'order_refunded' }).valid?.revenueCents).toBe(-1999);
    expect(judge({ ...order, schema_version: 1 }).valid?.channel).toBe('unknown');
  });

  it('may have fields nobody knows, and numbers in any notation', () => {
    expect(judge({ ...pageView, extra: [1, { a: null }] }).reason).toBeUndefined();
    const text = JSON.stringify(order);
    expect(judgeText(text.replace('19.99', '1.999e1').replace(':2,', ':2.0,')).valid?.revenueCents).toBe(
      1999,
    );
    expect(judgeText(` \n${text}\t `).reason).toBeUndefined();
  });
});

describe('malformed_json', () => {
  it.each([
    '',
    ' ',
    'null',
    '1',
    '"x"',
    'true',
    '[]',
    '[{}]',
    '{',
    '{}{}',
    '{}x',
    "{'a':1}",
    '\ufeff{}',
    '{"a":NaN}',
  ])('is the reason for %j', (text) => {
    expect(judgeText(text)).toEqual({ reason: 'malformed_json' });
  });

  it('is the reason for a tombstone and for bytes that are not UTF-8', () => {
    expect(judgePayload(null, 0, 0)).toEqual({ reason: 'malformed_json' });
    const text = JSON.stringify(pageView);
    expect(judgePayload(Buffer.from(text.replace('u-1', 'u-\xff'), 'latin1'), anyTime, 0)).toEqual({
      reason: 'malformed_json',
    });
    expect(judgePayload(Buffer.from(text.replace('u-1', 'ü-€-😀')), anyTime, 0).reason).toBeUndefined();
  });
});

describe('the first failing check gives the reason', () => {
  it.each([
    [{}, 'missing_field:schema_version'],
    [{ schema_version: null }, 'missing_field:schema_version'],
    [{ schema_version: '1' }, 'invalid_field:schema_version'],
    [{ schema_version: 1.5 }, 'invalid_field:schema_version'],
    [{ schema_version: 3 }, 'unsupported_schema_version'],
    [{ schema_version: -1, event_id: 5 }, 'unsupported_schema_version'],
    [{ schema_version: 1 }, 'missing_field:event_id'],
    [{ ...pageView, event_id: 'x', event_type: null }, 'invalid_field:event_id'],
    [{ ...pageView, event_type: 'page_scrolled', page: null }, 'invalid_field:event_type'],
    [{ ...pageView, event_time: '1760000000000' }, 'invalid_field:event_time'],
    [{ ...pageView, event_time: -1 }, 'invalid_field:event_time'],
    [{ ...pageView, event_time: 1.5 }, 'invalid_field:event_time'],
    [{ ...pageView, user_id: '' }, 'invalid_field:user_id'],
    [{ ...pageView, page: null, channel: 'fax' }, 'missing_field:page'],
    [{ ...pageView, referrer: 0 }, 'invalid_field:referrer'],
    [{ ...pageView, channel: undefined }, 'missing_field:channel'],
    [{ ...pageView, channel: 'unknown' }, 'invalid_field:channel'],
    [{ ...order, amount: undefined }, 'missing_field:amount'],
    [{ ...order, amount: 0 }, 'invalid_field:amount'],
    [{ ...order, amount: 1e13 }, 'invalid_field:amount'],
    [{ ...order, amount: 19.999 }, 'invalid_field:amount'],
    [{ ...order, amount: '19.99' }, 'invalid_field:amount'],
    [{ ...order, order_id: undefined, amount: -1 }, 'missing_field:order_id'],
  ])('%j: %s', (value, reason) => {
    expect(judge(value)).toEqual({ reason });
  });

  it('is future_event only beyond the accepted skew, and only for a record that is valid otherwise', () => {
    const at = (skew: number) =>
      judgePayload(Buffer.from(JSON.stringify(pageView)), pageView.event_time - 100, skew);
    expect(at(100).reason).toBeUndefined();
    expect(at(99)).toEqual({ reason: 'future_event' });
    const broken = Buffer.from(JSON.stringify({ ...pageView, channel: 1 }));
    expect(judgePayload(broken, 0, 0)).toEqual({ reason: 'invalid_field:channel' });
  });
});

/** Events that are right, or wrong in some fields in any way. */
const absent = Symbol('absent');
const mostly = (right: fc.Arbitrary<unknown>) =>
  fc.oneof(
    { weight: 12, arbitrary: right },
    { weight: 1, arbitrary: fc.jsonValue() },
    { weight: 1, arbitrary: fc.constantFrom<unknown>(null, absent, '', 0, 1, 2, 3, -1, 0.5, 1e300, 'web') },
  );
const anyEvent = fc
  .record({
    schema_version: mostly(fc.constantFrom(1, 2)),
    event_id: mostly(fc.oneof(fc.uuid(), fc.string())),
    event_type: mostly(fc.constantFrom(...eventTypes)),
    event_time: mostly(fc.oneof(fc.integer({ min: 0 }), fc.double(), fc.maxSafeNat())),
    user_id: mostly(fc.string({ minLength: 1 })),
    session_id: mostly(fc.string({ minLength: 1 })),
    page: mostly(fc.webPath({ size: 'small' })),
    referrer: mostly(fc.string()),
    order_id: mostly(fc.string({ minLength: 1 })),
    amount: mostly(
      fc.oneof(
        fc.integer({ min: 1, max: 1e9 }).map((cents) => cents / 100),
        fc.double(),
      ),
    ),
    channel: mostly(fc.constantFrom(...channels)),
  })
  .map((fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== absent)));

describe('the judge and the zod schemas', () => {
  it('accept the same records, and agree on channel and revenue', () => {
    fc.assert(
      fc.property(
        fc.oneof({ weight: 20, arbitrary: anyEvent }, fc.dictionary(fc.string(), fc.jsonValue())),
        (fields) => {
          const text = JSON.stringify(fields);
          const parsed = eventSchema.safeParse(JSON.parse(text));
          const { valid } = judgeText(text);
          expect(valid !== undefined).toBe(parsed.success);
          if (parsed.success)
            expect(valid).toMatchObject({
              eventId: parsed.data.event_id,
              channel: countedChannel(parsed.data),
              revenueCents: revenueCents(parsed.data),
            });
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it('blame the same field: the first of those that zod finds wrong', () => {
    fc.assert(
      fc.property(anyEvent, (fields) => {
        const value = JSON.parse(JSON.stringify(fields)) as Record<string, unknown>;
        const version = value.schema_version;
        fc.pre(version === 1 || version === 2);
        const family = (orderTypes as readonly unknown[]).includes(value.event_type)
          ? 'order'
          : 'clickstream';
        const { error } = eventSchemas[`${family}.v${version}`].safeParse(value);
        const wrong = error?.issues.map((issue) => String(issue.path[0])) ?? [];
        fc.pre(wrong.length > 0);
        const field = fieldOrder.find((name) => wrong.includes(name)) ?? '';
        const kind = value[field] === undefined || value[field] === null ? 'missing_field' : 'invalid_field';
        expect(judge(value)).toEqual({ reason: `${kind}:${field}` });
      }),
      { numRuns: 5_000 },
    );
  });

  it('never throws, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(judgePayload(bytes, 0, 0).reason).toBeDefined();
      }),
    );
  });
});
