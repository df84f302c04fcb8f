import type { ClickHouse } from '../adapters/clickhouse/clickhouse.js';
import { StreamlabError } from '../errors.js';

const patienceMs = 15_000;
const pauseMs = 250;

export interface QueueClock {
  now: () => number;
  sleep: (ms: number) => Promise<void>;
}

/**
 * Waits until every queue has joined its consumer group: that the tables are made does not tell whether the ClickHouse
 * server reaches the brokers. One that has neither joined nor complained in time is left to itself: on a server where
 * this user may not see the consumers, none ever shows.
 * @throws StreamlabError SERVICE_FAILED with what ClickHouse says of the brokers
 */
export async function awaitQueues(clickhouse: Pick<ClickHouse, 'queues'>, clock: QueueClock): Promise<void> {
  const end = clock.now() + patienceMs;
  for (;;) {
    const queues = await clickhouse.queues();
    const waiting = queues.filter(({ memberIds }) => memberIds.length === 0);
    if (waiting.length === 0) return;
    const complaint = waiting.flatMap(({ exceptions }) => exceptions).at(-1);
    if (complaint !== undefined) throw cannotRead(complaint);
    if (clock.now() > end) return;
    await clock.sleep(pauseMs);
  }
}

function cannotRead(complaint: string): StreamlabError {
  const line = complaint.split('\n')[0] ?? '';
  // librdkafka names its thread first, and says the rest twice; ClickHouse wraps it into an exception with a stack.
  const said = line.replace(/^\[thrd:[^\]]*\]:\s*/, '').replace(/, Stack trace.*$/, '');
  return new StreamlabError('SERVICE_FAILED', `ClickHouse cannot read from Kafka: ${said}`, {
    suggestions: [
      'The ClickHouse server itself reads Kafka: at kafkaBrokersInside, or as clickhouseKafkaCollection says.',
      'Authorities and certificates are configured on the server; docs/attach.md shows how.',
    ],
  });
}
