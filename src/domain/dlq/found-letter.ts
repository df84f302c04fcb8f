import { isPlaceOf, matches, mayMatch, type LetterFilter } from './filter.js';
import type { Journal, JournalKey, Replayed } from './journal.js';
import { readLetter, type DeadLetter, type DeadLetterRecord } from './letter.js';
import { LetterPayload } from './payload.js';
import { topics } from '../topics.js';

/** A dead letter on the topic. The buffers of its record are shared with others: copy what is kept. */
export type FoundLetter = {
  record: DeadLetterRecord;
  /** What the journal says became of it, or of another letter of the same raw record. */
  replayed: Replayed | undefined;
} & (
  | { letter: DeadLetter; payload: LetterPayload; trouble?: undefined }
  /** It cannot be read, and so nobody knows whether the filter takes it. */
  | { letter?: undefined; payload?: undefined; trouble: string }
);

/** A record of the dead-letter topic, read; undefined for one that the filter does not take. */
export function findLetter(
  record: DeadLetterRecord,
  filter: LetterFilter,
  journal: Journal,
): FoundLetter | undefined {
  if (!isPlaceOf(filter, record)) return undefined;
  const { letter, trouble } = readLetter(record);
  const replayed = replayedOf(record, letter, journal);
  if (letter === undefined)
    return mayMatch(filter, record.timestampMs, replayed) ? { record, replayed, trouble } : undefined;
  const payload = new LetterPayload(letter);
  return matches(filter, letter, payload, replayed) ? { record, replayed, letter, payload } : undefined;
}

/** What became of a letter, or of another one of the same raw record. */
export function replayedOf(
  place: JournalKey,
  letter: DeadLetter | undefined,
  journal: Journal,
): Replayed | undefined {
  const own = journal.at(place);
  if (own !== undefined || letter?.source.topic !== topics.raw || journal.isTakenBack(place)) return own;
  return journal.ofSource(letter.source);
}

/** The letter with buffers of its own: one that is kept would keep alive the megabytes that its record was read with. */
export function owned(found: FoundLetter): FoundLetter {
  const { partition, offset, timestampMs, key, value } = found.record;
  const record = { partition, offset, timestampMs, key: ownBytes(key), value: ownBytes(value) };
  if (found.letter === undefined) return { ...found, record };
  // The payload reads the letter, so that stays the same object.
  found.letter.key = record.key;
  return { ...found, record };
}

// Not `slice`, which in Node's buffers copies nothing.
const ownBytes = (bytes: Uint8Array | null): Uint8Array | null =>
  bytes === null ? null : new Uint8Array(bytes);

/** When a letter failed; of one that cannot be read, when it was written. Epoch milliseconds. */
export function failedAt({ record, letter }: FoundLetter): number {
  return letter?.failedAtMs ?? record.timestampMs;
}
