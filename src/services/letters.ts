import type { KafkaRecord, OffsetRange, TopicReader } from '../adapters/kafka/reader.js';
import type { LetterFilter } from '../domain/dlq/filter.js';
import { findLetter, type FoundLetter } from '../domain/dlq/found-letter.js';
import { Journal } from '../domain/dlq/journal.js';
import { topics } from '../domain/topics.js';

export type { FoundLetter } from '../domain/dlq/found-letter.js';

export interface LetterQuery {
  filter: LetterFilter;
  journal: Journal;
  signal: AbortSignal;
  /** By default what `letterRanges` gives. */
  ranges?: readonly OffsetRange[];
  /** Called for every batch read: how many letters so far, and the fraction of the ranges, 0 to 1. */
  onRead?: (letters: number, fraction: number) => void;
  /** Called for every letter that was read and is not wanted. */
  onFiltered?: () => void;
}

export type LetterTopic = Pick<TopicReader, 'offsets' | 'offsetsAt' | 'read'>;

/**
 * The dead letters that a filter takes, and those that cannot be read, partition by partition in order of offset.
 * Letters of one key are in one partition, so their order is kept. Memory stays flat.
 * @throws StreamlabError TOPIC_MISSING, SERVICE_UNREACHABLE
 */
export async function* readLetters(reader: LetterTopic, query: LetterQuery): AsyncGenerator<FoundLetter> {
  const { filter, journal, signal } = query;
  const ranges = query.ranges ?? (await letterRanges(reader, filter));
  const total = ranges.reduce((sum, { from, to }) => sum + Math.max(0, to - from), 0);
  let letters = 0;
  for await (const batch of reader.read(topics.deadLetters, ranges, { signal })) {
    for (const record of batch) {
      const found = findLetter(record, filter, journal);
      if (found !== undefined) yield found;
      else query.onFiltered?.();
    }
    letters += batch.length;
    query.onRead?.(letters, passedBy(batch.at(-1), ranges) / total);
  }
}

/** How many offsets of the ranges lie at or before a record. */
function passedBy(record: KafkaRecord | undefined, ranges: readonly OffsetRange[]): number {
  let passed = 0;
  for (const { partition, from, to } of ranges) {
    if (partition === record?.partition) return passed + record.offset + 1 - from;
    passed += Math.max(0, to - from);
  }
  return passed;
}

/**
 * Kafka's timestamp of a letter is that of its sending, which comes after `failed_at` on the same machine (measured: 0 to
 * 2 s). It can be earlier only by what clocks differ where the broker stamps the records, or by what one was set back in
 * between; this much is allowed for.
 */
const clockMarginMs = 60_000;

/** The ranges in which letters of the filter's places lie, else those that failed since its time. */
export async function letterRanges(
  reader: Pick<TopicReader, 'offsets' | 'offsetsAt'>,
  { places, sinceMs }: LetterFilter,
): Promise<OffsetRange[]> {
  const ends = await reader.offsets(topics.deadLetters);
  if (places.length > 0) return aroundPlaces(places, ends);
  if (sinceMs === undefined)
    return ends.map(({ partition, begin, lastStable }) => ({ partition, from: begin, to: lastStable }));
  const first = await reader.offsetsAt(topics.deadLetters, Math.max(0, sinceMs - clockMarginMs));
  return ends.map(({ partition, begin, lastStable }) => ({
    partition,
    from: Math.max(begin, first.get(partition) ?? lastStable),
    to: lastStable,
  }));
}

function aroundPlaces(
  places: readonly string[],
  ends: Awaited<ReturnType<LetterTopic['offsets']>>,
): OffsetRange[] {
  return ends.flatMap(({ partition, begin, lastStable }) => {
    const offsets = places.flatMap((place) => {
      const [of, offset] = place.split(':').map(Number);
      return of === partition && offset !== undefined ? [offset] : [];
    });
    const from = Math.max(begin, Math.min(...offsets));
    const to = Math.min(lastStable, Math.max(...offsets) + 1);
    return from < to ? [{ partition, from, to }] : [];
  });
}

/**
 * The journal of replays, read whole.
 * @param wanted places of the letters whose entries are kept whole
 * @throws StreamlabError TOPIC_MISSING, SERVICE_UNREACHABLE
 */
export async function readJournal(
  reader: Pick<TopicReader, 'offsets' | 'read'>,
  signal: AbortSignal,
  wanted?: ReadonlySet<string>,
): Promise<Journal> {
  const journal = new Journal(wanted);
  const ends = await reader.offsets(topics.replays);
  const ranges = ends.map(({ partition, begin, lastStable }) => ({ partition, from: begin, to: lastStable }));
  for await (const batch of reader.read(topics.replays, ranges, { signal }))
    for (const record of batch) journal.add(record);
  return journal;
}
