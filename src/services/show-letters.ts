import { findLetter, type FoundLetter } from '../domain/dlq/found-letter.js';
import { EventMention } from '../domain/event-mention.js';
import { everyLetter } from '../domain/dlq/filter.js';
import { Journal } from '../domain/dlq/journal.js';
import type { LetterStory } from '../domain/dlq/letter-story.js';
import { topics } from '../domain/topics.js';
import { quoted } from '../domain/traffic/notation.js';
import { StreamlabError } from '../errors.js';
import { tellStories } from './letter-stories.js';
import { copied, recordAt, scanTopic, type ScanTools } from './scan-topic.js';

export interface ShownLetters {
  stories: LetterStory[];
  /** Further letters of the same event, which are not told of. */
  more: number;
}

/** Letters of one event that are told of. */
const MOST = 20;

const place = /^(\d{1,10}):(\d{1,16})$/;

/**
 * The dead letter at a place, or those of an event.
 * @param target `partition:offset`, or an event id
 * @throws StreamlabError INVALID_USAGE for an empty id, NOT_FOUND, TOPIC_MISSING, SERVICE_UNREACHABLE
 */
export async function showLetters(
  target: string,
  tools: ScanTools & { maxFutureSkewMs: number },
): Promise<ShownLetters> {
  const [, partition, offset] = place.exec(target) ?? [];
  const { letters, more } =
    partition === undefined || offset === undefined
      ? await lettersOf(target, tools)
      : await letterAt({ partition: Number(partition), offset: Number(offset) }, tools);
  return { stories: await tellStories(letters, tools), more };
}

interface Letters {
  letters: FoundLetter[];
  more: number;
}

async function letterAt(at: { partition: number; offset: number }, tools: ScanTools): Promise<Letters> {
  const record = await recordAt(tools, topics.deadLetters, at);
  const found = record === undefined ? undefined : findLetter(record, everyLetter, new Journal());
  if (found === undefined) throw await nothingAt(at, tools);
  return { letters: [found], more: 0 };
}

async function nothingAt(
  { partition, offset }: { partition: number; offset: number },
  { reader }: ScanTools,
): Promise<StreamlabError> {
  const ends = await reader.offsets(topics.deadLetters);
  const found = ends.find((end) => end.partition === partition);
  const place = `${partition}:${offset}`;
  let why = `${topics.deadLetters} has no partition ${partition}, only 0 to ${ends.length - 1}`;
  if (found !== undefined && offset < found.begin)
    why = `it was deleted by the topic's retention: partition ${partition} begins at ${found.begin}`;
  else if (found !== undefined && offset >= found.lastStable)
    why = `partition ${partition} ends at ${found.lastStable}`;
  else if (found !== undefined)
    why = 'the offset belongs to the end of a transaction, or to one that was given up';
  return new StreamlabError('NOT_FOUND', `There is no dead letter at ${place}: ${why}.`, {
    suggestions: ['streamlab dlq list shows the places of dead letters.'],
  });
}

/** The letters that say that they are of an event, and those without a readable id that have it somewhere. */
async function lettersOf(eventId: string, tools: ScanTools): Promise<Letters> {
  const mention = new EventMention(eventId);
  const letters: FoundLetter[] = [];
  let more = 0;
  const what = { topic: topics.deadLetters, what: 'dead letters' };
  const read = await scanTopic(tools, what, (record) => {
    const { value } = record;
    if (value === null || !mention.isIn(value)) return;
    const found = findLetter(copied(record), everyLetter, new Journal());
    if (found === undefined) return;
    const id = found.letter?.eventId;
    if (typeof id === 'string' ? id !== eventId : !mention.mayBeOf(value)) return;
    if (letters.length < MOST) letters.push(found);
    else more++;
  });
  if (letters.length > 0) return { letters, more };
  throw new StreamlabError('NOT_FOUND', `None of ${read} dead letters is of the event ${quoted(eventId)}.`, {
    suggestions: [
      `streamlab explain ${/^[\w-]+$/.test(eventId) ? eventId : 'EVENT-ID'} looks for it everywhere.`,
      'A place is written partition:offset, such as 2:17.',
    ],
  });
}
