import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgePayload } from '../../../src/domain/reason.js';
import type { InvalidShare } from '../../../src/domain/traffic/plan.js';
import type { PlannedRecord } from '../../../src/domain/traffic/record.js';
import { constant, drain, planOf, share, startMs, streamOf, take } from './support.js';

const bytes = (payload: string): Uint8Array => Buffer.from(payload, 'latin1');
const invalid = (percent: number, kind: InvalidShare['kind'] = 'any', field?: string): InvalidShare[] => [
  { kind, field, percent },
];
const anySeed = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

describe('invalid records', () => {
  it('fail for exactly the reason they are meant to', () => {
    fc.assert(
      fc.property(anySeed, (seed) => {
        for (const { payload, intent } of take(300, { invalid: invalid(100) }, { seed }))
          expect(judgePayload(bytes(payload), startMs + 300, 60_000)).toEqual({ reason: intent.reason });
      }),
      { numRuns: 30 },
    );
  });

  const fields = ['schema_version', 'event_id', 'event_type', 'event_time', 'user_id', 'session_id'];
  const details = ['page', 'referrer', 'order_id', 'amount', 'channel'];

  it('have every reason there is', () => {
    const seen = new Set(take(8_000, { invalid: invalid(100) }).map(({ intent }) => intent.reason));
    const expected = [...fields, ...details].flatMap((f) => [`missing_field:${f}`, `invalid_field:${f}`]);
    expect([...seen].sort()).toEqual(
      [...expected, 'malformed_json', 'unsupported_schema_version', 'future_event'].sort(),
    );
  });

  it('have the one reason that is asked for, whatever field it names', () => {
    for (const field of [...fields, ...details])
      for (const kind of ['missing_field', 'invalid_field'] as const) {
        const records = take(40, { invalid: invalid(100, kind, field) });
        expect(new Set(records.map(({ intent }) => intent.reason))).toEqual(new Set([`${kind}:${field}`]));
        for (const { payload, intent } of records)
          expect(judgePayload(bytes(payload), startMs, 60_000)).toEqual({ reason: intent.reason });
      }
  });

  it('are in the future however long they wait to be sent', () => {
    const century = Date.UTC(2099, 0, 1);
    for (const { payload } of take(50, { invalid: invalid(100, 'future_event') }))
      expect(judgePayload(bytes(payload), century, 60_000).reason).toBe('future_event');
  });
});

describe('a change of the schema', () => {
  const verdictsOf = (records: readonly PlannedRecord[]): (string | undefined)[] => [
    ...new Set(records.map(({ payload }) => judgePayload(bytes(payload), startMs + 5_000, 60_000).reason)),
  ];

  it.each([
    [{ kind: 'drop', field: 'amount' }, 'missing_field:amount'],
    [{ kind: 'null', field: 'user_id' }, 'missing_field:user_id'],
    [{ kind: 'type', field: 'amount' }, 'invalid_field:amount'],
    [{ kind: 'rename', field: 'page', to: 'path' }, 'missing_field:page'],
    [{ kind: 'version', version: 3 }, 'unsupported_schema_version'],
    [{ kind: 'add', field: 'coupon' }, undefined],
  ] as const)('%j gives %s', (change, reason) => {
    const records = take(4_000, { breaks: [{ ...change, percent: 100 }] });
    const hit = records.filter(({ intent }) => intent.kind === 'invalid');
    expect(verdictsOf(records)).toContain(reason);
    if (reason === undefined) expect(hit).toEqual([]);
    else {
      expect(hit.length).toBeGreaterThan(50);
      expect(new Set(hit.map(({ intent }) => intent.reason))).toEqual(new Set([reason]));
      expect(verdictsOf(hit)).toEqual([reason]);
      expect(verdictsOf(records.filter(({ intent }) => intent.kind !== 'invalid'))).not.toContain(reason);
    }
  });

  it('hits its share of the events that have the field', () => {
    const records = take(60_000, { breaks: [{ kind: 'drop', field: 'amount', percent: 20 }] });
    const isOrder = ({ payload }: PlannedRecord): boolean => payload.includes('"order_id"');
    const orders = records.filter(isOrder);
    expect(orders.length).toBeGreaterThan(1_500);
    // Four standard deviations of a binomial share.
    expect(Math.abs(share(orders, 'invalid') - 20)).toBeLessThan(
      400 * Math.sqrt((0.2 * 0.8) / orders.length),
    );
    expect(records.filter((record) => record.intent.kind === 'invalid' && !isOrder(record))).toEqual([]);
  });
});

describe('duplicates', () => {
  it('are byte for byte a valid record sent shortly before, under the same key', () => {
    fc.assert(
      fc.property(anySeed, (seed) => {
        const mix = {
          duplicates: { percent: 20, afterMs: undefined },
          invalid: invalid(10),
          late: { percent: 10, by: undefined },
        };
        const records = take(600, mix, { seed });
        for (const { index, intent, key, payload } of records) {
          if (intent.kind !== 'duplicate') continue;
          const original = records
            .slice(Math.max(0, index - 500), index)
            .find((record) => record.payload === payload && record.intent.kind !== 'duplicate');
          expect(original).toMatchObject({ key, payload });
          expect(original?.intent.kind).not.toBe('invalid');
        }
      }),
      { numRuns: 20 },
    );
  });

  it('come as long after their original as is asked for', () => {
    const records = take(60_000, { duplicates: { percent: 5, afterMs: { min: 10_000, max: 20_000 } } });
    const first = new Map<string, number>();
    const delays = records.flatMap(({ payload, intent, dueMs }) => {
      if (intent.kind === 'duplicate') return [dueMs - first.get(payload)!];
      first.set(payload, dueMs);
      return [];
    });
    expect(delays.length).toBeGreaterThan(2_000);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(10_000);
    expect(Math.max(...delays)).toBeLessThanOrEqual(21_000);
    expect(share(records.slice(30_000), 'duplicate')).toBeCloseTo(5, 6);
  });

  it('need an original: the first record is none', () => {
    const [first, second] = take(2, { duplicates: { percent: 100, afterMs: undefined } });
    expect([first?.intent.kind, second?.intent.kind]).toEqual(['onTime', 'duplicate']);
    expect(second?.payload).toBe(first?.payload);
  });

  it('come before the lab has forgotten the id, at a low rate too', () => {
    const mix = { duplicates: { percent: 30, afterMs: undefined } };
    const options = { dedupeHorizonMs: 4_000, plan: planOf(mix, constant(5)) };
    const records = drain(streamOf(2_000, options));
    const first = new Map<string, number>();
    for (const { payload, intent, dueMs } of records) {
      if (intent.kind !== 'duplicate') first.set(payload, dueMs);
      else expect(dueMs - first.get(payload)!).toBeLessThanOrEqual(2_000);
    }
  });
});
