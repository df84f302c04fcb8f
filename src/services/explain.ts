import type { ClickHouse } from '../adapters/clickhouse/clickhouse.js';
import type { KafkaRecord } from '../adapters/kafka/reader.js';
import { flinkGroup } from '../domain/clickhouse.js';
import { replayOrigin } from '../domain/dlq/contract.js';
import { everyLetter } from '../domain/dlq/filter.js';
import { findLetter, type FoundLetter } from '../domain/dlq/found-letter.js';
import { Journal } from '../domain/dlq/journal.js';
import type { LetterStory } from '../domain/dlq/letter-story.js';
import { EventMention } from '../domain/event-mention.js';
import type { AuditVerdict, EventFacts, EventRecord, WindowPart } from '../domain/explain/facts.js';
import { cellsOf, judgeRecords, placeOf, type JudgedRecord } from '../domain/explain/verdicts.js';
import { aggregateKey, LatestAggregates, type Aggregate } from '../domain/ledger/aggregates.js';
import { judgePayload } from '../domain/reason.js';
import { topics } from '../domain/topics.js';
import { quoted } from '../domain/traffic/notation.js';
import { StreamlabError } from '../errors.js';
import { tellStories } from './letter-stories.js';
import { copied, scanTopic, type ScanTools } from './scan-topic.js';

export interface ExplainTools extends ScanTools {
  /** Offsets a group has committed, by partition. */
  committed: (group: string, topic: string) => Promise<ReadonlyMap<number, number>>;
  clickhouse: Pick<ClickHouse, 'windowParts'>;
  maxFutureSkewMs: number;
  windowMs: number;
}

/** The whole story of one event. */
export interface Explained {
  eventId: string;
  records: JudgedRecord[];
  /** Of the letters among them, and of letters whose raw records are gone. */
  stories: LetterStory[];
  /** What the event's windows are made of. */
  parts: WindowPart[];
  /** Why ClickHouse could not be asked. */
  clickhouseTrouble: string | undefined;
}

/**
 * Everything that the topics and ClickHouse hold of one event. The raw topic, the dead letters, the audit topic and the
 * aggregates are read once each; most records are passed over by their bytes.
 * @throws StreamlabError INVALID_USAGE for an empty id, NOT_FOUND when there is no record of it, TOPIC_MISSING,
 *   SERVICE_UNREACHABLE
 */
export async function explain(eventId: string, tools: ExplainTools): Promise<Explained> {
  const mention = new EventMention(eventId);
  const { records, read } = await findRecords(mention, tools);
  const found = await findLetters(mention, records, tools);
  if (records.length === 0 && found.orphans.length === 0) throw notFound(eventId, read);
  const verdicts = await findVerdicts(mention, tools);
  const facts: EventFacts = { eventId, records, ...found, verdicts };
  const stories = await tellStories([...found.letters.values(), ...found.orphans], tools);
  const windows = await findParts(records, tools);
  return { eventId, records: judgeRecords(facts), stories, ...windows };
}

async function findRecords(
  mention: EventMention,
  tools: ExplainTools,
): Promise<{ records: EventRecord[]; read: number }> {
  const done = await tools.committed(flinkGroup, topics.raw);
  const records: EventRecord[] = [];
  const read = await scanTopic(tools, { topic: topics.raw, what: 'raw records' }, (record) => {
    if (record.value === null || !mention.isIn(record.value)) return;
    const judgement = judgePayload(record.value, record.timestampMs, tools.maxFutureSkewMs);
    const id = judgement.valid?.eventId ?? idOf(record.value);
    if (id === undefined ? !mention.mayBeOf(record.value) : id !== mention.eventId) return;
    const { partition, offset, timestampMs, key } = copied(record);
    const isProcessed = offset < (done.get(partition) ?? 0);
    const origin = replayOrigin(record.headers);
    records.push({ partition, offset, timestampMs, key, judgement, origin, isProcessed });
  });
  return { records, read };
}

/** The event id of a payload that is not valid; undefined where none can be read. */
function idOf(value: Buffer): string | undefined {
  try {
    const id = (JSON.parse(value.toString()) as { event_id?: unknown } | null)?.event_id;
    return typeof id === 'string' ? id : undefined;
  } catch {
    return undefined;
  }
}

async function findLetters(
  mention: EventMention,
  records: readonly EventRecord[],
  tools: ExplainTools,
): Promise<Pick<EventFacts, 'letters' | 'orphans'>> {
  const wanted = new Set(records.map(placeOf));
  const letters = new Map<string, FoundLetter>();
  const orphans: FoundLetter[] = [];
  await scanTopic(tools, { topic: topics.deadLetters, what: 'dead letters' }, (record) => {
    // Of an event whose payload is base64 the id is not to be seen: its place is.
    if (record.value === null || (!mention.isIn(record.value) && !mayBeFrom(record.value, wanted))) return;
    const found = findLetter(copied(record), everyLetter, new Journal());
    if (found?.letter === undefined) return;
    const source = placeOf(found.letter.source);
    if (found.letter.source.topic === topics.raw && wanted.has(source)) letters.set(source, found);
    else if (found.letter.eventId === mention.eventId) orphans.push(found);
  });
  return { letters, orphans };
}

/** Only a letter with another encoding than text can be of the event without showing its id. */
function mayBeFrom(value: Buffer, wanted: ReadonlySet<string>): boolean {
  return wanted.size > 0 && value.includes('"payload_encoding":"base64"');
}

/** What the job wrote of the event's records to the audit topic, where it has one. */
async function findVerdicts(
  mention: EventMention,
  tools: ExplainTools,
): Promise<ReadonlyMap<string, AuditVerdict> | undefined> {
  const verdicts = new Map<string, AuditVerdict>();
  try {
    await scanTopic(tools, { topic: topics.verdicts, what: 'verdicts' }, ({ value }) => {
      if (value !== null && mention.isIn(value)) addVerdict(value, verdicts);
    });
  } catch (error) {
    if (error instanceof StreamlabError && error.code === 'TOPIC_MISSING') return undefined;
    throw error;
  }
  return verdicts;
}

function addVerdict(value: Buffer, verdicts: Map<string, AuditVerdict>): void {
  try {
    const says = JSON.parse(value.toString()) as Readonly<Record<string, unknown>>;
    const { source_partition: partition, source_offset: offset, verdict, watermark } = says;
    if (typeof partition !== 'number' || typeof offset !== 'number' || typeof verdict !== 'string') return;
    const watermarkMs = typeof watermark === 'number' ? watermark : null;
    verdicts.set(placeOf({ partition, offset }), { verdict, watermarkMs });
  } catch {
    // Not a verdict of ours: `verify` names those.
  }
}

/** The state of every contribution to the windows of the event. */
async function findParts(
  records: readonly EventRecord[],
  tools: ExplainTools,
): Promise<Pick<Explained, 'parts' | 'clickhouseTrouble'>> {
  const cells = cellsOf(records, tools.windowMs);
  if (cells.length === 0) return { parts: [], clickhouseTrouble: undefined };
  const starts = [...new Set(cells.map(({ windowStart }) => windowStart))];
  const latest = new LatestAggregates();
  const marks = starts.map((start) => Buffer.from(String(start)));
  const isOfWindow = ({ key }: KafkaRecord): boolean => marks.some((mark) => key?.includes(mark) === true);
  await scanTopic(tools, { topic: topics.aggregates, what: 'aggregates' }, (record) => {
    if (isOfWindow(record)) latest.add(record);
  });
  const { rows, trouble } = await askClickHouse(starts, tools);
  const isOfEvent = (part: Aggregate): boolean =>
    cells.some(
      (cell) =>
        cell.windowStart === part.windowStart &&
        cell.eventType === part.eventType &&
        cell.channel === part.channel,
    );
  const keys = new Map<string, Aggregate>();
  for (const part of [...latest.byKey.values(), ...(rows?.values() ?? [])])
    if (isOfEvent(part)) keys.set(aggregateKey(part), part);
  const parts = [...keys].map(([key, { windowStart, eventType, channel, contribution }]) => ({
    windowStart,
    eventType,
    channel,
    contribution,
    topic: latest.byKey.get(key) ?? null,
    clickhouse: rows === undefined ? undefined : (rows.get(key) ?? null),
  }));
  parts.sort((a, b) => (aggregateKey(a) < aggregateKey(b) ? -1 : 1));
  return { parts, clickhouseTrouble: trouble };
}

async function askClickHouse(
  starts: readonly number[],
  { clickhouse }: ExplainTools,
): Promise<{ rows: Map<string, Aggregate> | undefined; trouble: string | undefined }> {
  try {
    const rows = await clickhouse.windowParts(starts);
    return { rows: new Map(rows.map((row) => [aggregateKey(row), row])), trouble: undefined };
  } catch (error) {
    if (error instanceof StreamlabError) return { rows: undefined, trouble: error.message };
    throw error;
  }
}

function notFound(eventId: string, read: number): StreamlabError {
  return new StreamlabError('NOT_FOUND', `None of ${read} raw records is of the event ${quoted(eventId)}.`, {
    suggestions: [
      'Ids are compared letter by letter; streamlab dlq list shows those of dead letters.',
      'It may not have been produced in this lab, or have been deleted by the retention of the topic (a week).',
    ],
  });
}
