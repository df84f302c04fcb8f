import { dateAndTime, longDuration } from '../instant.js';
import { printable, shortened } from '../printable.js';
import { faultOf, type Fault } from './fault.js';
import { failedAt } from './found-letter.js';
import { hexDump } from './hex-dump.js';
import type { JournalKey } from './journal.js';
import type { JudgeSettings } from './lateness.js';
import { keyJson, letterJson, type LetterJson } from './letter-json.js';
import type { DeadLetter } from './letter.js';
import type { LetterOrigin, LetterReplay, LetterStory } from './letter-story.js';
import { payloadView, type ViewLine } from './payload-view.js';

type Place = JournalKey;

/** A dead letter with its fault, its past and its replays, for scripts. Times are epoch milliseconds. */
export interface LetterStoryJson extends LetterJson {
  fault: Fault | null;
  replays: {
    replayId: string;
    attempt: number;
    replayedAt: number;
    repaired?: boolean;
    forced?: boolean;
    state: LetterReplay['state'] | null;
    sent: Place | null;
    cameBack: LetterReplay['cameBack'] | null;
  }[];
  origins: (Place & { replayId: string; reason: string | null; attempt: number | null })[];
}

export function storyJson(
  { found, replays, origins }: LetterStory,
  settings: JudgeSettings,
): LetterStoryJson {
  return {
    ...letterJson(found),
    fault: found.letter === undefined ? null : faultOf(found.letter, found.payload, settings),
    replays: replays.map(({ replayedAtMs, state = null, sent = null, cameBack = null, ...rest }) => ({
      ...rest,
      replayedAt: replayedAtMs,
      state,
      sent,
      cameBack,
    })),
    origins: origins.map(({ reason = null, attempt = null, ...rest }) => ({ ...rest, reason, attempt })),
  };
}

/** Everything that is known of a dead letter, for people. */
export function storyPage(story: LetterStory, settings: JudgeSettings, isFull: boolean): ViewLine[] {
  const { found } = story;
  if (found.letter === undefined) return unreadablePage(story, isFull);
  const fault = faultOf(found.letter, found.payload, settings);
  const state = found.replayed === undefined ? 'outstanding' : `replayed by ${found.replayed.replayId}`;
  return [
    head(`Dead letter ${placeText(found.record)}: ${found.letter.reason}, ${state}`),
    ...facts(found.letter, failedAt(found)),
    ...originLines(story.origins),
    blank,
    head('Why'),
    line(fault.sentence),
    ...(fault.wants === undefined ? [] : [line(`Wanted is ${fault.wants}.`)]),
    blank,
    ...payloadView(found.letter, found.payload, fault, isFull),
    blank,
    ...replayLines(story),
  ];
}

const blank: ViewLine = { text: '' };
/** A letter may say anything, at any length. */
const most = 300;
const head = (text: string): ViewLine => ({ text: printable(shortened(text, most)), tone: 'head' });
const line = (text: string): ViewLine => ({ text: `  ${printable(text)}` });
const fact = (name: string, text: string): ViewLine => line(`${name.padEnd(12)}${shortened(text, most)}`);

export function placeText({ partition, offset }: { partition: number; offset: number }): string {
  return `${partition}:${offset}`;
}

function facts(letter: DeadLetter, failedAtMs: number): ViewLine[] {
  const { source, eventTimeMs } = letter;
  const of = eventTimeMs === null ? 'of no known time' : `of ${dateAndTime(eventTimeMs)}`;
  const age =
    source.timestampMs === null || eventTimeMs === null || source.timestampMs < eventTimeMs
      ? ''
      : `, ${longDuration(source.timestampMs - eventTimeMs)} after it happened`;
  const written = source.timestampMs === null ? '' : `, written ${dateAndTime(source.timestampMs)}${age}`;
  const watermark = letter.watermarkMs === null ? 'none yet' : dateAndTime(letter.watermarkMs);
  return [
    fact(
      'event',
      `${letter.eventId ?? 'without a readable id'}, ${letter.eventType ?? 'no readable type'}, ${of}`,
    ),
    fact('key', keyText(letter.key)),
    fact('source', `${source.topic} ${placeText(source)}${written}`),
    fact('failed', dateAndTime(failedAtMs)),
    fact('watermark', watermark),
    fact('attempt', attemptText(letter)),
    { ...line('times are UTC'), tone: 'dim' },
  ];
}

/** A record's key; what is no text in base64. Not escaped yet. */
export function keyText(bytes: Uint8Array | null): string {
  const { key, keyEncoding } = keyJson(bytes);
  if (key === null) return 'none';
  return keyEncoding === undefined ? key : `${key} (base64)`;
}

function attemptText({ attempt, replayId }: DeadLetter): string {
  if (replayId !== null) return `${attempt}: it came back from replay ${replayId}`;
  return attempt === 1 ? '1: it was never replayed before' : String(attempt);
}

function originLines(origins: readonly LetterOrigin[]): ViewLine[] {
  return origins.map((origin) =>
    fact(
      'comes from',
      `dead letter ${placeText(origin)}, ${origin.reason ?? 'which cannot be read any more'}, by replay ${origin.replayId}`,
    ),
  );
}

function replayLines({ replays, found }: LetterStory): ViewLine[] {
  if (replays.length === 0) {
    const none =
      found.replayed === undefined
        ? 'none'
        : `none of its own: its raw record was sent by ${found.replayed.replayId}, out of another letter`;
    return [head('Replays'), line(shortened(none, most))];
  }
  return [head('Replays'), ...replays.flatMap(replayText).map((text) => line(shortened(text, most)))];
}

function replayText(replay: LetterReplay): string[] {
  const how = [
    ...(replay.repaired === true ? ['repaired'] : []),
    ...(replay.forced === true ? ['by force'] : []),
    ...(replay.state === undefined || replay.state === 'done' ? [] : [`the replay is ${replay.state}`]),
  ];
  const first = `${dateAndTime(replay.replayedAtMs)}  ${replay.replayId}, attempt ${replay.attempt}${how.map((word) => `, ${word}`).join('')}`;
  const sent =
    replay.sent === undefined ? 'its raw record was not found' : `sent to raw ${placeText(replay.sent)}`;
  const back =
    replay.cameBack === undefined
      ? ''
      : `, failed again: dead letter ${placeText(replay.cameBack)}, ${replay.cameBack.reason}`;
  return [first, `  ${sent}${back}`];
}

const bytesShown = 256;

function unreadablePage(story: LetterStory, isFull: boolean): ViewLine[] {
  const { found } = story;
  const { record, trouble } = found;
  const bytes = record.value ?? new Uint8Array();
  const shown = isFull ? Infinity : bytesShown;
  const cut =
    bytes.length > shown ? [{ ...line('… and more: --full prints all of it'), tone: 'dim' as const }] : [];
  return [
    head(`Dead letter ${placeText(record)}: unreadable`),
    line(`It cannot be read: ${trouble ?? ''}.`),
    fact('key', keyText(record.key)),
    fact('written', `${dateAndTime(record.timestampMs)} (UTC)`),
    blank,
    head(`Value, ${bytes.length} bytes`),
    ...hexDump(bytes, shown).map((text) => line(text)),
    ...cut,
    blank,
    ...replayLines(story),
  ];
}
