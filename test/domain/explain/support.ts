import type { ReplayOrigin } from '../../../src/domain/dlq/contract.js';
import type { FoundLetter } from '../../../src/domain/dlq/found-letter.js';
import type { AuditVerdict, EventFacts, EventRecord } from '../../../src/domain/explain/facts.js';
import { placeOf } from '../../../src/domain/explain/verdicts.js';
import type { JudgedEvent } from '../../../src/domain/reason.js';
import { bytes } from '../dlq/support.js';

export const eventId = '00000000-0000-4000-8000-000000000001';
export const minute = Date.UTC(2026, 10, 28, 20, 58);

export function event(more: Partial<JudgedEvent> = {}): JudgedEvent {
  return {
    eventId,
    eventType: 'page_view',
    eventTimeMs: minute + 37_041,
    channel: 'web',
    revenueCents: 0,
    ...more,
  };
}

/** A valid record that a producer sent, which the job has read. */
export function rawRecord(more: Partial<EventRecord> = {}): EventRecord {
  return {
    partition: 0,
    offset: 0,
    timestampMs: minute + 40_000,
    key: bytes('u-1'),
    judgement: { valid: event() },
    origin: undefined,
    isProcessed: true,
    ...more,
  };
}

export function origin(replayId: string, more: Partial<ReplayOrigin> = {}): ReplayOrigin {
  return { replayId, attempt: 1, dlqPartition: 1, dlqOffset: 5, ...more };
}

export function facts({
  records,
  letters = [],
  verdicts,
}: {
  records: readonly EventRecord[];
  /** By the raw record that each was made from. */
  letters?: readonly (readonly [EventRecord, FoundLetter])[];
  /** Of the raw records that the job wrote one of. */
  verdicts?: readonly (readonly [EventRecord, AuditVerdict])[];
}): EventFacts {
  return {
    eventId,
    records,
    letters: new Map(letters.map(([record, letter]) => [placeOf(record), letter])),
    further: [],
    orphans: [],
    verdicts: verdicts && new Map(verdicts.map(([record, verdict]) => [placeOf(record), verdict])),
  };
}
