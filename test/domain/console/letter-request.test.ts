import { describe, expect, test } from 'vitest';
import {
  requestedConfirmation,
  requestedLetter,
  requestedList,
  requestedReplay,
} from '../../../src/domain/console/letter-request.js';

const now = Date.parse('2026-01-31T12:00:00Z');

describe('a list of letters', () => {
  test('is chosen as dlq list chooses it', () => {
    const params = new URLSearchParams(
      'since=1h&reason=too_late&reason=missing_field&match=page=/cart&outstanding=true&limit=10',
    );
    expect(requestedList(params, now)).toEqual({
      kind: 'list',
      nowMs: now,
      limit: 10,
      options: {
        since: '1h',
        until: undefined,
        outstanding: true,
        reason: ['too_late', 'missing_field'],
        'event-type': [],
        user: [],
        match: ['page=/cart'],
      },
    });
    expect(requestedList(new URLSearchParams(), now)).toMatchObject({ limit: 50 });
  });

  test.each([
    ['limit=0', /^limit: give a number from 1 to 500\.$/],
    ['limit=1e2', /^limit: /],
    ['limit=501', /^limit: /],
    ['outstanding=yes', /^outstanding: give true or false\.$/],
    ['raeson=too_late', /^raeson: there is no such parameter\.$/],
    ['reason=too_latte', /too_latte.*did you mean/i],
    ['since=yesterday', /^--since "yesterday"/],
  ])('by %s is refused by name', (query, message) => {
    expect(() => requestedList(new URLSearchParams(query), now)).toThrow(message);
  });
});

test('a letter is named by its place or its event', () => {
  expect(requestedLetter(new URLSearchParams('letter=2:17'))).toEqual({ kind: 'show', target: '2:17' });
  expect(() => requestedLetter(new URLSearchParams())).toThrow(/^letter: give a place/);
});

describe('a replay', () => {
  test('ends with what has failed by now, and is journalled as it was chosen', () => {
    expect(requestedReplay({ since: '1h', reason: ['too_late'], limit: 5 }, now)).toEqual({
      options: { since: '1h', until: '2026-01-31T12:00:00.000Z', reason: ['too_late'] },
      nowMs: now,
      selection: '--since 1h --reason too_late',
      fix: null,
      limit: 5,
    });
    expect(requestedReplay({ until: '10m' }, now).options).toEqual({ until: '10m' });
    expect(requestedReplay({ fix: '$' }, now).fix).toEqual({ expression: '$' });
    expect(requestedReplay({ rules: 'all' }, now).fix).toEqual({ file: 'all' });
  });

  test.each<[unknown, RegExp]>([
    [null, /^body: /],
    [[], /^body: /],
    ['', /^body: /],
    [{ rules: '/etc/passwd' }, /^rules: /],
    [{ fixFile: 'x' }, /fixFile/],
    [{ force: true }, /force/],
    [{ yes: true }, /yes/],
    [{ reason: 'too_late' }, /^reason: /],
    [{ reason: ['nonsense'] }, /nonsense/],
    [{ limit: 0 }, /^limit: /],
    [{ fix: ' ' }, /^fix: the expression is empty\.$/],
    [{ fix: '$', rules: 'all' }, /^rules: give fix or rules, not both\.$/],
  ])('that is asked for by %j is refused by name', (body, message) => {
    expect(() => requestedReplay(body, now)).toThrow(message);
  });

  test('is confirmed by what the dry run gave, and nothing else', () => {
    expect(requestedConfirmation({ confirmation: 'abc' })).toBe('abc');
    for (const body of [null, {}, { confirmation: 1 }, { confirmation: 'a', force: true }])
      expect(() => requestedConfirmation(body)).toThrow(/^confirmation: /);
  });
});
