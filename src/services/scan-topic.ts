import type { KafkaRecord, TopicReader } from '../adapters/kafka/reader.js';
import type { Report } from '../domain/progress.js';

export interface ScanTools {
  reader: Pick<TopicReader, 'offsets' | 'offsetsAt' | 'read'>;
  report: Report;
  signal: AbortSignal;
}

/** Reports faster than this would only flicker. */
const SHOWN_FROM = 50_000;

/**
 * Hands every record of a topic on, partition by partition in order of offset; gives how many there were.
 * @param what of the title `Reading …`
 * @param sinceMs from the first record of that time on, by Kafka's timestamps
 * @throws StreamlabError TOPIC_MISSING, SERVICE_UNREACHABLE
 */
export async function scanTopic(
  { reader, report, signal }: ScanTools,
  { topic, what, sinceMs }: { topic: string; what: string; sinceMs?: number | undefined },
  look: (record: KafkaRecord) => void,
): Promise<number> {
  const ends = await reader.offsets(topic);
  const firsts = sinceMs === undefined ? undefined : await reader.offsetsAt(topic, Math.max(0, sinceMs));
  const ranges = ends.map(({ partition, begin, lastStable }) => ({
    partition,
    from: firsts === undefined ? begin : Math.max(begin, firsts.get(partition) ?? lastStable),
    to: lastStable,
  }));
  const total = ranges.reduce((sum, { from, to }) => sum + Math.max(0, to - from), 0);
  const step = { type: 'step', id: topic, title: `Reading ${what}` } as const;
  let read = 0;
  for await (const batch of reader.read(topic, ranges, { signal })) {
    for (const record of batch) look(record);
    read += batch.length;
    if (total >= SHOWN_FROM)
      report({ ...step, state: 'running', fraction: Math.min(1, read / total), detail: `${read}` });
  }
  if (total >= SHOWN_FROM) report({ ...step, state: 'done', detail: `${read} records` });
  return read;
}

/** The record at a place; undefined where there is none, or none any more. */
export async function recordAt(
  { reader, signal }: Pick<ScanTools, 'reader' | 'signal'>,
  topic: string,
  { partition, offset }: { partition: number; offset: number },
): Promise<KafkaRecord | undefined> {
  const found = (await reader.offsets(topic)).find((offsets) => offsets.partition === partition);
  if (found === undefined || offset < found.begin || offset >= found.lastStable) return undefined;
  const range = { partition, from: offset, to: offset + 1 };
  // A broker answers with a whole batch, however few bytes are asked for.
  for await (const [record] of reader.read(topic, [range], { signal, fetchBytes: 1 }))
    if (record !== undefined) return copied(record);
  return undefined;
}

/** A record that may be kept: its buffers are its own. */
export function copied(record: KafkaRecord): KafkaRecord {
  const { partition, offset, timestampMs, headers, key, value } = record;
  return { partition, offset, timestampMs, headers, key: copy(key), value: copy(value) };
}

function copy(bytes: Buffer | null): Buffer | null {
  return bytes === null ? null : Buffer.from(bytes);
}
