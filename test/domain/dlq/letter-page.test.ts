import { describe, expect, test } from 'vitest';
import { placeText, storyJson, storyPage } from '../../../src/domain/dlq/letter-page.js';
import type { LetterReplay, LetterStory } from '../../../src/domain/dlq/letter-story.js';
import { control, found, hostile, hostileShown, letterJson, settings } from './support.js';

const at = (minutes: number, seconds: number, ms = 0): number =>
  Date.UTC(2026, 10, 28, 20, minutes, seconds, ms);
/** The letter of the docs. */
const says = letterJson({
  event_id: '33b1f9b0-0225-46a2-951a-91803feb6d48',
  event_time: at(58, 37, 41),
  source_partition: 1,
  source_offset: 4_287,
  source_timestamp: at(63, 50, 699),
  failed_at: at(64, 8, 33),
  watermark: at(63, 43, 378),
});
const story = (more: Partial<LetterStory> = {}): LetterStory => ({
  found: found(says, { offset: 231 }),
  replays: [],
  origins: [],
  ...more,
});
const replay = (more: Partial<LetterReplay> = {}): LetterReplay => ({
  replayId: 'r-1',
  attempt: 1,
  replayedAtMs: at(64, 33, 346),
  repaired: false,
  forced: false,
  state: 'done',
  sent: { partition: 1, offset: 5_347 },
  cameBack: undefined,
  ...more,
});
const textOf = (of: LetterStory, isFull = false): string[] =>
  storyPage(of, settings, isFull).map(({ text }) => text);

describe('the page of a dead letter', () => {
  test('tells what it is, why, what it holds and what became of it', () => {
    expect(textOf(story())).toEqual([
      'Dead letter 1:231: too_late, outstanding',
      '  event       33b1f9b0-0225-46a2-951a-91803feb6d48, page_view, of 2026-11-28 20:58:37.041',
      '  key         u-1',
      '  source      events.raw.v1 1:4287, written 2026-11-28 21:03:50.699, 5m 14s after it happened',
      '  failed      2026-11-28 21:04:08.033',
      '  watermark   2026-11-28 21:03:43.378',
      '  attempt     1: it was never replayed before',
      '  times are UTC',
      '',
      'Why',
      '  Window 20:58:00–20:59:00 closed for good at 21:00:00 (its end and 1m of allowed lateness); the watermark, 5s behind the events, was 21:03:43.378. It came 3m 43s too late.',
      '',
      'Payload, 32 bytes',
      '  {',
      '    "user_id": "u-1",',
      '    "page": "/cart"',
      '▶   "event_time" is not there',
      '  }',
      '',
      'Replays',
      '  none',
    ]);
  });

  test('says what nobody knows', () => {
    const unknown = letterJson({
      reason: 'malformed_json',
      event_id: null,
      event_type: null,
      event_time: null,
      watermark: null,
      source_timestamp: null,
      attempt: 2,
      payload: null,
    });
    expect(textOf(story({ found: found(unknown, { key: null }) })).slice(0, 13)).toEqual([
      'Dead letter 1:5: malformed_json, outstanding',
      '  event       without a readable id, no readable type, of no known time',
      '  key         none',
      '  source      events.raw.v1 2:17',
      '  failed      1970-01-01 00:02:40.000',
      '  watermark   none yet',
      '  attempt     2',
      '  times are UTC',
      '',
      'Why',
      '  The record had no value: it was a tombstone.',
      '',
      'No payload',
    ]);
  });

  test('does not say how old an event from the future was', () => {
    const future = letterJson({ reason: 'future_event', event_time: 240_000 });
    expect(textOf(story({ found: found(future) }))[3]).toBe(
      '  source      events.raw.v1 2:17, written 1970-01-01 00:02:30.000',
    );
  });

  test('says what the schema wants, and shows a key that is no text in base64', () => {
    const invalid = letterJson({ reason: 'invalid_field:channel', payload: '{"channel":"tv"}' });
    const lines = textOf(story({ found: found(invalid, { key: new Uint8Array([0xff, 0x1b]) }) }));
    expect(lines).toContain('  key         /xs= (base64)');
    expect(lines[10]).toBe('  The field "channel" is the text "tv".');
    expect(lines[11]).toMatch(/^ {2}Wanted is one of "web", "ios", "android"( \(.+\))?\.$/);
  });

  test('tells of replays and of the letters it comes from', () => {
    const came = found(
      letterJson({ attempt: 2, replay_id: 'r-0' }),
      {},
      {
        replayId: 'r-2',
        attempt: 2,
        repaired: true,
        forced: true,
      },
    );
    const back = { partition: 0, offset: 3, reason: 'missing_field:page' };
    const lines = textOf({
      found: came,
      origins: [
        { partition: 2, offset: 4, replayId: 'r-0', reason: 'malformed_json', attempt: 1 },
        { partition: 2, offset: 1, replayId: 'r-00', reason: undefined, attempt: undefined },
      ],
      replays: [
        replay({ cameBack: back }),
        replay({
          replayId: 'r-2',
          attempt: 2,
          repaired: true,
          forced: true,
          state: 'interrupted',
          sent: undefined,
        }),
      ],
    });
    expect(lines[0]).toBe('Dead letter 1:5: too_late, replayed by r-2');
    expect(lines.slice(6, 10)).toEqual([
      '  attempt     2: it came back from replay r-0',
      '  times are UTC',
      '  comes from  dead letter 2:4, malformed_json, by replay r-0',
      '  comes from  dead letter 2:1, which cannot be read any more, by replay r-00',
    ]);
    expect(lines.slice(-5)).toEqual([
      'Replays',
      '  2026-11-28 21:04:33.346  r-1, attempt 1',
      '    sent to raw 1:5347, failed again: dead letter 0:3, missing_field:page',
      '  2026-11-28 21:04:33.346  r-2, attempt 2, repaired, by force, the replay is interrupted',
      '    its raw record was not found',
    ]);
  });
});

describe('the page of what is no dead letter', () => {
  test('says why, and prints its bytes', () => {
    const none: LetterStory = { found: found('hi\u001b'), replays: [replay()], origins: [] };
    expect(storyPage(none, settings, false)).toEqual([
      { text: 'Dead letter 1:5: unreadable', tone: 'head' },
      { text: '  It cannot be read: its value is no JSON.' },
      { text: '  key         u-1' },
      { text: '  written     1970-01-01 00:02:50.000 (UTC)' },
      { text: '' },
      { text: 'Value, 3 bytes', tone: 'head' },
      { text: `  00000000  68 69 1b${' '.repeat(39)}  |hi.|` },
      { text: '' },
      { text: 'Replays', tone: 'head' },
      { text: '  2026-11-28 21:04:33.346  r-1, attempt 1' },
      { text: '    sent to raw 1:5347' },
    ]);
  });

  test('cuts a long value, and says so, unless all is wanted', () => {
    const more = '  … and more: --full prints all of it';
    const lines = (length: number, isFull: boolean) =>
      textOf(story({ found: found('x'.repeat(length)) }), isFull);
    expect(lines(256, false)).not.toContain(more);
    expect(lines(257, false)).toContain(more);
    expect(lines(257, true)).not.toContain(more);
    expect(lines(257, true)).toHaveLength(lines(257, false).length);
  });

  test('tells of a tombstone', () => {
    const lines = textOf(story({ found: found(null) }));
    expect(lines[1]).toBe('  It cannot be read: it has no value (a tombstone).');
    expect(lines).toContain('Value, 0 bytes');
  });
});

test('nothing of a letter, its journal and its past is obeyed by a terminal', () => {
  const wild = letterJson({
    reason: `by hand ${hostile}`,
    event_id: hostile,
    event_type: hostile,
    payload: JSON.stringify({ [hostile]: hostile }),
    source_topic: hostile,
    replay_id: hostile,
  });
  const replayed = { replayId: hostile, attempt: 1, repaired: false, forced: false };
  const key = new TextEncoder().encode(hostile);
  const past: LetterStory = {
    found: found(wild, { key }, replayed),
    replays: [replay({ replayId: hostile, cameBack: { partition: 0, offset: 0, reason: hostile } })],
    origins: [{ partition: 0, offset: 0, replayId: hostile, reason: hostile, attempt: 1 }],
  };
  const lines = textOf(past);
  expect(lines.join('')).not.toMatch(control);
  expect(lines[0]).toBe(`Dead letter 1:5: by hand ${hostileShown}, replayed by ${hostileShown}`);
  expect(lines[2]).toBe(`  key         ${hostileShown}`);
  const unreadable = { ...past, found: found(hostile, { key }, replayed) };
  expect(textOf(unreadable).join('')).not.toMatch(control);
});

test('no text of a letter makes the page long', () => {
  const long = 'x'.repeat(100_000);
  const wild = letterJson({
    reason: long,
    event_id: long,
    source_topic: long,
    replay_id: long,
    payload: long,
  });
  const lines = textOf({
    found: found(wild, { key: new TextEncoder().encode(long) }),
    replays: [replay({ replayId: long })],
    origins: [{ partition: 0, offset: 0, replayId: long, reason: long, attempt: 1 }],
  });
  expect(lines[0]).toBe(`Dead letter 1:5: ${'x'.repeat(282)}…`);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(330);
});

describe('a dead letter for scripts', () => {
  test('has its fault, its replays and where it comes from, with null for what is not known', () => {
    const json = storyJson(
      story({
        replays: [replay({ state: undefined, sent: undefined })],
        origins: [{ partition: 2, offset: 4, replayId: 'r-0', reason: undefined, attempt: undefined }],
      }),
      settings,
    );
    expect(json).toMatchObject({ partition: 1, offset: 231, state: 'outstanding', reason: 'too_late' });
    expect(json.fault).toMatchObject({ field: 'event_time' });
    expect(json.replays).toEqual([
      {
        replayId: 'r-1',
        attempt: 1,
        replayedAt: at(64, 33, 346),
        repaired: false,
        forced: false,
        state: null,
        sent: null,
        cameBack: null,
      },
    ]);
    expect(json.origins).toEqual([{ partition: 2, offset: 4, replayId: 'r-0', reason: null, attempt: null }]);
    expect(JSON.parse(JSON.stringify(json))).toEqual(json);
  });

  test('has no fault where it cannot be read', () => {
    expect(storyJson(story({ found: found(null) }), settings)).toEqual({
      partition: 1,
      offset: 5,
      state: 'unreadable',
      failedAt: 170_000,
      key: 'u-1',
      replayed: null,
      trouble: 'it has no value (a tombstone)',
      fault: null,
      replays: [],
      origins: [],
    });
  });
});

test('a place is written partition:offset', () => {
  expect(placeText({ partition: 0, offset: 12 })).toBe('0:12');
});
