import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { channels, eventTypes } from '../../src/domain/events.js';
import { EventIds } from '../../src/domain/ledger/event-ids.js';
import { QuickEvent } from '../../src/domain/quick-event.js';
import { judgePayload, type JudgedEvent } from '../../src/domain/reason.js';

const skewMs = 60_000;
/** A record says enough as it is; to make it smaller takes minutes. */
const endOnFailure = true;
const now = 1_760_000_000_000;
const reader = new QuickEvent(skewMs);

/** What is read quickly, in the words of `judgePayload`; the id is looked for among those that `EventIds` knows as text. */
function quickly(isRead: boolean, slow: JudgedEvent | undefined): unknown {
  if (!isRead) return undefined;
  const ids = new EventIds();
  if (slow !== undefined) ids.add(slow.eventId);
  const isSameId = slow !== undefined && ids.addWords(reader.id) === ~0;
  const { eventType, eventTimeMs, channel, revenueCents } = reader;
  return { eventId: isSameId ? slow.eventId : 'another one', eventType, eventTimeMs, channel, revenueCents };
}

function expectTheSame(payload: Uint8Array, timestampMs = now): boolean {
  const slow = judgePayload(payload, timestampMs, skewMs).valid;
  const quick = quickly(reader.read(payload, timestampMs), slow);
  if (quick !== undefined) expect(quick, Buffer.from(payload).toString()).toEqual(slow);
  // The same where it lies among others, whose bytes could go on with it or complete it.
  for (const cut of [0, 1, payload.length >> 1, payload.length]) {
    const around = Buffer.concat([payload.subarray(cut), payload, payload.subarray(cut)]);
    const from = payload.length - cut;
    const isRead = reader.readPart(around, from, from + payload.length, timestampMs);
    expect(quickly(isRead, slow)).toEqual(quick);
  }
  return quick !== undefined;
}

const word = fc.stringMatching(/^[ !#-[\]-~]{1,12}$/);
const token = (right: fc.Arbitrary<unknown>) => right.map((value) => JSON.stringify(value));
const amount = fc
  .tuple(fc.integer({ min: 0, max: 9_999_999_999 }), fc.constantFrom('', '.5', '.05', '.25', '.99', '.10'))
  .filter(([whole, rest]) => whole > 0 || rest !== '')
  .map(([whole, rest]) => `${String(whole)}${rest}`);
/** Names and values, as they stand in the text. */
const plainParts = fc
  .record({
    event_id: token(fc.uuid()),
    event_type: token(fc.constantFrom(...eventTypes)),
    event_time: fc.integer({ min: 0, max: now + skewMs }).map(String),
    schema_version: fc.constantFrom('1', '2'),
    user_id: token(word),
    session_id: token(word),
    page: token(word),
    referrer: token(fc.oneof(word, fc.constant(''))),
    order_id: token(word),
    amount,
    channel: token(fc.constantFrom(...channels)),
    pad: fc.oneof(token(word), fc.nat().map(String)),
  })
  .chain((parts) => fc.shuffledSubarray(Object.entries(parts), { minLength: 12, maxLength: 12 }));
const textOf = (parts: readonly (readonly [string, string])[]): string =>
  `{${parts.map(([name, value]) => `"${name}":${value}`).join(',')}}`;

/** What JSON, the schemas or Flink's parser have rules for. */
const nastyValue = fc.constantFrom(
  ...['null', 'true', '-0', '-1', '0', '00', '01', '1.0', '2.0', '1e2', '1E+2', '1e400', '.5', '5.', '0.00'],
  ...['0.001', '12.345', '1.10', '1.999', '1e13', '9999999999999.99', '10000000000', '9007199254740993'],
  ...[
    '8640000000000000',
    '8640000000000001',
    '1760000060001',
    '"1"',
    '3',
    '""',
    '" "',
    '{}',
    '[]',
    '{"a":1}',
  ],
  ...['"\\u0061"', '"a\\"b"', '"\\n"', '"é"', '"\u007f"', '"\ud83d\ude00"', '"page_view "', '"web"', '"WEB"'],
  ...['"0B7CF7A8-3A7E-4F6B-9D0E-2F5A7C1D9E10"', '"0b7cf7a8-3a7e-4f6b-9d0e-2f5a7c1d9e1"', '"g"', 'NaN', ''],
  ...['"0b7cf7a83-a7e-4f6b-9d0e-2f5a7c1d9e10"', '"page_view', 'page_view"', '1e1234567890', '"1e1234567890"'],
);
const nastyName = fc.constantFrom(
  ...[
    'event_id',
    'event_type',
    'amount',
    'channel',
    'EVENT_ID',
    '__proto__',
    '',
    'event_id ',
    'event\\u005fid',
  ],
);
const edit = fc.oneof(
  fc.record({ kind: fc.constant('value' as const), at: fc.nat(), value: nastyValue }),
  fc.record({ kind: fc.constant('more' as const), at: fc.nat(), name: nastyName, value: nastyValue }),
  fc.record({ kind: fc.constant('again' as const), at: fc.nat(), others: plainParts }),
  fc.record({ kind: fc.constant('without' as const), at: fc.nat() }),
);

type Parts = [string, string][];

function edited(parts: Parts, change: typeof edit extends fc.Arbitrary<infer T> ? T : never): Parts {
  const at = change.at % Math.max(1, parts.length);
  const result: Parts = parts.map(([name, value]) => [name, value]);
  const part = result[at];
  if (part === undefined) return result;
  if (change.kind === 'value') part[1] = change.value;
  else if (change.kind === 'more') result.splice(at, 0, [change.name, change.value]);
  else if (change.kind === 'again') result.push(...change.others.filter(([name]) => name === part[0]));
  else result.splice(at, 1);
  return result;
}

/** A change of the bytes themselves: one is replaced, put in, or taken away, or the record is cut off. */
const byteEdit = fc.record({
  kind: fc.constantFrom('replace', 'insert', 'remove', 'cut'),
  at: fc.nat(),
  byte: fc.oneof(
    fc.integer({ min: 0, max: 255 }),
    fc.constantFrom(...Buffer.from('{}[]":,\\ \n\t.eE-+09aF')),
  ),
});

function bytesEdited(bytes: Uint8Array, { kind, at, byte }: { kind: string; at: number; byte: number }) {
  const all = [...bytes];
  const index = at % (all.length + 1);
  if (kind === 'replace') all[Math.min(index, all.length - 1)] = byte;
  else if (kind === 'insert') all.splice(index, 0, byte);
  else if (kind === 'remove') all.splice(index, 1);
  else all.length = index;
  return Uint8Array.from(all);
}

describe('a record that is read quickly', () => {
  test('is what the judge says it is, and every plain record is read so', () => {
    fc.assert(
      fc.property(plainParts, (parts) => {
        expect(expectTheSame(Buffer.from(textOf(parts)))).toBe(true);
      }),
      { numRuns: 1_000, endOnFailure },
    );
  });

  test('is what the judge says it is, whatever its fields are and hold', () => {
    fc.assert(
      fc.property(plainParts, fc.array(edit, { minLength: 1, maxLength: 3 }), (parts, edits) => {
        expectTheSame(Buffer.from(textOf(edits.reduce(edited, parts))));
      }),
      { numRuns: 5_000, endOnFailure },
    );
  });

  test('is what the judge says it is, whatever its bytes are', () => {
    fc.assert(
      fc.property(plainParts, fc.array(byteEdit, { minLength: 1, maxLength: 3 }), (parts, edits) => {
        expectTheSame(edits.reduce(bytesEdited, Buffer.from(textOf(parts))));
      }),
      { numRuns: 5_000, endOnFailure },
    );
  });

  test('is never one from the future, nor a tombstone', () => {
    const parts = (time: number): string =>
      `{"event_id":"0b7cf7a8-3a7e-4f6b-9d0e-2f5a7c1d9e10","event_type":"page_view","schema_version":1,"event_time":${String(time)},"user_id":"u","session_id":"s","page":"/","referrer":""}`;
    expect(expectTheSame(Buffer.from(parts(now + skewMs)))).toBe(true);
    expect(expectTheSame(Buffer.from(parts(now + skewMs + 1)))).toBe(false);
    expect(reader.read(null, now)).toBe(false);
  });
});
