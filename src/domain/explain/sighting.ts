import type { ReplayOrigin } from '../dlq/contract.js';
import type { DeadLetter } from '../dlq/letter.js';
import type { Judgement } from '../reason.js';

/** A place on a topic. */
export interface Place {
  partition: number;
  offset: number;
}

/** A raw record that has to do with the event. */
export interface Sighting extends Place {
  /** Epoch milliseconds. */
  timestampMs: number;
  key: Uint8Array | null;
  bytes: number;
  /** Its id cannot be read, or is not the event's. */
  isMention: boolean;
  /** The replay that sent it. */
  replay: ReplayOrigin | undefined;
  /** By the rules of the contract, whatever the job made of it. */
  judgement: Judgement;
  /** The dead letter made from it. */
  letter: DeadLetter | undefined;
  /** What the audit topic says of it. */
  audit: AuditedVerdict | undefined;
}

/** A record of the audit topic. */
export interface AuditedVerdict {
  source: Place;
  verdict: string;
  reason: string | null;
  watermarkMs: number | null;
  contribution: string | null;
}

/** Counted without anybody knowing whether on time or late: the audit topic would tell. */
export const onTimeOrLate = 'on_time_or_late';

export type SightingVerdict =
  | 'invalid'
  | 'too_late'
  | 'duplicate'
  | 'on_time'
  | 'late'
  | 'replayed'
  | typeof onTimeOrLate
  /** The job has not got to it, or has not made its results visible. */
  | 'pending';

/** What became of a raw record, and how that is known. */
export interface JudgedSighting {
  sighting: Sighting;
  verdict: SightingVerdict;
  knownFrom: 'dead letter' | 'audit' | 'rules';
  /** The record of the same event that was judged in its place. */
  duplicateOf: Place | undefined;
  /** Where it was counted; contributions are those that it may be part of. */
  counted: CountedIn | undefined;
}

export interface CountedIn {
  /** Epoch milliseconds. */
  windowStartMs: number;
  eventType: string;
  channel: string;
  contributions: readonly string[];
}
