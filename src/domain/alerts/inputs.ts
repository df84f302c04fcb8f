import type { Aggregate } from '../ledger/aggregates.js';
import type { Silence } from './silences.js';

/** What the engine is told. All of it is plain JSON; times are epoch milliseconds. */
export type AlertInput =
  | { kind: 'aggregates'; records: readonly AggregateSeen[] }
  | { kind: 'letters'; letters: readonly LetterSeen[] }
  /** All results up to this watermark have been given: see visible-watermark.ts. */
  | { kind: 'watermark'; watermark: number }
  | { kind: 'sample'; sample: LabSample }
  /** All that there are now: they replace those before. */
  | { kind: 'silences'; silences: readonly Silence[] }
  /** Time has passed. */
  | { kind: 'tick' };

/** Where a record stood on its topic: one that was given before is not counted again. */
interface Place {
  partition: number;
  offset: number;
}

/** A record of the aggregate topic: the total of its key, which replaces the one before. */
export type AggregateSeen = Place & Aggregate;

export interface LetterSeen extends Place {
  /** Kafka timestamp of the raw record: the same however often the job judges it, and unlike event time never missing. */
  at: number;
  reason: string;
  eventType: string | null;
  /** How many such letters it stands for, where it is not one. */
  count?: number;
}

/** A look at the lab; null is what nobody could say. */
export interface LabSample {
  at: number;
  jobId: string | null;
  /** How far a group is behind, null where that is not known. */
  lags: readonly { group: string; seconds: number | null }[] | null;
  watermark: number | null;
  /** Kafka timestamp of the newest raw record. */
  newestRecordAt: number | null;
  /** Since the job was submitted. */
  checkpointsFailed: number | null;
  restarts: number | null;
}
