import kafkajs from 'kafkajs';
import { createTopicReader, type KafkaRecord } from '../../../src/adapters/kafka/reader.js';
import { copied } from '../../../src/services/scan-topic.js';
import type { Sent } from './dataset.js';

/**
 * Sends records in their order, at an even pace, each to its partition; acknowledged by all.
 * A failed batch is sent again: its records may then be there twice, as with any producer.
 */
export async function send(
  broker: string,
  topic: string,
  records: Iterable<Sent>,
  pace: { perSecond: number; onBatch?: (sent: number) => void },
): Promise<void> {
  const kafka = new kafkajs.Kafka({
    brokers: [broker],
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 60, maxRetryTime: 2_000 },
  });
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  const begun = Date.now();
  let sent = 0;
  const flush = async (batch: Sent[]): Promise<void> => {
    await producer.send({
      topic,
      acks: -1,
      messages: batch.map(({ partition, key, value }) => ({
        partition,
        key,
        value,
        timestamp: String(Date.now()),
      })),
    });
    sent += batch.length;
    pace.onBatch?.(sent);
    const early = begun + (sent / pace.perSecond) * 1000 - Date.now();
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
  };
  let batch: Sent[] = [];
  for (const record of records) {
    batch.push(record);
    if (batch.length === 500) {
      await flush(batch);
      batch = [];
    }
  }
  if (batch.length > 0) await flush(batch);
  await producer.disconnect();
}

/** All committed records of a topic, copied. */
export async function readAll(broker: string, topic: string): Promise<KafkaRecord[]> {
  const reader = createTopicReader({ brokers: [broker] });
  try {
    const ranges = (await reader.offsets(topic)).map(({ partition, begin, lastStable }) => ({
      partition,
      from: begin,
      to: lastStable,
    }));
    const records: KafkaRecord[] = [];
    for await (const batch of reader.read(topic, ranges)) {
      for (const record of batch) {
        records.push(copied(record));
      }
    }
    return records;
  } finally {
    await reader.close();
  }
}

/** The JSON value of a record. */
export function parse(record: KafkaRecord): unknown {
  return JSON.parse(record.value?.toString('utf8') ?? 'null');
}
