import { deadLetterPlace } from '../dlq/contract.js';
import { faultOf } from '../dlq/fault.js';
import type { JudgeSettings } from '../dlq/lateness.js';
import { keyJson } from '../dlq/letter-json.js';
import { placeText } from '../dlq/letter-page.js';
import type { LetterReplay, LetterStory } from '../dlq/letter-story.js';
import type { ViewLine } from '../dlq/payload-view.js';
import { dateAndTime, timeOfDay } from '../instant.js';
import { printable } from '../printable.js';
import { grouped } from '../traffic/summary.js';
import type { Explanation } from './explanation.js';
import { fateOf } from './fate.js';
import { ageWords, totalsWords, verdictWords } from './record-words.js';
import type { JudgedSighting } from './sighting.js';
import { placeKey } from './verdicts.js';

/** Something that happened: a line, and more of it below. */
interface Step {
  atMs: number;
  lines: string[];
  isBad?: boolean;
}

const timeWidth = 12;

/** The story of an event in the order in which it happened, for people. */
export function storyView(explanation: Explanation, settings: JudgeSettings): ViewLine[] {
  const { records, letters } = explanation;
  const steps: Step[] = [
    ...records.map((record) => arrival(record, explanation, settings)),
    ...letters.map((story) => judgement(story, explanation, settings)),
    ...letters.flatMap(({ replays }) => replays.filter(({ sent }) => sent === undefined).map(lostReplay)),
  ].sort((a, b) => a.atMs - b.atMs);
  const firstMs = steps[0]?.atMs ?? 0;
  return [
    { text: printable(title(explanation, firstMs)), tone: 'head' },
    { text: `  ${printable(fateOf(explanation).sentence)}` },
    { text: '' },
    ...steps.flatMap((step) => stepLines(step, firstMs)),
    { text: '' },
    ...notes(explanation).map((text): ViewLine => ({ text: `  ${printable(text)}`, tone: 'dim' })),
  ];
}

function title({ eventId, records }: Explanation, firstMs: number): string {
  const found = records.find(({ sighting }) => sighting.judgement.valid !== undefined);
  const valid = found?.sighting.judgement.valid;
  const day = dateAndTime(firstMs).split(' ')[0] ?? '';
  if (valid === undefined) return `Event ${eventId}, ${day} (UTC)`;
  return `Event ${eventId}: ${valid.eventType}, channel ${valid.channel}, of ${dateAndTime(valid.eventTimeMs)} (UTC)`;
}

function stepLines({ atMs, lines, isBad }: Step, nearMs: number): ViewLine[] {
  const indent = ' '.repeat(timeWidth + 2);
  const time = `${timeOfDay(atMs, nearMs).padEnd(timeWidth)}  `;
  return lines.map((text, n) => ({
    text: `  ${n === 0 ? time : indent}${printable(text)}`,
    ...(n === 0 && isBad === true ? { tone: 'bad' as const } : {}),
  }));
}

/** A record comes, and what it leads to unless that is a dead letter. */
function arrival(record: JudgedSighting, explanation: Explanation, settings: JudgeSettings): Step {
  const { sighting } = record;
  const { key } = keyJson(sighting.key);
  const mention = sighting.isMention ? ', which only mentions the id' : '';
  const what = `raw ${placeText(sighting)}, key ${key ?? 'none'}, ${sighting.bytes} bytes${mention}`;
  const lines = [`${cameBy(record, explanation)}: ${what}`, ...ageWords(record, settings)];
  if (sighting.letter === undefined)
    lines.push(verdictWords(record, settings), ...totalsWords(record, explanation.windows, settings));
  return { atMs: sighting.timestampMs, lines };
}

function cameBy({ sighting: { replay } }: JudgedSighting, { letters }: Explanation): string {
  if (replay === undefined) return 'produced';
  const from = deadLetterPlace(replay.dlqPartition, replay.dlqOffset);
  const known = letters
    .find(({ found }) => placeKey(found.record) === from)
    ?.replays.find(({ replayId }) => replayId === replay.replayId);
  return `sent again from dead letter ${from} by ${replay.replayId}${known === undefined ? '' : howReplayed(known)}`;
}

function howReplayed({ attempt, repaired, forced }: LetterReplay): string {
  const how = [
    `attempt ${attempt}`,
    ...(repaired === true ? ['repaired'] : []),
    ...(forced === true ? ['by force'] : []),
  ];
  return ` (${how.join(', ')})`;
}

/** A record is judged, and becomes a dead letter. */
function judgement(
  { found }: LetterStory,
  { records, storedLetters }: Explanation,
  settings: JudgeSettings,
): Step {
  const { record, letter, replayed } = found;
  const state = replayed === undefined ? 'outstanding' : `replayed by ${replayed.replayId}`;
  const stored =
    storedLetters === undefined || storedLetters.has(placeKey(record)) ? '' : ', not in ClickHouse';
  const place = `dead letter ${placeText(record)}, ${state}${stored}`;
  if (letter === undefined)
    return {
      atMs: record.timestampMs,
      lines: [`${place}: it cannot be read, ${found.trouble}`],
      isBad: true,
    };
  const isThere = records.some(({ sighting }) => placeKey(sighting) === placeKey(letter.source));
  return {
    atMs: letter.failedAtMs,
    isBad: true,
    lines: [
      `judged ${letter.reason}: ${place}, attempt ${letter.attempt}`,
      faultOf(letter, found.payload, settings).sentence,
      ...(isThere ? [] : [`its record, ${letter.source.topic} ${placeText(letter.source)}, was not found`]),
    ],
  };
}

function lostReplay(replay: LetterReplay): Step {
  const what = `replayed by ${replay.replayId}${howReplayed(replay)}`;
  return { atMs: replay.replayedAtMs, lines: [`${what}: the record that it sent was not found`] };
}

function notes({ scanned, seconds, more, isAudited, storedLetters, records }: Explanation): string[] {
  const { raw, deadLetters, verdicts, aggregates } = scanned;
  const counts = `${grouped(raw)} raw records, ${grouped(deadLetters)} dead letters, ${grouped(verdicts)} verdicts and ${grouped(aggregates)} aggregates`;
  return [
    ...(more > 0 ? [`${grouped(more)} more records of the event are left out.`] : []),
    ...(storedLetters === undefined ? ['ClickHouse did not answer, and is left out.'] : []),
    ...(isAudited || records.every(({ sighting }) => sighting.letter !== undefined)
      ? []
      : ['With streamlab up --audit every verdict is kept, with the watermark that it was made by.']),
    `Read ${counts} in ${seconds.toFixed(1)} s.`,
  ];
}
