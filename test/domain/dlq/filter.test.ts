import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  describeFilter,
  isPlaceOf,
  matches,
  mayMatch,
  parseFilter,
  type LetterOptions,
} from '../../../src/domain/dlq/filter.js';
import { LetterPayload } from '../../../src/domain/dlq/payload.js';
import { StreamlabError } from '../../../src/errors.js';
import { bytes, letter } from './support.js';

const now = Date.UTC(2026, 0, 31, 12);
const replayed = { replayId: 'r', attempt: 1, repaired: false, forced: false };

/** Whether the flags take a letter. */
function takes(options: LetterOptions, says: Record<string, unknown> = {}, isReplayed = false): boolean {
  const found = letter(says);
  return matches(
    parseFilter(options, now),
    found,
    new LetterPayload(found),
    isReplayed ? replayed : undefined,
  );
}

describe('a filter', () => {
  it('without anything said takes every letter', () => {
    expect(takes({})).toBe(true);
    expect(takes({ reason: [], match: [] }, { payload: null }, true)).toBe(true);
  });

  it('takes letters from since on and before until, ago or at a time', () => {
    const hourAgo = now - 3_600_000;
    expect(takes({ since: '1h' }, { failed_at: hourAgo })).toBe(true);
    expect(takes({ since: '1h' }, { failed_at: hourAgo - 1 })).toBe(false);
    expect(takes({ until: '60m' }, { failed_at: hourAgo })).toBe(false);
    expect(takes({ until: '2026-01-31T11:00:00Z' }, { failed_at: hourAgo - 1 })).toBe(true);
    expect(takes({ since: '2026-01-31 12:00+01:00' }, { failed_at: hourAgo })).toBe(true);
    expect(takes({ since: String(hourAgo), until: String(now) }, { failed_at: now - 1 })).toBe(true);
  });

  it('takes a reason, or all of its group', () => {
    const reason = 'missing_field:amount';
    expect(takes({ reason: ['missing_field'] }, { reason })).toBe(true);
    expect(takes({ reason: ['missing_field:amount'] }, { reason })).toBe(true);
    expect(takes({ reason: ['missing_field:channel'] }, { reason })).toBe(false);
    expect(takes({ reason: ['too_late', 'missing_field'] }, { reason })).toBe(true);
    expect(takes({ reason: ['invalid_field'] }, { reason })).toBe(false);
  });

  it('takes an event type, a user by key or payload, and only what is outstanding', () => {
    expect(takes({ 'event-type': ['page_view'] })).toBe(true);
    expect(takes({ 'event-type': ['page_view'] }, { event_type: null })).toBe(false);
    expect(takes({ user: ['u-1'] }, { payload: null })).toBe(true);
    expect(takes({ user: ['u-2'] }, { payload: '{"user_id":"u-2"}' })).toBe(true);
    expect(takes({ user: ['u-'] })).toBe(false);
    expect(takes({ outstanding: true })).toBe(true);
    expect(takes({ outstanding: true }, {}, true)).toBe(false);
  });

  it('wants all that is said', () => {
    expect(takes({ user: ['u-1'], reason: ['too_late'], match: ['page=/cart', 'page!=/'] })).toBe(true);
    expect(takes({ user: ['u-1'], reason: ['too_late'], match: ['page=/cart', 'page=/'] })).toBe(false);
  });
});

describe('--match', () => {
  const payload = JSON.stringify({
    amount: 12.5,
    count: '5',
    ok: true,
    none: null,
    a: { b: { c: 'x=y' } },
    items: [{ sku: 'A-1' }, { sku: 'B', tags: ['new', 1] }],
    'odd "name.': 1,
    text: '',
  });
  it.each([
    ['amount=12.5', true],
    ['amount=12.50', true],
    ['amount=1.25e1', true],
    ['amount="12.5"', false],
    ['count=5', false],
    ['count="5"', true],
    ['ok=true', true],
    ['ok=false', false],
    ['none=null', true],
    ['none', true],
    ['text=""', true],
    ['absent', false],
    ['absent=null', false],
    ['absent!=null', true],
    ['absent!=5', true],
    ['a.b.c=x=y', true],
    ['$.a.b.c = x=y', true],
    ['$["a"].b["c"]!=x', true],
    ['a.b', true],
    ['a.b={"c":"x=y"}', true],
    ['a.b={"c":"x=y","d":1}', false],
    ['$.items[0].sku=A-1', true],
    ['.items[1].sku!=A-1', true],
    ['items[1].tags=["new",1]', true],
    ['items[1].tags=["new"]', false],
    ['items[2].sku', false],
    ['items.length', false],
    ['items.0', false],
    ['["odd \\"name."]=1', true],
    ['constructor', false],
    ['__proto__', false],
    ['a.toString', false],
  ])('%s is %s', (condition, expected) => {
    expect(takes({ match: [condition] }, { payload })).toBe(expected);
  });

  it('takes no payload that is no JSON object, whatever is said', () => {
    for (const text of ['{"a":', '[1]', '5', null])
      expect(takes({ match: ['a!=1'] }, { payload: text })).toBe(false);
  });

  it('reads a payload in base64', () => {
    const encoded = { payload: Buffer.from('{"a":1}').toString('base64'), payload_encoding: 'base64' };
    expect(takes({ match: ['a=1'] }, encoded)).toBe(true);
    expect(takes({ match: ['a=1'] }, { ...encoded, payload_encoding: 'gzip' })).toBe(false);
  });

  it('bears payloads nested without end', () => {
    const deep = `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    expect(takes({ match: ['a=[[[1]]]'] }, { payload: deep })).toBe(false);
    expect(takes({ match: ['a[0][0]'] }, { payload: deep })).toBe(true);
  });

  it('finds every field of every object by its name in quotes', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (fields) => {
        for (const [name, value] of Object.entries(fields)) {
          if (name === '__proto__') continue;
          const quotedName = name.replace(/["\\]/g, '\\$&');
          const match = [`["${quotedName}"]=${JSON.stringify(value)}`];
          expect(takes({ match }, { payload: JSON.stringify(fields) }), match[0]).toBe(true);
        }
      }),
    );
  });
});

describe('filters that are refused', () => {
  it.each([
    [{ since: 'yesterday' }, '--since "yesterday": give a time since 1970'],
    [{ since: '2027-01-01' }, 'that lies in the future'],
    [{ since: '1h', until: '2h' }, '--until "2h": that is not after --since'],
    [{ reason: ['too_lat'] }, 'did you mean "too_late"?'],
    [{ reason: ['missing_fields'] }, 'did you mean "missing_field"?'],
    [{ reason: ['missing_field:chanel'] }, 'did you mean "missing_field:channel"?'],
    [{ reason: ['\u001b[2J'] }, '--reason "\\u001b[2J": there is no such reason'],
    [{ user: [''] }, '--user "": it is empty'],
    [{ match: [''] }, 'it names no field'],
    [{ match: ['=5'] }, 'it names no field'],
    [{ match: ['a='] }, 'there is no value behind it'],
    [{ match: ['a>5'] }, 'behind the path comes =, != or nothing'],
    [{ match: ['a b=5'] }, 'behind the path comes =, != or nothing'],
    [{ match: ['a[x]=5'] }, 'behind the path comes =, != or nothing'],
  ] as [LetterOptions, string][])('%j: %s', (options, sentence) => {
    let thrown: unknown;
    try {
      parseFilter(options, now);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(StreamlabError);
    expect(thrown).toMatchObject({ code: 'INVALID_USAGE' });
    expect((thrown as StreamlabError).message).toContain(sentence);
  });
});

describe('a place', () => {
  it('takes the letter there, whether it can be read or not', () => {
    const filter = parseFilter({ place: ['2:17', '0:00'] }, now);
    const taken = (partition: number, offset: number) => isPlaceOf(filter, { partition, offset });
    expect([taken(2, 17), taken(0, 0), taken(2, 1), taken(1, 17)]).toEqual([true, true, false, false]);
    expect(isPlaceOf(parseFilter({}, now), { partition: 2, offset: 17 })).toBe(true);
    expect(describeFilter({ place: ['2:17'] })).toBe('--place 2:17');
  });

  it.each(['', '2', '2:', ':17', '-1:2', '2:17:1', 'e-1'])('is no %j', (text) => {
    expect(() => parseFilter({ place: [text] }, now)).toThrow('that is no partition:offset');
  });
});

describe('a letter that cannot be read', () => {
  it('may be one that is wanted, but for its time and its replay', () => {
    const filter = parseFilter({ since: '1h', reason: ['too_late'], outstanding: true }, now);
    expect(mayMatch(filter, now, undefined)).toBe(true);
    expect(mayMatch(filter, now - 3_600_001, undefined)).toBe(false);
    expect(mayMatch(filter, now, replayed)).toBe(false);
  });
});

describe('the description of filters', () => {
  it('is flags that a shell reads', () => {
    expect(describeFilter({})).toBe('');
    expect(
      describeFilter({
        outstanding: true,
        match: ['page=/cart', "name!=O'Hara"],
        since: '1h',
        reason: ['too_late', 'missing_field'],
      }),
    ).toBe(
      "--since 1h --reason too_late --reason missing_field --match page=/cart --match 'name!=O'\\''Hara' --outstanding",
    );
  });
});

describe('a key', () => {
  it('is compared as text, also where it is none', () => {
    const found = letter({ payload: null }, { key: new Uint8Array([255]) });
    const payload = new LetterPayload(found);
    expect(payload.key).toBe('\ufffd');
    expect(new LetterPayload(letter({}, { key: null })).key).toBeNull();
    expect(new LetterPayload(letter({}, { key: bytes('u') })).key).toBe('u');
  });
});
