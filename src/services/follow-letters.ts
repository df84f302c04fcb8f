import type { OffsetRange } from '../adapters/kafka/reader.js';
import { findLetter, type FoundLetter } from '../domain/dlq/found-letter.js';
import type { Report } from '../domain/progress.js';
import { topics } from '../domain/topics.js';
import { StreamlabError } from '../errors.js';
import type { LetterQuery, LetterTopic } from './letters.js';
import { newRanges } from './new-ranges.js';

export interface FollowQuery extends Pick<LetterQuery, 'filter' | 'journal' | 'signal'> {
  /** Where to begin, by partition; other partitions from their beginning. */
  from: ReadonlyMap<number, number>;
  /** False ends it: nobody reads any more. */
  onLetter: (found: FoundLetter) => Promise<boolean>;
  report: Report;
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

const pollMs = 500;
const patienceMs = 2_000;

/**
 * Dead letters as they come, until the signal is aborted or nobody reads. A Kafka that does not answer is waited for, and
 * said to be.
 * @throws StreamlabError TOPIC_MISSING, NOT_PERMITTED
 */
export async function followLetters(reader: LetterTopic, query: FollowQuery): Promise<void> {
  const { signal, report, sleep } = query;
  const positions = new Map(query.from);
  const isOver = (): boolean => signal.aborted;
  let isAway = false;
  while (!isOver()) {
    try {
      if (!(await catchUp(reader, positions, query))) return;
      if (isAway) report({ type: 'message', text: 'Kafka answers again.' });
      isAway = false;
    } catch (error) {
      if (isOver()) return;
      if (!(error instanceof StreamlabError) || error.code !== 'SERVICE_UNREACHABLE') throw error;
      if (!isAway) report({ type: 'message', text: `Waiting for Kafka: ${error.message}` });
      isAway = true;
    }
    await sleep(isAway ? patienceMs : pollMs, signal);
  }
}

/** Hands on what came since the last look; false when nobody reads any more. */
async function catchUp(
  reader: LetterTopic,
  positions: Map<number, number>,
  query: FollowQuery,
): Promise<boolean> {
  const ranges = await rangesToRead(reader, positions, query.report);
  for await (const batch of reader.read(topics.deadLetters, ranges, { signal: query.signal })) {
    for (const record of batch) {
      const found = findLetter(record, query.filter, query.journal);
      if (found !== undefined && !(await query.onLetter(found))) return false;
      // At once: whatever fails behind this one, it is not shown twice.
      positions.set(record.partition, record.offset + 1);
    }
  }
  for (const { partition, to } of ranges) positions.set(partition, to);
  return true;
}

async function rangesToRead(
  reader: LetterTopic,
  positions: ReadonlyMap<number, number>,
  report: Report,
): Promise<OffsetRange[]> {
  const topic = topics.deadLetters;
  const { ranges, lost, renewed } = newRanges(await reader.offsets(topic), positions);
  const warn = (text: string): void => {
    report({ type: 'message', text: `Warning: ${text}` });
  };
  for (const partition of renewed)
    warn(`partition ${partition} of ${topic} was made anew; its letters are shown from the first.`);
  for (const { partition, count } of lost)
    warn(`up to ${count} letters of partition ${partition} of ${topic} were deleted before they were read.`);
  return ranges;
}
