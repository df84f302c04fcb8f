import type { TopicReader } from '../adapters/kafka/reader.js';
import { deadLetterSchema, parseRecord } from '../domain/dlq/contract.js';
import { topics } from '../domain/topics.js';
import { readJournal } from './letters.js';

/** The `--json` of `streamlab dlq stats`. */
export interface DlqStats {
  total: number;
  outstanding: number;
  /** Dead letters that the replay journal names. */
  replayed: number;
  /** Of the total. */
  byReason: Record<string, number>;
  outstandingByReason: Record<string, number>;
}

/** The reason under which dead letters that cannot be read are counted. */
const unreadable = 'unreadable';

/**
 * Counts the dead letters and which of them were replayed.
 * @throws StreamlabError TOPIC_MISSING, SERVICE_UNREACHABLE
 */
export async function dlqStats(
  reader: Pick<TopicReader, 'offsets' | 'read'>,
  signal: AbortSignal,
): Promise<DlqStats> {
  const journal = await readJournal(reader, signal);
  const stats: DlqStats = { total: 0, outstanding: 0, replayed: 0, byReason: {}, outstandingByReason: {} };
  for await (const record of records(reader, topics.deadLetters, signal)) {
    const reason = parseRecord(deadLetterSchema, record.value)?.reason ?? unreadable;
    stats.total++;
    stats.byReason[reason] = (stats.byReason[reason] ?? 0) + 1;
    if (journal.has(record)) stats.replayed++;
    else {
      stats.outstanding++;
      stats.outstandingByReason[reason] = (stats.outstandingByReason[reason] ?? 0) + 1;
    }
  }
  return stats;
}

async function* records(
  reader: Pick<TopicReader, 'offsets' | 'read'>,
  topic: string,
  signal: AbortSignal,
): AsyncGenerator<{ partition: number; offset: number; value: Uint8Array | null }> {
  const offsets = await reader.offsets(topic);
  const ranges = offsets.map(({ partition, begin, lastStable }) => ({
    partition,
    from: begin,
    to: lastStable,
  }));
  for await (const batch of reader.read(topic, ranges, { signal })) yield* batch;
}
