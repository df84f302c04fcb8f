import { describe, expect, it } from 'vitest';
import { readFixRules } from '../../../src/adapters/files/fix-files.js';
import { compileFix } from '../../../src/adapters/jsonata/expression.js';
import { eventFields } from '../../../src/domain/events.js';
import { LetterPayload } from '../../../src/domain/dlq/payload.js';
import {
  planLetter,
  planRepaired,
  type ReplayPolicy,
  type Send,
  type Skip,
} from '../../../src/domain/dlq/replay-plan.js';
import type { PlannedRecord } from '../../../src/domain/traffic/record.js';
import { letter } from '../../domain/dlq/support.js';
import { startMs, take } from '../../domain/traffic/support.js';

const rules = await readFixRules('all', '.');
const fixes = rules.map(compileFix);
const policy: ReplayPolicy = {
  rules,
  force: false,
  maxAttempts: 3,
  maxFutureSkewMs: 60_000,
  fits: () => true,
};
const nowMs = startMs + 3_600_000;

/** What becomes of a record of the generator that is a dead letter now, as the job writes it. */
async function replay({ payload, key, index, intent, partition }: PlannedRecord): Promise<Skip | Send> {
  const bytes = Buffer.from(payload, 'latin1');
  const isText = Buffer.from(bytes.toString()).equals(bytes);
  const dead = letter(
    {
      reason: intent.reason,
      payload: isText ? bytes.toString() : bytes.toString('base64'),
      payload_encoding: isText ? null : 'base64',
      source_partition: partition,
      source_offset: index,
      source_timestamp: startMs,
    },
    { key: key === null ? null : Buffer.from(key, 'latin1') },
  );
  const found = { letter: dead, payload: new LetterPayload(dead), replayed: undefined };
  const plan = planLetter(found, policy, nowMs);
  if (!('request' in plan)) return plan;
  return planRepaired(found, plan, await fixes[plan.request.rule]!(plan.request), policy, nowMs);
}

const invalid = (kind: 'any' | 'missing_field' | 'invalid_field', field?: string) => ({
  invalid: [{ kind, field, percent: 100 }],
});
const repaired = async (records: readonly PlannedRecord[]): Promise<number> => {
  const plans = await Promise.all(records.map(replay));
  return plans.filter((plan) => plan.skip === undefined && plan.repaired).length;
};

describe('the rules that ship with streamlab', () => {
  it.each(eventFields.filter((field) => !['amount', 'event_type'].includes(field)))(
    'repair every event whose %s is missing or invalid',
    async (field) => {
      for (const kind of ['missing_field', 'invalid_field'] as const)
        expect(await repaired(take(30, invalid(kind, field)))).toBe(30);
    },
  );

  it('repair versions and times that nobody knows', async () => {
    const records = take(600, invalid('any')).filter(({ intent }) =>
      ['unsupported_schema_version', 'future_event'].includes(intent.reason ?? ''),
    );
    expect(records.length).toBeGreaterThan(80);
    expect(await repaired(records)).toBe(records.length);
  });

  it('of malformed records repair those that hold a whole event', async () => {
    const records = take(400, invalid('any')).filter(({ intent }) => intent.reason === 'malformed_json');
    const whole = records.filter(({ payload }) => /^\[|\}\{|\xff/.test(payload));
    expect(whole.length).toBeGreaterThan(40);
    expect(await repaired(whole)).toBe(whole.length);
    expect(await repaired(records)).toBe(whole.length);
  });

  it('never invent an amount: a text is read, decimals are rounded, a renamed field is found, the rest stays', async () => {
    const original = take(1, invalid('invalid_field', 'amount'))[0]!;
    const cents = async (change: Record<string, unknown>, reason: string): Promise<number | string> => {
      const fields = { ...(JSON.parse(original.payload) as object), ...change };
      const intent = { ...original.intent, reason } as PlannedRecord['intent'];
      const plan = await replay({ ...original, intent, payload: JSON.stringify(fields) });
      return plan.skip ?? Math.abs(plan.event.revenueCents);
    };
    expect(await cents({ amount: '12.50' }, 'invalid_field:amount')).toBe(1_250);
    expect(await cents({ amount: 10.999 }, 'invalid_field:amount')).toBe(1_100);
    for (const amount of [0, -5, '', 'free', true, [1], '1e3', 1e13])
      expect(await cents({ amount }, 'invalid_field:amount')).toBe('unrepairable');
    expect(await cents({ amount: undefined, total: 7.5 }, 'missing_field:amount')).toBe(750);
    expect(await cents({ amount: undefined }, 'missing_field:amount')).toBe('unrepairable');
  });

  it('repair the type of a click only', async () => {
    for (const kind of ['missing_field', 'invalid_field'] as const) {
      const records = take(60, invalid(kind, 'event_type'));
      const clicks = records.filter(({ payload }) => payload.includes('"page"'));
      expect(clicks.length).toBeLessThan(60);
      expect(await repaired(records)).toBe(clicks.length);
    }
  });

  it('change nothing else of an event', async () => {
    for (const record of take(50, invalid('missing_field', 'channel'))) {
      const plan = await replay(record);
      const before = JSON.parse(record.payload) as Record<string, unknown>;
      if (plan.skip !== undefined) throw new Error(plan.why);
      expect(JSON.parse(new TextDecoder().decode(plan.value))).toEqual({ ...before, schema_version: 1 });
    }
  });
});
