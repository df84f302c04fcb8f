import type { TopicReader } from '../adapters/kafka/reader.js';
import { Journal } from '../domain/dlq/journal.js';
import { readLetter } from '../domain/dlq/letter.js';
import type { LetterSample, LettersSample } from '../domain/pipeline/samples.js';
import { shortened } from '../domain/printable.js';
import { topics } from '../domain/topics.js';

/** Letters kept, and records of a partition that one look reads at most. */
const newestKept = 50;
const readAtMost = 200;
/** What is kept of a payload, and of what else somebody sent: an invalid id may have a megabyte. */
const payloadLength = 1_000;
const textLength = 200;

/**
 * Looks at the dead letters again and again: the newest, and how many the journal of replays names. Only what is new since
 * the last look is read.
 */
export class NewestLetters {
  private readonly journal = new Journal();
  private readonly nextOf = new Map<string, number>();
  private newest: LetterSample[] = [];

  constructor(private readonly reader: Pick<TopicReader, 'offsets' | 'read'>) {}

  /** @throws StreamlabError TOPIC_MISSING, SERVICE_UNREACHABLE */
  async look(signal: AbortSignal): Promise<LettersSample> {
    for await (const record of this.newRecords(topics.replays, undefined, signal)) this.journal.add(record);
    const found: LetterSample[] = [];
    for await (const record of this.newRecords(topics.deadLetters, readAtMost, signal)) {
      found.push(letterSample(record));
    }
    if (found.length > 0) {
      this.newest = [...found, ...this.newest].sort(newestFirst).slice(0, newestKept);
    }
    return { replayed: this.journal.size, newest: this.newest };
  }

  /** @param atMost of each partition: of more, the last are read */
  private async *newRecords(
    topic: string,
    atMost: number | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<LetterRecord> {
    for (const { partition, begin, lastStable: to } of await this.reader.offsets(topic)) {
      const place = `${topic}/${String(partition)}`;
      const next = Math.max(begin, this.nextOf.get(place) ?? begin);
      const from = atMost === undefined ? next : Math.max(next, to - atMost);
      for await (const batch of this.reader.read(topic, [{ partition, from, to }], { signal })) yield* batch;
      this.nextOf.set(place, Math.max(next, to));
    }
  }
}

type LetterRecord = Parameters<typeof readLetter>[0];

function newestFirst(a: LetterSample, b: LetterSample): number {
  return b.failedAt - a.failedAt || b.offset - a.offset;
}

/** What somebody wrote by hand may not be readable: it is listed all the same. */
function letterSample(record: LetterRecord): LetterSample {
  const { partition, offset, timestampMs } = record;
  const { letter, trouble } = readLetter(record);
  if (letter === undefined) {
    return {
      partition,
      offset,
      reason: 'unreadable',
      eventId: null,
      eventType: null,
      eventTime: null,
      watermark: null,
      failedAt: timestampMs,
      attempt: 1,
      source: null,
      payload: trouble,
    };
  }
  return {
    partition,
    offset,
    reason: copyOf(shortened(letter.reason, textLength)),
    eventId: letter.eventId === null ? null : copyOf(shortened(letter.eventId, textLength)),
    eventType: letter.eventType === null ? null : copyOf(shortened(letter.eventType, textLength)),
    eventTime: letter.eventTimeMs,
    watermark: letter.watermarkMs,
    failedAt: letter.failedAtMs,
    attempt: letter.attempt,
    source: { partition: letter.source.partition, offset: letter.source.offset },
    payload: letter.payload === null ? null : copyOf(letter.payload.slice(0, payloadLength)),
  };
}

/** A slice would keep the whole text, which may have megabytes, in memory. */
function copyOf(slice: string): string {
  return JSON.parse(JSON.stringify(slice)) as string;
}
