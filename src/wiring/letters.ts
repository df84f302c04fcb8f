import type { TopicReader } from '../adapters/kafka/reader.js';
import type { Config } from '../domain/config.js';
import { openLab, type OpenLab } from './lab.js';

/** Lets something read the topics of the running lab. */
export async function withReader<T>(
  config: Config,
  work: (reader: TopicReader, lab: OpenLab) => Promise<T>,
): Promise<T> {
  const lab = await openLab(config);
  const { createTopicReader } = await import('../adapters/kafka/reader.js');
  const reader = createTopicReader(lab.connections.kafka);
  try {
    return await work(reader, lab);
  } finally {
    await reader.close();
  }
}
