import type { Intent } from './plan.js';

/** The key and the value of a record. Every character stands for one byte (Latin-1). A null key is no key at all. */
export interface KeyedPayload {
  key: string | null;
  payload: string;
}

/** A record on its way to a topic. */
export interface OutgoingRecord extends KeyedPayload {
  partition: number;
  /** When it was meant to be sent, epoch milliseconds with fractions: what latencies are measured from. */
  dueMs: number;
}

/** A record of the generator. */
export interface PlannedRecord extends OutgoingRecord {
  /** From 0, in the order of the run. */
  index: number;
  intent: Intent;
  /** The event's id; null where the record is meant to have none that can be read. */
  eventId: string | null;
  /** Time that the event claims, epoch milliseconds; also of an invalid record before it was spoiled. */
  eventTimeMs: number;
}
