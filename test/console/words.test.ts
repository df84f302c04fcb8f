import { describe, expect, test } from 'vitest';
import { listRequest, replayOrder } from '../../src/domain/console/letter-request.js';
import { isPlaceOf } from '../../src/domain/dlq/filter.js';
import { printable } from '../../src/domain/printable.js';

// The page's own modules are JavaScript; what they give is what the page shows and asks for.
interface Words {
  selectionOf: (address: { chosen: object; other: object }) => Record<string, unknown>;
  paramsOf: (selection: object) => URLSearchParams;
  selectionWords: (selection: object) => string;
  selectionOfLetter: (letter: object) => Record<string, unknown>;
  resultWords: (result: object) => { sentence: string; notSent: string[] };
  utc: (ms: number) => string;
}
const load = (name: string): Promise<unknown> =>
  import(new URL(`../../console/${name}`, import.meta.url).href);
const words = (await load('letters/words.js')) as Words;
const page = (await load('lib/printable.js')) as { printable: (text: string) => string };

describe('what an address chooses', () => {
  const chosen = { reason: ['too_late', 'future_event'], event_type: ['page_view'], channel: ['web'] };
  const other = { since: '1h', user: 'u-1', match: 'page=/a b&c', outstanding: 'true', letter: '' };
  const selection = words.selectionOf({ chosen, other });

  test('is asked for as the server takes it, for the list as for a replay', () => {
    const now = 1_800_000_000_000;
    const { filter } = listRequest(words.paramsOf(selection), now);
    expect(filter).toMatchObject({
      sinceMs: now - 3_600_000,
      reasons: ['too_late', 'future_event'],
      eventTypes: ['page_view'],
      users: ['u-1'],
      outstanding: true,
    });
    expect(filter.conditions).toHaveLength(1);
    expect(replayOrder({ selection }, now).filter).toEqual({ ...filter, untilMs: now });
  });

  test('is said in words', () => {
    expect(words.selectionWords(selection)).toBe(
      'of the reason too_late or future_event, of the type page_view, of the user u-1, whose payload has page=/a b&c, of the last hour, that were not replayed yet',
    );
    expect(words.selectionWords({})).toBe('of any kind');
  });
});

describe('one letter alone', () => {
  test('is the one at its place: others may have failed in the same moment, for the same reason', () => {
    const letter = { place: '2:17', failedAt: 1_700_000_000_123, reason: 'malformed_json', eventId: null };
    const selection = words.selectionOfLetter(letter);
    const { filter, selection: said } = replayOrder({ selection }, 1_800_000_000_000);
    expect(filter.places).toEqual(['2:17']);
    expect(said).toMatch(/^--place 2:17 --until /);
    const at = (offset: number) => ({ partition: 2, offset });
    expect([16, 17, 18].map((offset) => isPlaceOf(filter, at(offset)))).toEqual([false, true, false]);
    expect(words.selectionWords(selection)).toBe('at 2:17');
  });
});

test('a result is told with what was not sent, and why', () => {
  const skipped = {
    alreadyReplayed: 1_200,
    alreadyCounted: 0,
    unrepairable: 2,
    tooManyAttempts: 0,
    unreadable: 0,
  };
  const result = { dryRun: true, matched: 1_205, replayed: 3, repaired: 1, replayId: null, skipped };
  expect(words.resultWords(result)).toEqual({
    sentence: '3 of 1,205 dead letters would be sent again, 1 of them repaired.',
    notSent: ['Not sent: 1,200 replayed before.', 'Not sent: 2 still invalid, and not repaired.'],
  });
  expect(words.resultWords({ ...result, matched: 0, replayed: 0 }).sentence).toContain('nothing to replay');
});

test('times are UTC, also those that are none', () => {
  expect(words.utc(1_700_000_000_123)).toBe('2023-11-14 22:13:20.123');
  expect(words.utc(8.65e15)).toBe('8650000000000000');
});

test('the page escapes what the command line escapes, but for the ends of lines and tabs', () => {
  const hostile = 'a\u001b[31m\u202e\u0000\u2028\u{e0041}\ud800b<b>&amp;🙂é';
  expect(page.printable(hostile)).toBe(printable(hostile));
  expect(page.printable('a\n\tb\r')).toBe('a\n\tb\\u000d');
});

test('the map says how many reasons it leaves out', async () => {
  const { moreReasons } = (await load('map/words.js')) as { moreReasons: (left: number) => string };
  expect([-2, 0, 1, 2].map(moreReasons)).toEqual(['', '', 'and 1 more reason', 'and 2 more reasons']);
});
