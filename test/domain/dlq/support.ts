import type { DeadLetter, DeadLetterRecord } from '../../../src/domain/dlq/letter.js';
import { readLetter } from '../../../src/domain/dlq/letter.js';
import { topics } from '../../../src/domain/topics.js';

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

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
