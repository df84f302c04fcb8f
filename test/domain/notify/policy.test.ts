import fc from 'fast-check';
import { expect, test } from 'vitest';
import { longestPauseMs, readStatus, retryAfterMs, type Answer } from '../../../src/domain/notify/answer.js';
import { backoffMs, decide, Pace } from '../../../src/domain/notify/policy.js';

const now = Date.UTC(2026, 10, 29, 12);
const answer = (status: number, headers: Record<string, string> = {}): Answer => ({
  status,
  header: (name) => headers[name],
  text: '',
});

test.each([
  ['120', 120_000],
  ['0', 0],
  ['0.25', 250],
  ['1.0001', 1_001],
  [' 7 ', 7_000],
  ['Sun, 29 Nov 2026 12:00:30 GMT', 30_000],
  ['Sun, 29 Nov 2026 11:00:00 GMT', 0],
  ['99999999999', longestPauseMs],
  ['Fri, 31 Dec 2100 00:00:00 GMT', longestPauseMs],
  ['', undefined],
  ['-1', undefined],
  ['soon', undefined],
  ['soon GMT', undefined],
  ['1e3', undefined],
  ['Infinity', undefined],
  ['2026-11-29', undefined],
])('Retry-After %j is %j milliseconds', (header, ms) => {
  expect(retryAfterMs(answer(429, { 'retry-after': header }), now)).toBe(ms);
});

test('a date is read by the server’s own clock', () => {
  const headers = { 'retry-after': 'Sun, 29 Nov 2026 15:00:30 GMT', date: 'Sun, 29 Nov 2026 15:00:00 GMT' };
  expect(retryAfterMs(answer(503, headers), now)).toBe(30_000);
});

test('each status means one thing', () => {
  const meanings = new Map<string, number[]>();
  for (let status = 100; status < 600; status += 1) {
    const { says } = readStatus(answer(status), now);
    meanings.set(says, [...(meanings.get(says) ?? []), status]);
  }
  const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);
  expect(meanings.get('accepted')).toEqual(range(200, 299));
  expect(meanings.get('limited')).toEqual([429]);
  expect(meanings.get('failed')).toEqual([408, 425, ...range(500, 599)]);
  expect(meanings.get('closed')).toEqual([...range(100, 199), ...range(300, 399), 401, 403, 404, 405, 410]);
  expect(meanings.get('refused')).toContain(400);
});

test('the wait is drawn from none to a bound that doubles up to the longest', () => {
  const longest = (failures: number): number => backoffMs(failures, 0.999_999_999);
  expect([1, 2, 3, 4, 9, 10, 11, 1_000, 1e9].map(longest)).toEqual([
    1_000, 2_000, 4_000, 8_000, 256_000, 300_000, 300_000, 300_000, 300_000,
  ]);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e9 }),
      fc.double({ min: 0, max: 0.9999999, noNaN: true }),
      (failures, random) => {
        const ms = backoffMs(failures, random);
        expect(ms).toBe(Math.ceil(random * Math.min(300_000, 1_000 * 2 ** Math.min(failures - 1, 30))));
      },
    ),
  );
  expect(backoffMs(5, 0)).toBe(0);
});

test('what the server asks for is waited in full, whatever is drawn', () => {
  expect(decide({ says: 'limited', everywhere: true, pauseMs: 5_000 }, now, 3, 0.9)).toEqual({
    do: 'retry',
    atMs: now + 5_000,
    reason: 'too many requests (HTTP 429)',
    everywhere: true,
  });
  expect(decide({ says: 'failed', reason: 'x', pauseMs: 5_000 }, now, 1, 0.1)).toMatchObject({
    atMs: now + 5_000,
  });
  expect(decide({ says: 'failed', reason: 'x', pauseMs: 10 }, now, 5, 0.5)).toMatchObject({
    atMs: now + 8_000,
  });
  // Refused for being too early, and not told until when: at least a second.
  expect(decide({ says: 'limited', everywhere: false }, now, 1, 0)).toMatchObject({ atMs: now + 1_000 });
  expect(decide({ says: 'failed', reason: 'x' }, now, 1, 0)).toMatchObject({ do: 'retry', atMs: now });
});

test('an answer decides', () => {
  expect(decide({ says: 'accepted' }, now, 1, 0)).toEqual({ do: 'deliver' });
  expect(decide({ says: 'refused', reason: 'r' }, now, 1, 0)).toEqual({ do: 'drop', reason: 'r' });
  expect(decide({ says: 'closed', reason: 'r', next: 'n' }, now, 1, 0)).toEqual({
    do: 'stop',
    reason: 'r',
    next: 'n',
  });
});

test('what is allowed is counted down, also by requests that had no answer, until it is allowed anew', () => {
  const pace = new Pace();
  pace.spend(now);
  expect(pace.readyAt()).toBe(0);
  pace.allow({ requests: 2, ms: 500 }, now);
  pace.spend(now + 1);
  expect(pace.readyAt()).toBe(0);
  pace.spend(now + 2);
  expect(pace.readyAt()).toBe(now + 500);
  pace.waitUntil(now + 100);
  expect(pace.readyAt()).toBe(now + 500);
  pace.waitUntil(now + 700);
  expect(pace.readyAt()).toBe(now + 700);
  // The time is over: nothing is known again.
  pace.spend(now + 700);
  expect(pace.readyAt()).toBe(now + 700);
});
