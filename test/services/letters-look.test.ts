import { expect, test } from 'vitest';
import type { KafkaRecord } from '../../src/adapters/kafka/reader.js';
import { topics } from '../../src/domain/topics.js';
import { NewestLetters } from '../../src/services/letters-look.js';

/** A dead-letter topic of one partition, and a journal that is empty. */
function topicOf(letters: readonly object[]): ConstructorParameters<typeof NewestLetters>[0] {
  const records = letters.map(
    (letter, offset) =>
      ({
        partition: 0,
        offset,
        timestampMs: 1_000 + offset,
        key: null,
        value: new TextEncoder().encode(JSON.stringify(letter)),
      }) as KafkaRecord,
  );
  const end = records.length;
  return {
    offsets: (topic) =>
      Promise.resolve(
        topic === topics.deadLetters ? [{ partition: 0, begin: 0, end, lastStable: end }] : [],
      ) as never,
    // eslint-disable-next-line @typescript-eslint/require-await
    read: async function* (_, [range]) {
      yield records.slice(range!.from, range!.to);
    } as ConstructorParameters<typeof NewestLetters>[0]['read'],
  };
}

test('of what somebody sent only the beginning is kept: it stays in memory, and goes to every page that looks', async () => {
  const long = 'x'.repeat(900_000);
  const letter = {
    reason: 'invalid_field:event_id',
    verdict: 'invalid',
    event_id: long,
    event_type: long,
    payload: long,
    payload_encoding: null,
    source_topic: topics.raw,
    source_partition: 0,
    source_offset: 1,
    source_timestamp: 1,
    failed_at: 1_000,
    attempt: 1,
  };
  const look = new NewestLetters(topicOf([letter, { ...letter, reason: long }]));
  const { newest } = await look.look(new AbortController().signal);
  expect(newest).toHaveLength(2);
  expect(newest.map(({ eventId, eventType }) => [eventId, eventType])).toEqual(
    newest.map(() => [`${'x'.repeat(199)}…`, `${'x'.repeat(199)}…`]),
  );
  expect(JSON.stringify(newest).length).toBeLessThan(5_000);
});
