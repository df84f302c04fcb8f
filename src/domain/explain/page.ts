import { faultOf } from '../dlq/fault.js';
import { failedAt } from '../dlq/found-letter.js';
import { inTimeWords, windowName, type JudgeSettings } from '../dlq/lateness.js';
import { keyJson } from '../dlq/letter-json.js';
import type { LetterReplay, LetterStory } from '../dlq/letter-story.js';
import type { ViewLine } from '../dlq/payload-view.js';
import { dateAndTime, longDuration } from '../instant.js';
import type { Aggregate } from '../ledger/aggregates.js';
import { formatCents } from '../money.js';
import { printable, shortened } from '../printable.js';
import type { EventRecord, WindowPart } from './facts.js';
import { placeOf, type JudgedRecord, type RecordVerdict } from './verdicts.js';

/** What is told of an event. */
export interface EventStory {
  eventId: string;
  records: readonly JudgedRecord[];
  stories: readonly LetterStory[];
  parts: readonly WindowPart[];
  clickhouseTrouble: string | undefined;
}

const blank: ViewLine = { text: '' };
const head = (text: string): ViewLine => ({ text: printable(text), tone: 'head' });
const fact = (name: string, text: string, width = 11): ViewLine => ({
  text: `  ${printable(shortened(name, 60)).padEnd(width)} ${printable(shortened(text, 300))}`,
});

/** The story of one event, for people: each record of it in the order of Kafka's timestamps, then its windows. */
export function eventPage(story: EventStory, settings: JudgeSettings): ViewLine[] {
  const inOrder = [...story.records].sort((a, b) => a.record.timestampMs - b.record.timestampMs);
  return [
    head(`Event ${story.eventId}${countOf(inOrder)}`),
    ...inOrder.flatMap((judged) => [blank, ...recordLines(judged, story, settings)]),
    ...orphanLines(story, settings),
    ...windowLines(story, settings),
    blank,
    { text: '  times are UTC', tone: 'dim' },
  ];
}

function countOf(records: readonly JudgedRecord[]): string {
  if (records.length === 0) return ': its raw records are not there any more';
  return records.length === 1 ? '' : `: ${records.length} raw records`;
}

const verdictWords: Readonly<Record<RecordVerdict, string>> = {
  on_time: 'counted on time',
  late: 'counted late',
  counted: 'counted, on time or late',
  replayed: 'counted as a replay',
  duplicate: 'dropped as a duplicate',
  too_late: 'too late',
  invalid: 'invalid',
  waiting: 'not judged yet',
};

function recordLines(judged: JudgedRecord, story: EventStory, settings: JudgeSettings): ViewLine[] {
  const { record, letter } = judged;
  const { origin } = record;
  const of = origin === undefined ? 'Produced' : `Sent again by replay ${origin.replayId}`;
  const from =
    origin === undefined || Number.isNaN(origin.dlqPartition + origin.dlqOffset)
      ? []
      : [
          fact(
            'from',
            `dead letter ${placeOf({ partition: origin.dlqPartition, offset: origin.dlqOffset })}`,
          ),
        ];
  return [
    head(`${of}: raw ${placeOf(record)}`),
    fact('written', `${dateAndTime(record.timestampMs)}, key ${keyJson(record.key).key ?? 'none'}`),
    ...from,
    ...eventLine(record),
    fact('verdict', verdictText(judged)),
    fact('because', because(judged, settings)),
    ...(letter === undefined
      ? []
      : [fact('dead letter', `${placeOf(letter.record)}, written ${dateAndTime(failedAt(letter))}`)]),
    ...replayLines(storyOf(judged, story)),
  ];
}

function storyOf({ letter }: JudgedRecord, { stories }: EventStory): LetterStory | undefined {
  if (letter === undefined) return undefined;
  return stories.find(({ found }) => placeOf(found.record) === placeOf(letter.record));
}

function eventLine({ judgement, timestampMs }: EventRecord): ViewLine[] {
  const { valid } = judgement;
  if (valid === undefined) return [];
  const { eventTimeMs, eventType, channel, revenueCents } = valid;
  const money = revenueCents === 0 ? '' : `, revenue ${formatCents(revenueCents)}`;
  const delay =
    timestampMs >= eventTimeMs
      ? `${longDuration(timestampMs - eventTimeMs)} before it was written`
      : `${longDuration(eventTimeMs - timestampMs)} after it was written`;
  return [
    fact('event', `${eventType}, channel ${channel}${money}`),
    fact('happened', `${dateAndTime(eventTimeMs)}, ${delay}`),
  ];
}

function verdictText({ record, verdict, contribution, letter }: JudgedRecord): string {
  const reason = letter?.letter?.reason ?? record.judgement.reason;
  if (verdict === 'invalid') return `invalid: ${reason ?? ''}`;
  return contribution === undefined || verdict === 'on_time' || verdict === 'late'
    ? verdictWords[verdict]
    : `${verdictWords[verdict]}, contribution ${contribution}`;
}

function because(judged: JudgedRecord, settings: JudgeSettings): string {
  const { record, verdict, letter, evidence, watermarkMs } = judged;
  if (letter?.letter !== undefined) return faultOf(letter.letter, letter.payload, settings).sentence;
  switch (verdict) {
    case 'on_time':
    case 'late': {
      const eventTimeMs = record.judgement.valid?.eventTimeMs ?? record.timestampMs;
      return inTimeWords(eventTimeMs, watermarkMs ?? null, settings);
    }
    case 'replayed':
      return 'A replay is counted whatever the watermark says, once for each replay id.';
    case 'duplicate':
      return record.origin === undefined
        ? 'Another record of this event id came first, within the dedupe horizon.'
        : 'This replay had sent the event before.';
    case 'waiting':
      return 'The job has not committed a checkpoint beyond it: look again in some seconds.';
    case 'invalid':
      return 'It does not fit the schema, and there is no dead letter of it: streamlab verify tells more.';
    case 'counted':
    case 'too_late':
      return evidence === 'rule'
        ? 'It is valid, the first of its id, and no dead letter says that it came too late. The watermark of a record that was counted is kept with --audit only.'
        : '';
  }
}

function replayLines(story: LetterStory | undefined): ViewLine[] {
  if (story === undefined) return [];
  if (story.replays.length === 0) return [fact('replays', 'none: it is outstanding')];
  return story.replays.map((replay, n) => fact(n === 0 ? 'replays' : '', replayText(replay)));
}

function replayText({
  replayId,
  attempt,
  replayedAtMs,
  repaired,
  forced,
  sent,
  cameBack,
}: LetterReplay): string {
  const how = [repaired === true ? ', repaired' : '', forced === true ? ', by force' : ''].join('');
  const to = sent === undefined ? ', its raw record was not found' : `, sent to raw ${placeOf(sent)}`;
  const back = cameBack === undefined ? '' : `, failed again: dead letter ${placeOf(cameBack)}`;
  return `${dateAndTime(replayedAtMs)} by ${replayId}, attempt ${attempt}${how}${to}${back}`;
}

/** Letters of the event whose raw records were deleted. */
function orphanLines({ records, stories }: EventStory, settings: JudgeSettings): ViewLine[] {
  const told = new Set(
    records.flatMap(({ letter }) => (letter === undefined ? [] : [placeOf(letter.record)])),
  );
  return stories.flatMap((story) => {
    const { found } = story;
    if (told.has(placeOf(found.record)) || found.letter === undefined) return [];
    const { source, reason } = found.letter;
    return [
      blank,
      head(`Dead letter ${placeOf(found.record)}`),
      fact('source', `${source.topic} ${placeOf(source)}, which is not there any more`),
      fact('verdict', reason),
      fact('because', faultOf(found.letter, found.payload, settings).sentence),
      ...replayLines(story),
    ];
  });
}

function windowLines({ parts, records, clickhouseTrouble }: EventStory, settings: JudgeSettings): ViewLine[] {
  if (parts.length === 0) return [];
  const own = new Set(records.flatMap(({ contribution = '' }) => contribution));
  const lines: ViewLine[] = [];
  const width = Math.max(11, ...parts.map(({ contribution }) => Math.min(60, contribution.length)));
  let title = '';
  for (const part of parts) {
    const { windowStart, eventType, channel, contribution, topic, clickhouse } = part;
    const now = `${capitalised(windowName(windowStart, settings))}, ${eventType}, ${channel}`;
    if (now !== title) lines.push(blank, head(now));
    title = now;
    const mark = own.has(contribution) ? '  ← this event is part of it' : '';
    lines.push(fact(contribution, `${stateText(topic, clickhouse)}${mark}`, width));
  }
  if (clickhouseTrouble !== undefined) lines.push(fact('ClickHouse', clickhouseTrouble));
  return lines;
}

function stateText(topic: Aggregate | null, clickhouse: Aggregate | null | undefined): string {
  const says = (part: Aggregate | null): string =>
    part === null ? 'nothing' : `${part.events} events, revenue ${formatCents(part.cents)}`;
  if (clickhouse === undefined) return `${says(topic)} on the topic`;
  return says(topic) === says(clickhouse)
    ? `${says(topic)}, on the topic and in ClickHouse`
    : `${says(topic)} on the topic, ${says(clickhouse)} in ClickHouse`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
