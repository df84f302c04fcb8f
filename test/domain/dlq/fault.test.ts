import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { faultOf, type Fault } from '../../../src/domain/dlq/fault.js';
import { LetterPayload } from '../../../src/domain/dlq/payload.js';
import { judgePayload } from '../../../src/domain/reason.js';
import { bytes, control, hostile, hostileShown, letter, settings } from './support.js';

function fault(says: Readonly<Record<string, unknown>>): Fault {
  const of = letter(says);
  return faultOf(of, new LetterPayload(of), settings);
}
const base64 = (...units: number[]): Readonly<Record<string, unknown>> => ({
  payload: Buffer.from(units).toString('base64'),
  payload_encoding: 'base64',
});

describe('the fault of a letter about time', () => {
  test('is how much too late it came', () => {
    expect(fault({ event_time: 1_000, watermark: 200_000 })).toEqual({
      sentence:
        'Window 00:00:00–00:01:00 closed for good at 00:02:00 (its end and 1m of allowed lateness); the watermark, 5s behind the events, was 00:03:20. It came 1m 20s too late.',
      field: 'event_time',
    });
  });

  test("is how far it is ahead of Kafka's timestamp", () => {
    const says = { reason: 'future_event', event_time: 240_000, source_timestamp: 150_000 };
    expect(fault(says)).toEqual({
      sentence: 'It claims 00:04:00, and Kafka got it at 00:02:30: 1m 30s ahead, where 1m is allowed.',
      field: 'event_time',
    });
  });
});

describe('the fault of a letter about a field', () => {
  const channel = 'one of "web", "ios", "android"';
  test.each([
    ['missing_field:channel', '{"a":1}', 'The field "channel" is not there.'],
    [
      'missing_field:channel',
      '{"channel":null}',
      'The field "channel" is null, which is as good as missing.',
    ],
    ['invalid_field:channel', '{"channel":""}', 'The field "channel" is an empty text.'],
    ['invalid_field:channel', '{"channel":"tv"}', 'The field "channel" is the text "tv".'],
    ['invalid_field:channel', '{"channel":-1.5}', 'The field "channel" is the number -1.5.'],
    ['invalid_field:channel', '{"channel":false}', 'The field "channel" is false.'],
    ['invalid_field:channel', '{"channel":[]}', 'The field "channel" is a list.'],
    ['invalid_field:channel', '{"channel":{}}', 'The field "channel" is an object.'],
    ['invalid_field:channel', '{"channel":1,"channel":2}', 'The field "channel" is the number 2.'],
  ])('%s of %s is told in words', (reason, payload, sentence) => {
    const { wants, ...rest } = fault({ reason, payload });
    expect(rest).toEqual({ field: 'channel', sentence });
    expect(wants?.startsWith(channel)).toBe(true);
  });

  test('is the version where that is not supported', () => {
    const told = fault({ reason: 'unsupported_schema_version', payload: '{"schema_version":3}' });
    expect(told).toMatchObject({
      field: 'schema_version',
      sentence: 'The field "schema_version" is the number 3.',
    });
    expect(told.wants).toMatch(/^one of 1, 2\b/);
  });

  test('is told without what is wanted where no event has such a field', () => {
    for (const field of ['constructor', '__proto__', 'a:b', ''])
      expect(fault({ reason: `missing_field:${field}`, payload: '{}' })).toEqual({
        field,
        sentence: `The field "${field}" is not there.`,
      });
  });

  test.each(['[1]', '"channel"', '7', 'null', '{"channel":', ''])(
    'cannot be seen in a payload that is no object: %s',
    (payload) => {
      expect(fault({ reason: 'invalid_field:channel', payload }).sentence).toBe(
        'Its payload is no JSON object, so the reason cannot be seen in it.',
      );
    },
  );

  test('never has what a terminal would obey, and is short', () => {
    const long = hostile.repeat(40);
    for (const payload of [JSON.stringify({ page: long }), JSON.stringify({ [long]: 1 })])
      for (const field of ['page', long]) {
        const { sentence } = fault({ reason: `invalid_field:${field}`, payload });
        expect(sentence).not.toMatch(control);
        expect(sentence.length).toBeLessThan(700);
      }
    expect(fault({ reason: 'invalid_field:page', payload: JSON.stringify({ page: hostile }) }).sentence).toBe(
      `The field "page" is the text "${hostileShown}".`,
    );
    const payload = JSON.stringify({ [hostile]: true });
    expect(fault({ reason: `invalid_field:${hostile}`, payload }).sentence).toBe(
      `The field "${hostileShown}" is true.`,
    );
  });
});

describe('the fault of a letter that is no JSON object', () => {
  const malformed = (payload: string | null): Fault => fault({ reason: 'malformed_json', payload });

  test('is the place where it stops being JSON', () => {
    expect(malformed('{"a": 1,\n "b": tru}')).toEqual({
      sentence:
        'It is no JSON: in line 2, column 7, a text in double quotes, a number, true, false, null, { or [ is expected.',
      at: { line: 2, column: 7, index: 15 },
    });
    expect(malformed('\n\n{"a":1')).toEqual({
      sentence: 'It is no JSON: in line 3, column 7, the text ends here, and } is missing.',
      at: { line: 3, column: 7, index: 8 },
    });
    expect(malformed('')).toEqual({
      sentence: 'It is no JSON: in line 1, column 1, there is nothing.',
      at: { line: 1, column: 1, index: 0 },
    });
    expect(malformed('\n').at).toEqual({ line: 2, column: 1, index: 1 });
    expect(malformed('\ufeff{}').at).toEqual({ line: 1, column: 1, index: 0 });
  });

  test.each([
    [null, 'The record had no value: it was a tombstone.'],
    ['[{}]', 'It is JSON, but an event is one object.'],
    ['null', 'It is JSON, but an event is one object.'],
    ['{}', 'It is one JSON object: the reason does not fit the payload.'],
  ])('%s is told', (payload, sentence) => {
    expect(malformed(payload)).toEqual({ sentence });
  });

  test('is a limit of the parser of the job', () => {
    const limits =
      "It is JSON that Flink's parser refuses: deeper than 999 levels, a number of more than 1000 characters or with an exponent beyond 2147483647, or a name of more than 50000 characters.";
    for (const value of [`${'['.repeat(999)}${']'.repeat(999)}`, '1'.repeat(1_001), '1e2147483648'])
      expect(malformed(`{"a":${value}}`)).toEqual({ sentence: limits });
    expect(malformed(`{"${'k'.repeat(50_001)}":1}`)).toEqual({ sentence: limits });
  });

  test('is the first byte that is not UTF-8', () => {
    expect(fault({ reason: 'malformed_json', ...base64(0x7b, 0xff, 0x1b) })).toEqual({
      sentence: 'It is no text: byte 1 of 3 is not UTF-8 (the first is byte 0).',
    });
  });

  test('is that the payload cannot be read', () => {
    expect(fault({ reason: 'malformed_json', payload_encoding: 'gzip', payload: 'x' })).toEqual({
      sentence: 'Its payload cannot be read: its payload_encoding is "gzip", and only base64 is known.',
    });
    expect(fault({ reason: 'malformed_json', payload_encoding: 'base64', payload: '!' })).toEqual({
      sentence: 'Its payload cannot be read: its payload is not the base64 that payload_encoding says.',
    });
  });

  test('is found in whatever the job calls malformed, in the line and column that an editor shows', () => {
    const texts = fc.array(
      fc.constantFrom('{', '}', '[', ']', '"a"', ':', ',', '1', '\n', ' ', 'null', '"'),
      {
        maxLength: 12,
      },
    );
    fc.assert(
      fc.property(texts, (parts) => {
        const text = parts.join('');
        const { sentence, at } = malformed(text);
        const isMalformed = judgePayload(bytes(text), 0, 0).reason === 'malformed_json';
        expect(sentence.endsWith('does not fit the payload.')).toBe(!isMalformed);
        expect(at === undefined).toBe(isJson(text));
        if (at === undefined) return;
        const before = text.slice(0, at.index).split('\n');
        expect([at.line, at.column]).toEqual([before.length, before.at(-1)!.length + 1]);
      }),
    );
  });
});

test('a reason that the job does not give is said to be none', () => {
  for (const reason of ['by hand', 'constructor', 'too_late ', 'TOO_LATE', hostile])
    expect(fault({ reason })).toEqual({ sentence: 'The job of this version gives no such reason.' });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
