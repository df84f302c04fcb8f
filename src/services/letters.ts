import type { KafkaRecord, OffsetRange, TopicReader } from '../adapters/kafka/reader.js';
import { matches, mayMatch, type LetterFilter } from '../domain/dlq/filter.js';
import { Journal, type Replayed } from '../domain/dlq/journal.js';
import { readLetter, type DeadLetter } from '../domain/dlq/letter.js';
import { LetterPayload } from '../domain/dlq/payload.js';
import { topics } from '../domain/topics.js';

/** A dead letter on the topic. The buffers of its record are shared with others: copy what is kept. */
export type FoundLetter = {
  record: KafkaRecord;
  /** What the journal says became of it. */
  replayed: Replayed | undefined;
} & (
  | { letter: DeadLetter; payload: LetterPayload; trouble?: undefined }
  /** It cannot be read, and so nobody knows whether the filter takes it. */
  | { letter?: undefined; payload?: undefined; trouble: string }
);

export interface LetterQuery {
  filter: LetterFilter;
  journal: Journal;
  signal: AbortSignal;
  /** By default what `letterRanges` gives. */
  ranges?: readonly OffsetRange[];
  /** Called for every batch read: how many letters so far, and the fraction of the ranges, 0 to 1. */
  onRead?: (letters: number, fraction: number) => void;
}

type LetterTopic = Pick<TopicReader, 'offsets' | 'offsetsAt' | 'read'>;

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
      const found = find(record, filter, journal);
      if (found !== undefined) yield found;
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

function find(record: KafkaRecord, filter: LetterFilter, journal: Journal): FoundLetter | undefined {
  const replayed = journal.at(record);
  const { letter, trouble } = readLetter(record);
  if (letter === undefined)
    return mayMatch(filter, record.timestampMs, replayed) ? { record, replayed, trouble } : undefined;
  const payload = new LetterPayload(letter);
  return matches(filter, letter, payload, replayed) ? { record, replayed, letter, payload } : undefined;
}

/**
 * How much later than its `failed_at` a letter may be by Kafka's timestamp is not known, but never earlier: the job's
 * producer takes the time when the letter is sent. Only where the broker stamps the records, by another machine's clock,
 * can it be earlier, by what the clocks differ; this much is allowed for.
 */
const clockMarginMs = 60_000;

/** The ranges in which letters that failed since the filter's time lie. */
export async function letterRanges(
  reader: Pick<TopicReader, 'offsets' | 'offsetsAt'>,
  { sinceMs }: LetterFilter,
): Promise<OffsetRange[]> {
  const ends = await reader.offsets(topics.deadLetters);
  if (sinceMs === undefined)
    return ends.map(({ partition, begin, lastStable }) => ({ partition, from: begin, to: lastStable }));
  const first = await reader.offsetsAt(topics.deadLetters, Math.max(0, sinceMs - clockMarginMs));
  return ends.map(({ partition, begin, lastStable }) => ({
    partition,
    from: Math.max(begin, first.get(partition) ?? lastStable),
    to: lastStable,
  }));
}

/**
 * The journal of replays, read whole.
 * @throws StreamlabError TOPIC_MISSING, SERVICE_UNREACHABLE
 */
export async function readJournal(
  reader: Pick<TopicReader, 'offsets' | 'read'>,
  signal: AbortSignal,
): Promise<Journal> {
  const journal = new Journal();
  const ends = await reader.offsets(topics.replays);
  const ranges = ends.map(({ partition, begin, lastStable }) => ({ partition, from: begin, to: lastStable }));
  for await (const batch of reader.read(topics.replays, ranges, { signal }))
    for (const record of batch) journal.add(record);
  return journal;
}
