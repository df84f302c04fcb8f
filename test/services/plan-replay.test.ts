import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { KafkaRecord } from '../../src/adapters/kafka/reader.js';
import { everyLetter } from '../../src/domain/dlq/filter.js';
import { fixOfFlag } from '../../src/domain/dlq/fix-rules.js';
import { Journal } from '../../src/domain/dlq/journal.js';
import { planLetters, type PassTools } from '../../src/services/plan-replay.js';
import { bytes, letterJson } from '../domain/dlq/support.js';

const letters = 1_030;

/** Letters on one partition, each of which needs a fix; the fixer gives the event its offset as user. */
function passOver(
  fix: PassTools['fixer'],
  says: Readonly<Record<string, unknown>> = { reason: 'invalid_field:page' },
  journal = new Journal(),
): ReturnType<typeof planLetters> {
  const records = Array.from({ length: letters }, (_, offset): KafkaRecord => ({
    partition: 0,
    offset,
    timestampMs: 1,
    key: null,
    value: Buffer.from(JSON.stringify(letterJson(says))),
    headers: [],
  }));
  const read = async function* (): AsyncGenerator<KafkaRecord[]> {
    for (let from = 0; from < letters; from += 300) {
      await delay(0);
      yield records.slice(from, from + 300);
    }
  };
  const nobody = (): never => {
    throw new Error('The ranges are given.');
  };
  const policy = {
    rules: fix === undefined ? [] : [fixOfFlag('$')],
    force: false,
    maxAttempts: 3,
    maxFutureSkewMs: 0,
    fits: () => true,
  };
  return planLetters(
    {
      filter: everyLetter,
      journal,
      ranges: [{ partition: 0, from: 0, to: letters }],
      policy,
      limit: Infinity,
    },
    {
      reader: { offsets: nobody, offsetsAt: nobody, read },
      fixer: fix,
      now: () => 200_000,
      signal: new AbortController().signal,
      onFiltered: nobody,
    },
  );
}

const event = {
  event_id: '00000000-0000-4000-8000-000000000001',
  event_type: 'page_view',
  schema_version: 1,
  event_time: 1_000,
  session_id: 's',
  page: '/',
  referrer: '',
};

function fixerOf(
  answer: () => Promise<void>,
): NonNullable<PassTools['fixer']> & { asked: number; most: number } {
  let underWay = 0;
  return {
    asked: 0,
    most: 0,
    async fix(requests) {
      this.asked++;
      this.most = Math.max(this.most, ++underWay);
      await answer();
      underWay--;
      return requests.map(({ letter }) => ({
        json: JSON.stringify({ ...event, user_id: String(letter.offset) }),
      }));
    },
    close: () => undefined,
  };
}

describe('planLetters', () => {
  it('gives every letter its own fix, in order, and asks the fixer one thing at a time', async () => {
    const fixer = fixerOf(() => delay(1));
    const users: unknown[] = [];
    for await (const chunk of passOver(fixer)) {
      for (const { found, plan } of chunk) {
        expect(plan.skip).toBeUndefined();
        if (plan.skip !== undefined) continue;
        const { user_id } = JSON.parse(new TextDecoder().decode(plan.value)) as { user_id: string };
        expect(user_id).toBe(String(found.record.offset));
        users.push(user_id);
      }
      await delay(2);
    }
    expect(users).toEqual(Array.from({ length: letters }, (_, offset) => String(offset)));
    expect(fixer).toMatchObject({ asked: 5, most: 1 });
  });

  it('has nothing under way any more when it is left early', async () => {
    let answered = 0;
    const fixer = fixerOf(async () => {
      await delay(20);
      answered++;
    });
    for await (const chunk of passOver(fixer)) {
      expect(chunk).toHaveLength(250);
      break;
    }
    expect(fixer.asked).toBe(2);
    expect(answered).toBe(2);
  });

  it('does not send what came too late of an event that was repaired and sent before', async () => {
    const payload = JSON.stringify({ ...event, user_id: 'u-1' });
    const elsewhere = bytes('{"partition":3,"offset":9}');
    const entry = { replay_id: 'r-1', attempt: 1, replayed_at: 1, event_id: event.event_id };
    const plansAfter = async (said: Readonly<Record<string, unknown>>): Promise<Set<string | undefined>> => {
      const journal = new Journal();
      journal.add({ key: elsewhere, value: bytes(JSON.stringify({ ...entry, ...said })) });
      const plans = new Set<string | undefined>();
      for await (const chunk of passOver(undefined, { reason: 'too_late', payload }, journal))
        for (const { plan } of chunk) plans.add(plan.skip);
      return plans;
    };
    expect(await plansAfter({ repaired: true })).toEqual(new Set(['alreadyCounted']));
    // Of one that was sent as it was, this letter may be another attempt.
    expect(await plansAfter({ repaired: false })).toEqual(new Set([undefined]));
    expect(await plansAfter({ repaired: true, event_id: '00000000-0000-4000-8000-000000000002' })).toEqual(
      new Set([undefined]),
    );
  });

  it('tells of a fixer that gives up', async () => {
    const fixer = fixerOf(() => Promise.reject(new Error('too slow')));
    await expect(async () => {
      for await (const chunk of passOver(fixer)) expect(chunk).toEqual([]);
    }).rejects.toThrow('too slow');
  });
});
