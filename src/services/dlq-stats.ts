import type { TopicReader } from '../adapters/kafka/reader.js';
import {
  deadLetterPlace,
  deadLetterSchema,
  journalEntrySchema,
  journalKeySchema,
  parseRecord,
} from '../domain/dlq.js';
import { topics } from '../domain/topics.js';

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
  const journal = await replayedPlaces(reader, signal);
  const stats: DlqStats = { total: 0, outstanding: 0, replayed: 0, byReason: {}, outstandingByReason: {} };
  for await (const record of records(reader, topics.deadLetters, signal)) {
    const reason = parseRecord(deadLetterSchema, record.value)?.reason ?? unreadable;
    stats.total++;
    stats.byReason[reason] = (stats.byReason[reason] ?? 0) + 1;
    if (journal.has(deadLetterPlace(record.partition, record.offset))) stats.replayed++;
    else {
      stats.outstanding++;
      stats.outstandingByReason[reason] = (stats.outstandingByReason[reason] ?? 0) + 1;
    }
  }
  return stats;
}

/** The places of the dead letters that were replayed; the latest entry of a place counts, a tombstone takes it back. */
async function replayedPlaces(
  reader: Pick<TopicReader, 'offsets' | 'read'>,
  signal: AbortSignal,
): Promise<Set<string>> {
  const places = new Set<string>();
  for await (const record of records(reader, topics.replays, signal)) {
    const key = parseRecord(journalKeySchema, record.key);
    if (key === undefined) continue;
    const place = deadLetterPlace(key.partition, key.offset);
    if (parseRecord(journalEntrySchema, record.value) === undefined) places.delete(place);
    else places.add(place);
  }
  return places;
}

async function* records(
  reader: Pick<TopicReader, 'offsets' | 'read'>,
  topic: string,
  signal: AbortSignal,
): AsyncGenerator<{ partition: number; offset: number; key: Uint8Array | null; value: Uint8Array | null }> {
  const offsets = await reader.offsets(topic);
  const ranges = offsets.map(({ partition, begin, lastStable }) => ({
    partition,
    from: begin,
    to: lastStable,
  }));
  for await (const batch of reader.read(topic, ranges, { signal })) yield* batch;
}
