import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { faultOf } from '../../../src/domain/dlq/fault.js';
import { payloadView, type ViewLine } from '../../../src/domain/dlq/payload-view.js';
import { LetterPayload } from '../../../src/domain/dlq/payload.js';
import { control, hostile, hostileShown, letter, settings } from './support.js';

const more: ViewLine = { text: '  … and more: --full prints all of it', tone: 'dim' };
const head = (text: string): ViewLine => ({ text, tone: 'head' });
const bad = (text: string): ViewLine => ({ text, tone: 'bad' });

function view(says: Readonly<Record<string, unknown>>, isFull = false): ViewLine[] {
  const of = letter(says);
  const payload = new LetterPayload(of);
  return payloadView(of, payload, faultOf(of, payload, settings), isFull);
}
const malformed = (payload: string, isFull = false): ViewLine[] =>
  view({ reason: 'malformed_json', payload }, isFull);
const textOf = (lines: readonly ViewLine[]): string[] => lines.map(({ text }) => text);

describe('the payload of a letter about a field', () => {
  test('is laid out, with the field pointed at', () => {
    const payload = '{"event_time":"yesterday","user_id":"ü"}';
    expect(view({ reason: 'invalid_field:event_time', payload })).toEqual([
      head('Payload, 41 bytes'),
      { text: '  {' },
      bad('▶   "event_time": "yesterday",'),
      { text: '    "user_id": "ü"' },
      { text: '  }' },
    ]);
  });

  test('says where the field is not', () => {
    expect(view({ reason: 'missing_field:page', payload: '{"a":{"page":1}}' })).toEqual([
      head('Payload, 16 bytes'),
      { text: '  {' },
      { text: '    "a": {' },
      { text: '      "page": 1' },
      { text: '    }' },
      bad('▶   "page" is not there'),
      { text: '  }' },
    ]);
  });

  test('points at the last of two of one name, which is the one that is read', () => {
    const payload = '{"page":1,"a":2,"page":""}';
    expect(textOf(view({ reason: 'invalid_field:page', payload })).slice(1)).toEqual([
      '  {',
      '    "page": 1,',
      '    "a": 2,',
      '▶   "page": ""',
      '  }',
    ]);
  });

  test('points at the line where a value of many lines begins', () => {
    const payload = '{"page":{"page":[]}}';
    expect(textOf(view({ reason: 'invalid_field:page', payload })).slice(1)).toEqual([
      '  {',
      '▶   "page": {',
      '      "page": []',
      '    }',
      '  }',
    ]);
  });

  test('has no field where it is a list', () => {
    const lines = textOf(view({ reason: 'invalid_field:b', payload: '["a","b"]' }));
    expect(lines).toContain('    "b"');
    expect(lines).not.toContain('▶   "b"');
  });

  test('is cut behind 80 lines, unless all is wanted; what is cut off is not said to be missing', () => {
    const fields = Array.from({ length: 90 }, (_, n) => [`f${n}`, n] as const);
    const says = {
      reason: 'invalid_field:f89',
      payload: JSON.stringify(Object.fromEntries(fields)),
    };
    const short = view(says);
    expect(short).toHaveLength(1 + 80 + 1);
    expect(short.at(-1)).toEqual(more);
    expect(short.filter(({ tone }) => tone === 'bad')).toEqual([]);
    const full = view(says, true);
    expect(full).toHaveLength(1 + 92);
    expect(full.filter(({ tone }) => tone === 'bad')).toEqual([bad('▶   "f89": 89')]);
  });

  test('keeps the first 200 characters of a value, unless all is wanted', () => {
    const says = { payload: JSON.stringify({ page: 'x'.repeat(300) }), reason: 'missing_field:page' };
    expect(textOf(view(says))[2]).toBe(`▶   "page": "${'x'.repeat(198)}… (302 characters)`);
    expect(textOf(view(says, true))[2]).toBe(`▶   "page": "${'x'.repeat(300)}"`);
  });
});

describe('a payload that is no JSON', () => {
  test('is shown up to the fault and two lines behind it, with a caret under it', () => {
    const payload = ['{', ' "a": 1,', ' "b": 2,', ' "c": 3,', ' "d": oops,', ' "e": 5,', ' "f": 6,', '}'];
    expect(malformed(payload.join('\n'))).toEqual([
      head('Payload, 60 bytes'),
      { text: '   "a": 1,' },
      { text: '   "b": 2,' },
      { text: '   "c": 3,' },
      bad('▶  "d": oops,'),
      bad('        ^'),
      { text: '   "e": 5,' },
      { text: '   "f": 6,' },
      more,
    ]);
    expect(textOf(malformed(payload.join('\n'), true)).slice(1)).toEqual([
      '  {',
      '   "a": 1,',
      '   "b": 2,',
      '   "c": 3,',
      '▶  "d": oops,',
      '        ^',
      '   "e": 5,',
      '   "f": 6,',
      '  }',
    ]);
  });

  test('of one long line is shown around the fault, and it is said that there is more', () => {
    const payload = `{"a":"${'x'.repeat(80)}" oops, ${'y'.repeat(80)}`;
    expect(malformed(payload)).toEqual([
      head('Payload, 174 bytes'),
      bad(`▶ …${'x'.repeat(58)}" oops, ${'y'.repeat(53)}…`),
      bad(`  ${' '.repeat(61)}^`),
      more,
    ]);
    expect(malformed(payload, true)).toEqual([
      head('Payload, 174 bytes'),
      bad(`▶ ${payload}`),
      bad(`  ${' '.repeat(88)}^`),
    ]);
  });

  test('says that there is more wherever a part of the line at fault was left out', () => {
    for (const payload of [`{"a":"${'x'.repeat(80)}" oops`, `oops${'x'.repeat(80)}`]) {
      const lines = malformed(payload);
      expect(lines[1]!.text).toContain('…');
      expect(lines.at(-1)).toEqual(more);
    }
    expect(malformed(`{"a":"${'x'.repeat(40)}" oops`).at(-1)).not.toEqual(more);
  });

  test('has its caret under the fault also behind escapes', () => {
    expect(malformed(`{"\u009b": oops}`)).toEqual([
      head('Payload, 12 bytes'),
      bad('▶ {"\\u009b": oops}'),
      bad('             ^'),
    ]);
  });

  test('of no character is a caret', () => {
    expect(malformed('')).toEqual([head('Payload, 0 bytes'), bad('▶ '), bad('  ^')]);
  });

  test('and whose reason is another is shown as text', () => {
    expect(view({ reason: 'too_late', payload: 'hello\n\u001b[2J' })).toEqual([
      head('Payload, 10 bytes'),
      { text: '  hello\\n\\u001b[2J' },
    ]);
    const long = view({ reason: 'too_late', payload: 'x'.repeat(201) });
    expect(long.slice(1)).toEqual([{ text: `  ${'x'.repeat(199)}…` }, more]);
    expect(view({ reason: 'too_late', payload: 'x'.repeat(201) }, true)[1]!.text).toHaveLength(203);
  });
});

describe('a payload that is no text', () => {
  const base64 = (bytes: readonly number[]): Readonly<Record<string, unknown>> => ({
    reason: 'malformed_json',
    payload: Buffer.from(bytes).toString('base64'),
    payload_encoding: 'base64',
  });

  test('is a hex dump', () => {
    expect(view(base64([0x7b, 0xff, 0x1b, 0x5b]))).toEqual([
      head('Payload, 4 bytes that are no text'),
      { text: `  00000000  7b ff 1b 5b${' '.repeat(36)}  |{..[|` },
    ]);
  });

  test('is cut behind 256 bytes, unless all is wanted', () => {
    const bytes = new Array<number>(257).fill(0xff);
    expect(view(base64(bytes.slice(1)))).toHaveLength(1 + 16);
    expect(view(base64(bytes))).toHaveLength(1 + 16 + 1);
    expect(view(base64(bytes)).at(-1)).toEqual(more);
    expect(view(base64(bytes), true)).toHaveLength(1 + 17);
  });

  test('but base64 of a text is that text', () => {
    const payload = Buffer.from('{"page":"ü"}').toString('base64');
    expect(view({ reason: 'invalid_field:page', payload, payload_encoding: 'base64' })).toEqual([
      head('Payload, 13 bytes'),
      { text: '  {' },
      bad('▶   "page": "ü"'),
      { text: '  }' },
    ]);
  });

  test('and cannot be decoded is shown as it stands in the letter', () => {
    expect(view({ payload_encoding: 'zstd', payload: `KLUv${hostile}` })).toEqual([
      head('Payload, as it stands in the letter'),
      { text: `  KLUv${hostileShown}` },
    ]);
  });

  test('of a tombstone is none', () => {
    expect(view({ reason: 'malformed_json', payload: null })).toEqual([head('No payload')]);
  });
});

test('no line has what a terminal would obey, whatever the payload, the reason and the encoding', () => {
  const parts = fc.constantFrom('{', '"', hostile, '\n', '\r', '\t', ':', ',', '}', 'x', '\ud800');
  const wild = fc.array(parts, { maxLength: 8 }).map((some) => some.join(''));
  const payloads = fc.oneof(
    wild,
    fc.array(fc.tuple(wild, wild), { maxLength: 3 }).map((some) => JSON.stringify(Object.fromEntries(some))),
  );
  const reasons = fc.constantFrom('malformed_json', 'too_late', `missing_field:${hostile}`, 'by hand');
  const encodings = fc.constantFrom(null, '', 'base64', hostile);
  fc.assert(
    fc.property(payloads, reasons, encodings, fc.boolean(), (payload, reason, payload_encoding, isFull) => {
      expect(textOf(view({ payload, reason, payload_encoding }, isFull)).join('')).not.toMatch(control);
    }),
    { numRuns: 60 },
  );
});
