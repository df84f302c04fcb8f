import { topics } from '../topics.js';
import { utf8Of } from '../utf8.js';
import { replayHeaders } from './contract.js';
import type { JournalEntry, JournalKey, ReplayRecord } from './journal.js';
import type { Send } from './replay-plan.js';

/** A record that a replay writes. */
export interface ReplayedRecord {
  topic: string;
  key: Uint8Array | null;
  value: Uint8Array;
  headers: readonly (readonly [name: string, value: string])[];
}

/** The headers that say where a replayed record comes from. */
export function headersOf(
  replayId: string,
  { partition, offset }: JournalKey,
  attempt: number,
): ReplayedRecord['headers'] {
  return [
    [replayHeaders.replayId, replayId],
    [replayHeaders.attempt, String(attempt)],
    [replayHeaders.dlqPartition, String(partition)],
    [replayHeaders.dlqOffset, String(offset)],
  ];
}

/** The record for the raw topic. */
export function rawRecord(
  replayId: string,
  place: JournalKey,
  { key, value, attempt }: Send,
): ReplayedRecord {
  return { topic: topics.raw, key, value, headers: headersOf(replayId, place, attempt) };
}

/** The journal's entry beside it. */
export function journalRecord({ partition, offset }: JournalKey, entry: JournalEntry): ReplayedRecord {
  return written({ partition, offset }, entry);
}

/** The journal's record of the replay itself. */
export function summaryRecord(replayId: string, record: ReplayRecord): ReplayedRecord {
  return written({ replay_id: replayId }, record);
}

/** @param before the entry that this one takes the place of, where the letter is sent again */
export function entryOf(
  replayId: string,
  { attempt, event, repaired, forced }: Send,
  nowMs: number,
  before: JournalEntry | undefined,
): JournalEntry {
  const entry: JournalEntry = { replay_id: replayId, attempt, replayed_at: nowMs, event_id: event.eventId };
  if (repaired) entry.repaired = true;
  if (forced) entry.forced = true;
  if (before !== undefined) {
    const { replay_id, attempt: earlierAttempt, replayed_at } = before;
    entry.earlier = [...(before.earlier ?? []), { replay_id, attempt: earlierAttempt, replayed_at }];
  }
  return entry;
}

function written(key: object, value: object): ReplayedRecord {
  return {
    topic: topics.replays,
    key: utf8Of(JSON.stringify(key)),
    value: utf8Of(JSON.stringify(value)),
    headers: [],
  };
}
