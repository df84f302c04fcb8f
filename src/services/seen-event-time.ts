import type { TopicReader } from '../adapters/kafka/reader.js';
import { judgePayload } from '../domain/reason.js';
import { topics } from '../domain/topics.js';

/** The last records of each partition that are looked at. */
const LAST_RECORDS = 50;

/**
 * The highest event time among the last records of the raw topic, epoch milliseconds: about where the lab's watermark is,
 * and how far a run that starts in the past is behind it. Undefined for an empty topic.
 * @throws StreamlabError TOPIC_MISSING, SERVICE_UNREACHABLE
 */
export async function seenEventTime(
  reader: Pick<TopicReader, 'offsets' | 'read'>,
  maxFutureSkewMs: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  const ranges = (await reader.offsets(topics.raw)).map(({ partition, begin, lastStable }) => ({
    partition,
    from: Math.max(begin, lastStable - LAST_RECORDS),
    to: lastStable,
  }));
  let highest: number | undefined;
  for await (const batch of reader.read(topics.raw, ranges, { signal })) {
    for (const { value, timestampMs } of batch) {
      const eventTimeMs = judgePayload(value, timestampMs, maxFutureSkewMs).valid?.eventTimeMs;
      if (eventTimeMs !== undefined) highest = Math.max(highest ?? eventTimeMs, eventTimeMs);
    }
  }
  return highest;
}
