import type { ReplayOrigin } from '../dlq/contract.js';
import type { FoundLetter } from '../dlq/found-letter.js';
import type { Aggregate } from '../ledger/aggregates.js';
import type { Judgement } from '../reason.js';

/** A raw record of the event. */
export interface EventRecord {
  partition: number;
  offset: number;
  /** Kafka's, epoch milliseconds. */
  timestampMs: number;
  key: Uint8Array | null;
  judgement: Judgement;
  /** The replay that sent it; undefined for a record that a producer sent. */
  origin: ReplayOrigin | undefined;
  /** The job has committed an offset beyond it: its results can be read. */
  isProcessed: boolean;
}

/** What the job wrote of a record to the audit topic. */
export interface AuditVerdict {
  verdict: string;
  /** Epoch milliseconds; null before the first one. */
  watermarkMs: number | null;
}

/** What the topics and ClickHouse hold of one event. Maps are by place, `partition:offset`. */
export interface EventFacts {
  eventId: string;
  /** In order of partition and offset. */
  records: readonly EventRecord[];
  /** Letters by the place of the raw record that they were made from. */
  letters: ReadonlyMap<string, FoundLetter>;
  /** Letters of the event whose raw records are not there any more. */
  orphans: readonly FoundLetter[];
  /** Undefined when the job writes no verdicts. */
  verdicts: ReadonlyMap<string, AuditVerdict> | undefined;
}

/** The latest state of one contribution to the event's window, on the topic and in ClickHouse; null where it is not there. */
export interface WindowPart {
  windowStart: number;
  eventType: string;
  channel: string;
  contribution: string;
  topic: Aggregate | null;
  /** Undefined when ClickHouse did not answer. */
  clickhouse: Aggregate | null | undefined;
}
