import type { OffsetRange } from '../adapters/kafka/reader.js';
import { failedAt, findLetter, type FoundLetter } from '../domain/dlq/found-letter.js';
import type { Report } from '../domain/progress.js';
import { topics } from '../domain/topics.js';
import { letterRanges, type LetterQuery, type LetterTopic } from './letters.js';

export interface NewestLetters<T> {
  /** What is kept of the newest, by the time they failed at, newest last. */
  letters: T[];
  /** How many older ones the filter takes as well. */
  more: number;
  /** False where reading ended before the beginning: there may be more than `more`. */
  complete: boolean;
  /** Of all that were read, shown or not. */
  unreadable: number;
  /** Ends of what was read, where following goes on. */
  ends: ReadonlyMap<number, number>;
}

export interface NewestQuery<T> extends Omit<LetterQuery, 'onRead' | 'ranges'> {
  limit: number;
  /** What is kept of a letter: not the buffers of its record, which hold megabytes. */
  keep: (found: FoundLetter) => T;
  report: Report;
}

/** Read to count those that are not shown, unless more must be read to find enough. */
const COUNTED = 200_000;
const firstChunk = 1_000;
const largestChunk = 100_000;

/** The part of a partition that was not read yet, and about when its last record was written. */
interface Rest extends OffsetRange {
  before: number;
  chunk: number;
}

/**
 * The newest dead letters that a filter takes. Partitions are read backwards, piece by piece, always the one whose unread
 * rest is newest, so that ten million letters need not be read to show fifty.
 * @throws StreamlabError TOPIC_MISSING, SERVICE_UNREACHABLE
 */
export async function newestLetters<T>(
  reader: LetterTopic,
  query: NewestQuery<T>,
): Promise<NewestLetters<T>> {
  const ranges = await letterRanges(reader, query.filter);
  const rests: Rest[] = ranges.map((range) => ({ ...range, before: Infinity, chunk: firstChunk }));
  const newest = new Newest<T>(query.limit);
  let read = 0;
  let unreadable = 0;
  for (;;) {
    const rest = rests.filter(({ from, to }) => from < to).sort((a, b) => b.before - a.before)[0];
    if (rest === undefined || (read >= COUNTED && newest.isSettledBefore(rest.before))) break;
    const piece = takePiece(rest);
    let first: number | undefined;
    for await (const batch of reader.read(topics.deadLetters, [piece], { signal: query.signal })) {
      read += batch.length;
      for (const record of batch) {
        first = Math.min(first ?? Infinity, record.timestampMs);
        const found = findLetter(record, query.filter, query.journal);
        if (found === undefined) continue;
        if (found.letter === undefined) unreadable++;
        newest.add(failedAt(found), () => query.keep(found));
      }
    }
    if (first !== undefined) rest.before = Math.min(rest.before, first);
    reportRead(query.report, ranges, rests, read);
  }
  return {
    letters: newest.items,
    more: newest.dropped,
    complete: rests.every(({ from, to }) => from >= to),
    unreadable,
    ends: new Map(ranges.map(({ partition, to }) => [partition, to])),
  };
}

/** Cuts a piece off the end of what is unread; the next one is larger. */
function takePiece(rest: Rest): OffsetRange {
  const from = Math.max(rest.from, rest.to - rest.chunk);
  const piece = { partition: rest.partition, from, to: rest.to };
  rest.to = from;
  rest.chunk = Math.min(largestChunk, rest.chunk * 2);
  return piece;
}

function reportRead(
  report: Report,
  ranges: readonly OffsetRange[],
  rests: readonly Rest[],
  read: number,
): void {
  // A short list is there at once.
  if (read < 50_000) return;
  const size = (of: readonly OffsetRange[]): number => of.reduce((sum, { from, to }) => sum + to - from, 0);
  const fraction = 1 - size(rests) / Math.max(1, size(ranges));
  report({ type: 'step', id: 'letters', title: 'Reading dead letters', state: 'running', fraction });
}

/** The latest so many of what is added, in order of time. */
class Newest<T> {
  dropped = 0;
  private kept: { atMs: number; item: T }[] = [];

  constructor(private readonly limit: number) {}

  get items(): T[] {
    this.trim();
    return this.kept.map(({ item }) => item);
  }

  /** @param item made only if it may be kept */
  add(atMs: number, item: () => T): void {
    if (this.kept.length >= this.limit && atMs < this.oldest) {
      this.dropped++;
      return;
    }
    this.kept.push({ atMs, item: item() });
    if (this.kept.length >= 2 * this.limit + 100) this.trim();
  }

  /** Whether nothing that was written before a time can be among the newest. */
  isSettledBefore(ms: number): boolean {
    this.trim();
    return this.kept.length === this.limit && (this.limit === 0 || ms <= this.oldest);
  }

  private oldest = -Infinity;

  private trim(): void {
    this.kept.sort((a, b) => a.atMs - b.atMs);
    const excess = Math.max(0, this.kept.length - this.limit);
    this.kept.splice(0, excess);
    this.dropped += excess;
    if (this.kept.length === this.limit) this.oldest = this.kept[0]?.atMs ?? -Infinity;
  }
}
