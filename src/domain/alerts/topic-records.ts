import { parseRecord } from '../dlq/contract.js';
import { readLetter } from '../dlq/letter.js';
import { readAggregate } from '../ledger/aggregates.js';
import type { AggregateSeen, LetterSeen } from './inputs.js';
import { alertRecordSchema, type AlertRecord } from './record.js';

/** A record of a topic, as the reader gives it. */
export interface TopicRecord {
  partition: number;
  offset: number;
  /** Epoch milliseconds. */
  timestampMs: number;
  key: Uint8Array | null;
  value: Uint8Array | null;
  headers: readonly (readonly [key: string, value: Uint8Array | null])[];
}

/** Who reads the topic of alerts can tell by it what the dispatcher wrote itself. */
export const dispatcherHeader = 'streamlab-dispatcher';

/** A record of the topic of alerts, whoever wrote it. */
export interface AlertSeen {
  partition: number;
  offset: number;
  isOwn: boolean;
  /** Undefined where it is not what the contract says. */
  record: AlertRecord | undefined;
}

/** Totals of aggregates; what took one away, or cannot be read, says nothing about a window. */
export function aggregatesSeen(records: readonly TopicRecord[]): AggregateSeen[] {
  return records.flatMap((record) => {
    const read = readAggregate(record);
    if (read === undefined || read.isGone) return [];
    return [{ partition: record.partition, offset: record.offset, ...read.aggregate }];
  });
}

export function lettersSeen(records: readonly TopicRecord[]): LetterSeen[] {
  return records.flatMap((record) => {
    const { letter } = readLetter(record);
    // What a replay brought back is no news of the minute in which its event first came.
    if (letter?.replayId !== null) return [];
    const { partition, offset, reason, eventType, source } = letter;
    return [{ partition, offset, at: source.timestampMs ?? record.timestampMs, reason, eventType }];
  });
}

export function alertsSeen(records: readonly TopicRecord[]): AlertSeen[] {
  return records.map(({ partition, offset, headers, value }) => ({
    partition,
    offset,
    isOwn: headers.some(([name]) => name === dispatcherHeader),
    record: parseRecord(alertRecordSchema, value),
  }));
}
