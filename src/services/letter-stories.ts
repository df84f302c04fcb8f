import { deadLetterPlace, replayOrigin } from '../domain/dlq/contract.js';
import type { FoundLetter } from '../domain/dlq/found-letter.js';
import type { Journal, JournalKey } from '../domain/dlq/journal.js';
import { readLetter, type DeadLetter } from '../domain/dlq/letter.js';
import {
  replaysOf,
  type LetterOrigin,
  type LetterStory,
  type SentRecord,
} from '../domain/dlq/letter-story.js';
import { judgePayload } from '../domain/reason.js';
import { topics } from '../domain/topics.js';
import { readJournal } from './letters.js';
import { recordAt, scanTopic, type ScanTools } from './scan-topic.js';

/** A chain of replays longer than this is no accident, and no story. */
const LONGEST_CHAIN = 20;
/** Between the clocks of who writes the journal, of who sends and of the broker. */
const clockMarginMs = 60_000;

const placeOf = ({ partition, offset }: JournalKey): string => deadLetterPlace(partition, offset);

/**
 * Where dead letters come from and what became of them. Of letters that were replayed the raw topic is read from the time
 * of the first replay on.
 * @param letters records that may be kept
 * @throws StreamlabError TOPIC_MISSING, SERVICE_UNREACHABLE
 */
export async function tellStories(
  letters: readonly FoundLetter[],
  tools: ScanTools & { maxFutureSkewMs: number },
): Promise<LetterStory[]> {
  const wanted = new Set(letters.map(({ record }) => placeOf(record)));
  const journal = await readJournal(tools.reader, tools.signal, wanted);
  const sinceMs = firstReplay(journal);
  const sent = sinceMs === undefined ? [] : await findSent(wanted, sinceMs, tools);
  const failed = new Set(sent.filter(({ isValid }) => !isValid).map(placeOf));
  const cameBack =
    sinceMs === undefined ? new Map<string, never>() : await findCameBack(failed, sinceMs, tools);
  const stories: LetterStory[] = [];
  for (const found of letters) {
    stories.push({
      found: { ...found, replayed: journal.at(found.record) },
      replays: replaysOf(found.record, journal, sent, cameBack),
      origins: found.letter === undefined ? [] : await originsOf(found.letter, tools),
    });
  }
  return stories;
}

function firstReplay({ entries }: Journal): number | undefined {
  let first = Infinity;
  for (const entry of entries.values())
    for (const { replayed_at: time } of [...(entry.earlier ?? []), entry]) first = Math.min(first, time);
  return first === Infinity ? undefined : first - clockMarginMs;
}

/** The raw records that were sent from these letters. */
async function findSent(
  from: ReadonlySet<string>,
  sinceMs: number,
  tools: ScanTools & { maxFutureSkewMs: number },
): Promise<(SentRecord & { isValid: boolean })[]> {
  const sent: (SentRecord & { isValid: boolean })[] = [];
  await scanTopic(tools, { topic: topics.raw, what: 'raw records', sinceMs }, (record) => {
    const origin = replayOrigin(record.headers);
    if (origin === undefined) return;
    const place = deadLetterPlace(origin.dlqPartition, origin.dlqOffset);
    if (!from.has(place)) return;
    const { reason } = judgePayload(record.value, record.timestampMs, tools.maxFutureSkewMs);
    const { partition, offset } = record;
    sent.push({ partition, offset, from: place, replayId: origin.replayId, isValid: reason === undefined });
  });
  return sent;
}

/** The dead letters made from these raw records, by the place of the record. */
async function findCameBack(
  raw: ReadonlySet<string>,
  sinceMs: number,
  tools: ScanTools,
): Promise<Map<string, JournalKey & { reason: string }>> {
  const found = new Map<string, JournalKey & { reason: string }>();
  if (raw.size === 0) return found;
  await scanTopic(tools, { topic: topics.deadLetters, what: 'dead letters', sinceMs }, (record) => {
    const { letter } = readLetter(record);
    if (letter?.source.topic !== topics.raw || !raw.has(placeOf(letter.source))) return;
    found.set(placeOf(letter.source), {
      partition: record.partition,
      offset: record.offset,
      reason: letter.reason,
    });
  });
  return found;
}

/** The letters that a letter comes from, as the headers of the raw records between them say. */
async function originsOf(letter: DeadLetter, tools: ScanTools): Promise<LetterOrigin[]> {
  const origins: LetterOrigin[] = [];
  let from: DeadLetter | undefined = letter;
  while (from !== undefined && from.replayId !== null && origins.length < LONGEST_CHAIN) {
    if (from.source.topic !== topics.raw) break;
    const raw = await recordAt(tools, topics.raw, from.source);
    const origin = raw === undefined ? undefined : replayOrigin(raw.headers);
    if (origin === undefined || Number.isNaN(origin.dlqPartition + origin.dlqOffset)) break;
    const place = { partition: origin.dlqPartition, offset: origin.dlqOffset };
    const record = await recordAt(tools, topics.deadLetters, place);
    from = record === undefined ? undefined : readLetter(record).letter;
    origins.push({ ...place, replayId: origin.replayId, reason: from?.reason, attempt: from?.attempt });
  }
  return origins;
}
