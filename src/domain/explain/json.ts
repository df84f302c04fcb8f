import type { JudgeSettings } from '../dlq/lateness.js';
import { keyJson } from '../dlq/letter-json.js';
import { storyJson, type LetterStoryJson } from '../dlq/letter-page.js';
import type { Aggregate } from '../ledger/aggregates.js';
import { formatCents } from '../money.js';
import { placeOf, type Evidence, type RecordVerdict } from './verdicts.js';
import type { EventStory } from './page.js';

interface Part {
  events: number;
  /** An exact decimal with two places. */
  revenue: string;
}

/** The story of one event, for scripts. Times are epoch milliseconds. */
export interface EventStoryJson {
  eventId: string;
  records: {
    partition: number;
    offset: number;
    timestamp: number;
    key: string | null;
    keyEncoding?: 'base64';
    replayId: string | null;
    verdict: RecordVerdict;
    /** How the verdict is known: from the audit topic, a dead letter, a replay's header, or the rules of the ledger. */
    evidence: Evidence;
    reason: string | null;
    /** Null when there was none yet; missing when nothing tells. */
    watermark?: number | null;
    contribution: string | null;
    event: { eventType: string; eventTime: number; channel: string; revenue: string } | null;
    /** Place of its dead letter. */
    deadLetter: string | null;
  }[];
  deadLetters: LetterStoryJson[];
  windows: {
    windowStart: number;
    eventType: string;
    channel: string;
    contribution: string;
    topic: Part | null;
    /** Missing when ClickHouse did not answer. */
    clickhouse?: Part | null;
  }[];
}

export function eventJson(story: EventStory, settings: JudgeSettings): EventStoryJson {
  return {
    eventId: story.eventId,
    records: story.records.map(({ record, verdict, evidence, letter, watermarkMs, contribution }) => {
      const { valid, reason } = record.judgement;
      return {
        partition: record.partition,
        offset: record.offset,
        timestamp: record.timestampMs,
        ...keyJson(record.key),
        replayId: record.origin?.replayId ?? null,
        verdict,
        evidence,
        reason: letter?.letter?.reason ?? reason ?? null,
        ...(watermarkMs === undefined ? {} : { watermark: watermarkMs }),
        contribution: contribution ?? null,
        event:
          valid === undefined
            ? null
            : {
                eventType: valid.eventType,
                eventTime: valid.eventTimeMs,
                channel: valid.channel,
                revenue: formatCents(valid.revenueCents),
              },
        deadLetter: letter === undefined ? null : placeOf(letter.record),
      };
    }),
    deadLetters: story.stories.map((letter) => storyJson(letter, settings)),
    windows: story.parts.map(({ topic, clickhouse, ...where }) => ({
      ...where,
      topic: partJson(topic),
      ...(clickhouse === undefined ? {} : { clickhouse: partJson(clickhouse) }),
    })),
  };
}

function partJson(part: Aggregate | null): Part | null {
  return part === null ? null : { events: part.events, revenue: formatCents(part.cents) };
}
