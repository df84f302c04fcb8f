import type { JudgeSettings } from '../dlq/lateness.js';
import { keyJson } from '../dlq/letter-json.js';
import { storyJson, type LetterStoryJson } from '../dlq/letter-page.js';
import { formatCents } from '../money.js';
import type { Explanation, Fate, WindowTotal } from './explanation.js';
import { fateOf } from './fate.js';
import type { JudgedSighting, Place, SightingVerdict } from './sighting.js';
import { placeKey } from './verdicts.js';

/** The `--json` of `streamlab explain`. Times are epoch milliseconds, revenue is a decimal as text. */
export interface ExplanationJson {
  eventId: string;
  fate: Fate;
  records: RecordJson[];
  letters: (LetterStoryJson & { inClickHouse: boolean | null })[];
  windows: WindowJson[];
  scanned: Explanation['scanned'];
  seconds: number;
  /** Further records of the event that are left out. */
  more: number;
}

interface RecordJson extends Place {
  timestamp: number;
  key: string | null;
  keyEncoding?: 'base64';
  bytes: number;
  /** Its own id cannot be read; it has the event's somewhere. */
  mention: boolean;
  eventType: string | null;
  eventTime: number | null;
  verdict: SightingVerdict;
  knownFrom: JudgedSighting['knownFrom'];
  reason: string | null;
  watermark: number | null;
  duplicateOf: Place | null;
  replay: { replayId: string; partition: number; offset: number } | null;
  /** The dead letter made from it. */
  letter: Place | null;
  /** Where it was counted. */
  window: { windowStart: number; channel: string; contributions: readonly string[] } | null;
}

interface WindowJson {
  windowStart: number;
  eventType: string;
  channel: string;
  contribution: string;
  aggregate: (Place & { events: number; revenue: string; writtenAt: number }) | null;
  clickhouse: { events: number; revenue: string } | null;
}

export function explanationJson(explanation: Explanation, settings: JudgeSettings): ExplanationJson {
  const { eventId, records, letters, windows, scanned, seconds, more, storedLetters } = explanation;
  return {
    eventId,
    fate: fateOf(explanation),
    records: records.map(recordJson),
    letters: letters.map((story) => ({
      ...storyJson(story, settings),
      inClickHouse: storedLetters?.has(placeKey(story.found.record)) ?? null,
    })),
    windows: windows.map(windowJson),
    scanned,
    seconds,
    more,
  };
}

function recordJson({ sighting, verdict, knownFrom, duplicateOf, counted }: JudgedSighting): RecordJson {
  const { letter, audit, judgement, replay } = sighting;
  return {
    partition: sighting.partition,
    offset: sighting.offset,
    timestamp: sighting.timestampMs,
    ...keyJson(sighting.key),
    bytes: sighting.bytes,
    mention: sighting.isMention,
    eventType: judgement.valid?.eventType ?? letter?.eventType ?? null,
    eventTime: judgement.valid?.eventTimeMs ?? letter?.eventTimeMs ?? null,
    verdict,
    knownFrom,
    reason: letter?.reason ?? audit?.reason ?? judgement.reason ?? null,
    watermark: letter?.watermarkMs ?? audit?.watermarkMs ?? null,
    duplicateOf: duplicateOf ?? null,
    replay:
      replay === undefined
        ? null
        : { replayId: replay.replayId, partition: replay.dlqPartition, offset: replay.dlqOffset },
    letter: letter === undefined ? null : { partition: letter.partition, offset: letter.offset },
    window:
      counted === undefined
        ? null
        : {
            windowStart: counted.windowStartMs,
            channel: counted.channel,
            contributions: counted.contributions,
          },
  };
}

function windowJson({ windowStartMs, aggregate, clickhouse, ...rest }: WindowTotal): WindowJson {
  const { eventType, channel, contribution } = rest;
  return {
    windowStart: windowStartMs,
    eventType,
    channel,
    contribution,
    aggregate:
      aggregate === undefined
        ? null
        : {
            partition: aggregate.partition,
            offset: aggregate.offset,
            events: aggregate.events,
            revenue: formatCents(aggregate.cents),
            writtenAt: aggregate.writtenAtMs,
          },
    clickhouse:
      clickhouse === undefined ? null : { events: clickhouse.events, revenue: formatCents(clickhouse.cents) },
  };
}
