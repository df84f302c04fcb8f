import type { FoundLetter } from '../../../src/domain/dlq/found-letter.js';
import type { Replayed } from '../../../src/domain/dlq/journal.js';
import type { DeadLetter, DeadLetterRecord } from '../../../src/domain/dlq/letter.js';
import { readLetter } from '../../../src/domain/dlq/letter.js';
import type { JudgeSettings } from '../../../src/domain/dlq/lateness.js';
import { LetterPayload } from '../../../src/domain/dlq/payload.js';
import { topics } from '../../../src/domain/topics.js';

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The settings of a lab that nobody changed. */
export const settings: JudgeSettings = {
  windowMs: 60_000,
  watermarkDelayMs: 5_000,
  allowedLatenessMs: 60_000,
  maxFutureSkewMs: 60_000,
};

/** Clears the screen, sets the window's title, colours all red, turns the writing direction. */
export const hostile = '\u001b[2J\u001b]0;t\u0007\u009b31m\u202e';
export const hostileShown = '\\u001b[2J\\u001b]0;t\\u0007\\u009b31m\\u202e';
/** What no line for a terminal may have. */
export const control = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** The value of a letter as the job writes it, with whatever a test says otherwise. */
export function letterJson(says: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    reason: 'too_late',
    verdict: 'too_late',
    event_id: '00000000-0000-4000-8000-000000000001',
    event_type: 'page_view',
    event_time: 1_000,
    watermark: 200_000,
    payload: '{"user_id":"u-1","page":"/cart"}',
    payload_encoding: null,
    source_topic: topics.raw,
    source_partition: 2,
    source_offset: 17,
    source_timestamp: 150_000,
    failed_at: 160_000,
    attempt: 1,
    replay_id: null,
    ...says,
  };
}

/** A record of the dead-letter topic: of an object its JSON. */
export function record(value: unknown, rest: Partial<DeadLetterRecord> = {}): DeadLetterRecord {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return {
    partition: 1,
    offset: 5,
    timestampMs: 170_000,
    key: bytes('u-1'),
    value: value === null ? null : bytes(text),
    ...rest,
  };
}

export function letter(
  says: Readonly<Record<string, unknown>> = {},
  rest: Partial<DeadLetterRecord> = {},
): DeadLetter {
  const { letter: found, trouble } = readLetter(record(letterJson(says), rest));
  if (found === undefined) throw new Error(trouble);
  return found;
}

/** A letter as a command finds it; of a value that is no letter, what cannot be read. */
export function found(
  value: unknown = letterJson(),
  rest: Partial<DeadLetterRecord> = {},
  replayed?: Replayed,
): FoundLetter {
  const of = record(value, rest);
  const { letter: read, trouble } = readLetter(of);
  return read === undefined
    ? { record: of, replayed, trouble }
    : { record: of, replayed, letter: read, payload: new LetterPayload(read) };
}
