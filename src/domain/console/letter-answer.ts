import { knownReasons } from '../dlq/filter.js';
import { failedAt, type FoundLetter } from '../dlq/found-letter.js';
import { hexDump } from '../dlq/hex-dump.js';
import type { JudgeSettings } from '../dlq/lateness.js';
import { keyJson } from '../dlq/letter-json.js';
import { storyJson, type LetterStoryJson } from '../dlq/letter-page.js';
import type { LetterStory } from '../dlq/letter-story.js';
import type { LetterStats } from '../dlq/letter-tally.js';
import { payloadView, type ViewLine } from '../dlq/payload-view.js';
import { shortened } from '../printable.js';

/** Characters of a text in a list; nobody knows what somebody wrote by hand. */
const longestCell = 200;
/** Characters of a payload that the page shows whole, and what they may come to, laid out: brackets alone become 90 times as much. */
const longestWhole = 1_000_000;
const mostLines = 20_000;
const longestLines = 2_000_000;
const bytesShown = 256;

/** A dead letter in the list. Times are epoch milliseconds; texts are as they came, but for their length. */
export interface LetterRow {
  place: string;
  state: 'outstanding' | 'replayed' | 'unreadable';
  failedAt: number;
  reason: string | null;
  eventType: string | null;
  eventId: string | null;
  key: string | null;
  attempt: number | null;
  /** Of the replay that sent it last. */
  replayId: string | null;
  /** Why it cannot be read. */
  trouble: string | null;
}

export function letterRow(found: FoundLetter): LetterRow {
  const { record, letter, replayed, trouble = null } = found;
  return {
    place: `${record.partition}:${record.offset}`,
    state: letter === undefined ? 'unreadable' : replayed === undefined ? 'outstanding' : 'replayed',
    failedAt: failedAt(found),
    reason: cell(letter?.reason),
    eventType: cell(letter?.eventType),
    eventId: cell(letter?.eventId),
    key: cell(keyJson(record.key).key),
    attempt: letter?.attempt ?? null,
    replayId: cell(replayed?.replayId),
    trouble: cell(trouble),
  };
}

function cell(text: string | null | undefined): string | null {
  return text === null || text === undefined ? null : shortened(text, longestCell);
}

export interface LetterList {
  /** Newest first. */
  letters: LetterRow[];
  more: number;
  /** Everything was read: `more` and `unreadable` are exact. */
  complete: boolean;
  unreadable: number;
}

/** How many there are, and what can be chosen from. */
export interface LetterCounts {
  total: number;
  outstanding: number;
  replayed: number;
  byReason: Record<string, number>;
  /** Reasons that a filter takes, of those that occur. */
  reasons: string[];
  types: string[];
}

export function letterCounts({ total, outstanding, replayed, byReason, byType }: LetterStats): LetterCounts {
  const sorted = (of: Record<string, number>): [string, number][] =>
    Object.entries(of).sort(([, a], [, b]) => b - a);
  return {
    total,
    outstanding,
    replayed,
    byReason: Object.fromEntries(
      sorted(byReason).map(([reason, count]) => [shortened(reason, longestCell), count]),
    ),
    reasons: Object.keys(byReason).filter((reason) => knownReasons.includes(reason)),
    types: Object.keys(byType).filter((type) => type !== 'unknown' && type.length <= longestCell),
  };
}

/** Everything about one letter, for the page; its payload is laid out in lines. */
export interface LetterPage extends Omit<LetterStoryJson, 'payload'> {
  place: string;
  payload: {
    lines: ViewLine[];
    /** There is more than what the lines show. */
    isCut: boolean;
    /** And the page can show it. */
    canBeWhole: boolean;
  };
}

/** @param among so many letters that are shown together: they share the room there is */
export function letterPage(
  story: LetterStory,
  settings: JudgeSettings,
  isWhole: boolean,
  among = 1,
): LetterPage {
  const { record, letter } = story.found;
  const json = storyJson(story, settings);
  const length = letter === undefined ? (record.value?.length ?? 0) * 5 : (letter.payload?.length ?? 0);
  const isShort = length <= longestWhole;
  const whole = isWhole && isShort ? payloadLines(story, json, true) : undefined;
  const fits = whole === undefined || hasRoom(whole, among);
  const canBeWhole = isShort && fits;
  const all = whole !== undefined && fits ? whole : payloadLines(story, json, false);
  const lines = all.filter((line) => !isCutNote(line));
  return {
    ...json,
    place: `${record.partition}:${record.offset}`,
    key: cell(json.key),
    ...(letter === undefined
      ? {}
      : {
          reason: cell(letter.reason) ?? '',
          eventId: cell(letter.eventId),
          eventType: cell(letter.eventType),
        }),
    payload: { lines, isCut: lines.length < all.length || lines.some(hasLongValue), canBeWhole },
  };
}

function payloadLines(
  { found }: LetterStory,
  { fault }: Pick<LetterStoryJson, 'fault'>,
  isWhole: boolean,
): ViewLine[] {
  if (found.letter !== undefined)
    return payloadView(found.letter, found.payload, fault ?? { sentence: '' }, isWhole);
  const bytes = found.record.value ?? new Uint8Array();
  const most = isWhole ? Infinity : bytesShown;
  return [
    { text: `Value, ${bytes.length} bytes`, tone: 'head' },
    ...hexDump(bytes, most).map((text) => ({ text })),
    ...(bytes.length > most ? [{ text: '--full', tone: 'dim' as const }] : []),
  ];
}

function hasRoom(lines: readonly ViewLine[], among: number): boolean {
  const characters = lines.reduce((sum, { text }) => sum + text.length, 0);
  return lines.length <= mostLines / among && characters <= longestLines / among;
}

/** As values are written that are cut. */
function hasLongValue({ text }: ViewLine): boolean {
  return /… \(\d+ characters\)/.test(text);
}

/** The page has a button where the command line has a flag. */
function isCutNote({ text, tone }: ViewLine): boolean {
  return tone === 'dim' && text.includes('--full');
}
