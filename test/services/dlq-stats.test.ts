import { expect, it } from 'vitest';
import { topics } from '../../src/domain/topics.js';
import { dlqStats } from '../../src/services/dlq-stats.js';
import { FakeKafka } from './pipeline-fake.js';

const json = (value: unknown) => Buffer.from(JSON.stringify(value));

it('counts dead letters by reason, and those in the journal as replayed', async () => {
  const kafka = new FakeKafka();
  kafka.createTopic(topics.deadLetters, 2);
  kafka.createTopic(topics.replays, 1);
  const letter = (reason: string) => ({
    value: json({ reason, source_topic: topics.raw, source_partition: 0, source_offset: 0 }),
  });
  kafka.append(topics.deadLetters, 0, letter('too_late'));
  kafka.append(topics.deadLetters, 0, letter('malformed_json'));
  kafka.append(topics.deadLetters, 1, letter('too_late'));
  kafka.append(topics.deadLetters, 1, { value: Buffer.from('?') });
  const entry = json({ replay_id: 'r1', attempt: 1, replayed_at: 5 });
  kafka.append(topics.replays, 0, { key: json({ partition: 1, offset: 0 }), value: entry });
  kafka.append(topics.replays, 0, { key: json({ partition: 0, offset: 0 }), value: entry });
  kafka.append(topics.replays, 0, { key: json({ partition: 0, offset: 0 }), value: null });

  expect(await dlqStats(kafka.reader, new AbortController().signal)).toEqual({
    total: 4,
    outstanding: 3,
    replayed: 1,
    byReason: { too_late: 2, malformed_json: 1, unreadable: 1 },
    outstandingByReason: { too_late: 1, malformed_json: 1, unreadable: 1 },
  });
});
