import type { KafkaRecord } from '../../../src/adapters/kafka/reader.js';
import { topics } from '../../../src/domain/topics.js';
import { parse, readAll } from './topics.js';

/** What a test makes of the topics itself, to hold what commands say against it. Times are epoch milliseconds. */

export type Says = Readonly<Record<string, unknown>>;

/** A record of a topic whose value is one JSON object, and where it is. */
export interface Spoken {
  place: string;
  record: KafkaRecord;
  says: Says;
}

export interface Facts {
  raw: KafkaRecord[];
  /** Raw records of every event id that can be read, in order of partition and offset. */
  byEvent: Map<string, Spoken[]>;
  letters: Spoken[];
  /** Of the audit topic, by the place of the raw record. */
  verdicts: Map<string, Says>;
}

const windowMs = 60_000;
const latenessMs = 60_000;

export async function readFacts(broker: string): Promise<Facts> {
  const raw = await readAll(broker, topics.raw);
  const byEvent = new Map<string, Spoken[]>();
  for (const record of raw) {
    const says = objectOf(record);
    const id = says?.event_id;
    if (says === undefined || typeof id !== 'string') continue;
    const spoken = { place: placeOf(record), record, says };
    byEvent.set(id, [...(byEvent.get(id) ?? []), spoken]);
  }
  const letters = (await readAll(broker, topics.deadLetters)).map((record) => ({
    place: placeOf(record),
    record,
    says: parse(record) as Says,
  }));
  const verdicts = new Map<string, Says>();
  for (const record of await readAll(broker, topics.verdicts)) {
    const says = parse(record) as Says;
    verdicts.set(`${Number(says.source_partition)}:${Number(says.source_offset)}`, says);
  }
  return { raw, byEvent, letters, verdicts };
}

export function placeOf({ partition, offset }: { partition: number; offset: number }): string {
  return `${partition}:${offset}`;
}

function objectOf(record: KafkaRecord): Says | undefined {
  try {
    const value = parse(record);
    return typeof value === 'object' && value !== null ? (value as Says) : undefined;
  } catch {
    return undefined;
  }
}

/** The place of the letter that was made of a raw record; null for none. */
function letterOf({ letters }: Facts, { record }: Spoken): Spoken | undefined {
  return letters.find(
    ({ says }) => says.source_partition === record.partition && says.source_offset === record.offset,
  );
}

export const windowOf = ({ says }: Spoken): number => {
  const time = Number(says.event_time);
  return time - (time % windowMs);
};
export const channelOf = ({ says }: Spoken): string =>
  says.schema_version === 2 ? String(says.channel) : 'unknown';

function centsOf({ says }: Spoken): number {
  if (says.event_type !== 'order_placed' && says.event_type !== 'order_refunded') return 0;
  return Math.round(Number(says.amount) * 100) * (says.event_type === 'order_placed' ? 1 : -1);
}

/** The rule of the contract for a valid event that is no duplicate. */
function judge(spoken: Spoken, watermark: number | null): 'on_time' | 'late' | 'too_late' {
  const end = windowOf(spoken) + windowMs;
  if (watermark === null || end > watermark) return 'on_time';
  return watermark < end + latenessMs ? 'late' : 'too_late';
}

/** What an event's window, type and channel holds, by contribution: counted from raw records and their watermarks. */
export function windowTotals(facts: Facts, of: Spoken): Map<string, { events: number; revenue: string }> {
  const sums = new Map<string, { events: number; cents: number }>();
  for (const spoken of [...facts.byEvent.values()].flat()) {
    const audited = facts.verdicts.get(spoken.place);
    if (audited === undefined || audited.verdict === 'invalid') continue;
    const isSameCell =
      windowOf(spoken) === windowOf(of) &&
      spoken.says.event_type === of.says.event_type &&
      channelOf(spoken) === channelOf(of);
    const contribution = judge(spoken, audited.watermark as number | null);
    if (!isSameCell || contribution === 'too_late') continue;
    const sum = sums.get(contribution) ?? { events: 0, cents: 0 };
    sums.set(contribution, { events: sum.events + 1, cents: sum.cents + centsOf(spoken) });
  }
  return new Map(
    [...sums].map(([name, { events, cents }]) => [name, { events, revenue: (cents / 100).toFixed(2) }]),
  );
}

/** What `explain` is to say of a raw record of an event. Of two the audit topic has the one that was judged. */
export function recordStory(facts: Facts, spoken: Spoken): Says {
  const { record, says } = spoken;
  const letter = letterOf(facts, spoken);
  const audited = facts.verdicts.get(spoken.place);
  const watermark = audited?.watermark as number | null | undefined;
  const isValid = letter === undefined || letter.says.reason === 'too_late';
  const valid = audited === undefined ? 'duplicate' : judge(spoken, watermark ?? null);
  const verdict = isValid ? valid : 'invalid';
  const isCounted = verdict === 'on_time' || verdict === 'late';
  const event = {
    eventType: says.event_type,
    eventTime: says.event_time,
    channel: channelOf(spoken),
    revenue: (centsOf(spoken) / 100).toFixed(2),
  };
  return {
    partition: record.partition,
    offset: record.offset,
    timestamp: record.timestampMs,
    key: record.key?.toString() ?? null,
    replayId: null,
    verdict,
    reason: letter?.says.reason ?? null,
    ...(audited === undefined ? {} : { watermark }),
    contribution: isCounted ? verdict : null,
    event: isValid ? event : null,
    deadLetter: letter?.place ?? null,
  };
}
