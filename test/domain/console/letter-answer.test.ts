import { describe, expect, test } from 'vitest';
import { letterCounts, letterPage, letterRow } from '../../../src/domain/console/letter-answer.js';
import { everyLetter } from '../../../src/domain/dlq/filter.js';
import { findLetter } from '../../../src/domain/dlq/found-letter.js';
import { Journal } from '../../../src/domain/dlq/journal.js';
import { LetterTally } from '../../../src/domain/dlq/letter-tally.js';

const settings = {
  windowMs: 60_000,
  watermarkDelayMs: 5_000,
  allowedLatenessMs: 60_000,
  maxFutureSkewMs: 60_000,
};
const failed = Date.parse('2026-01-31T12:05:00Z');

function found(says: Record<string, unknown> | string, key = 'u-1') {
  const letter = {
    reason: 'missing_field:amount',
    verdict: 'invalid',
    event_id: 'e-1',
    event_type: 'order_placed',
    payload: '{"event_id":"e-1"}',
    source_topic: 'events.raw.v1',
    source_partition: 1,
    source_offset: 2,
    failed_at: failed,
  };
  const value = typeof says === 'string' ? says : JSON.stringify({ ...letter, ...says });
  const record = {
    partition: 2,
    offset: 17,
    timestampMs: failed,
    key: Buffer.from(key),
    value: Buffer.from(value),
  };
  return findLetter(record, everyLetter, new Journal())!;
}
const page = (says: Parameters<typeof found>[0], isWhole = false, among = 1) =>
  letterPage({ found: found(says), replays: [], origins: [] }, settings, isWhole, among);

describe('a row', () => {
  test('has what the list shows', () => {
    expect(letterRow(found({}))).toEqual({
      place: '2:17',
      state: 'outstanding',
      failedAt: failed,
      reason: 'missing_field:amount',
      eventType: 'order_placed',
      eventId: 'e-1',
      key: 'u-1',
      attempt: 1,
      replayId: null,
      trouble: null,
    });
  });

  test('is short whatever the letter says', () => {
    const row = letterRow(
      found({ reason: 'x'.repeat(100_000), event_type: 'y'.repeat(100_000) }, 'k'.repeat(9_999)),
    );
    expect(JSON.stringify(row).length).toBeLessThan(1_000);
  });

  test('of what cannot be read says why', () => {
    expect(letterRow(found('no json'))).toMatchObject({
      state: 'unreadable',
      reason: null,
      trouble: 'its value is no JSON',
    });
  });
});

describe('the page of a letter', () => {
  test('points at the fault, and has the payload in lines only', () => {
    const shown = page({});
    expect(shown).toMatchObject({
      place: '2:17',
      fault: { sentence: 'The field "amount" is not there.' },
      payload: { isCut: false, canBeWhole: true },
    });
    expect(shown.payload.lines.filter(({ tone }) => tone === 'bad').map(({ text }) => text)).toEqual([
      '▶   "amount" is not there',
    ]);
  });

  test('cuts what is long, says so without a flag, and shows it whole when asked', () => {
    const payload = JSON.stringify({ list: Array.from({ length: 300 }, (_, n) => n) });
    const cut = page({ payload });
    expect(cut.payload.isCut).toBe(true);
    expect(JSON.stringify(cut)).not.toContain('--full');
    const whole = page({ payload }, true);
    expect(whole.payload.isCut).toBe(false);
    expect(whole.payload.lines.length).toBeGreaterThan(300);
  });

  test('does not show ten megabytes, whoever asks', () => {
    const shown = page({ payload: JSON.stringify({ page: 'x'.repeat(10_000_000) }) }, true);
    expect(shown.payload).toMatchObject({ isCut: true, canBeWhole: false });
    expect(JSON.stringify(shown).length).toBeLessThan(10_000);
  });

  test.each([
    ['brackets', `${'['.repeat(490_000)}${']'.repeat(490_000)}`],
    ['a value a line', `[${'1,'.repeat(490_000)}1]`],
    ['ends of lines', `{${'\n'.repeat(900_000)}`, 'malformed_json'],
    ['what is written as escapes', JSON.stringify('\u200b'.repeat(600_000))],
  ])(
    'does not show whole what is short, but long as it is laid out: %s',
    (_, payload, reason = 'too_late') => {
      expect(page({ payload, reason }).payload).toMatchObject({ isCut: true, canBeWhole: true });
      const shown = page({ payload, reason }, true);
      expect(shown.payload).toMatchObject({ isCut: true, canBeWhole: false });
      expect(JSON.stringify(shown).length).toBeLessThan(20_000);
    },
  );

  test('cuts ids and types as well: those of an invalid record may be as long', () => {
    const long = 'x'.repeat(900_000);
    const shown = page({ event_id: long, event_type: long, reason: long });
    expect(shown.eventId).toBe(`${'x'.repeat(199)}…`);
    expect(JSON.stringify(shown).length).toBeLessThan(5_000);
  });

  test('shares the room with others that are shown with it', () => {
    const payload = JSON.stringify(Array.from({ length: 9_000 }, (_, n) => n));
    expect(page({ payload }, true, 2).payload).toMatchObject({ isCut: false, canBeWhole: true });
    expect(page({ payload }, true, 20).payload).toMatchObject({ isCut: true, canBeWhole: false });
  });

  test('shows the bytes of what cannot be read', () => {
    const { payload, fault } = page('no json at all');
    expect(fault).toBeNull();
    expect(payload.lines.map(({ text }) => text)).toEqual([
      'Value, 14 bytes',
      expect.stringContaining('|no json at all|'),
    ]);
  });
});

test('the counts name the reasons that a filter takes', () => {
  const tally = new LetterTally();
  for (const says of [{ reason: 'too_late' }, { reason: 'too_late' }, { reason: 'by hand' }, 'no json'])
    tally.add(found(says));
  expect(letterCounts(tally.stats)).toEqual({
    total: 4,
    outstanding: 4,
    replayed: 0,
    byReason: { too_late: 2, 'by hand': 1, unreadable: 1 },
    reasons: ['too_late'],
    types: ['order_placed'],
  });
});
