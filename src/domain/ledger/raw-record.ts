import type { Judgement } from '../reason.js';
import type { Place } from './record-mismatches.js';

/** A record of the raw topic. */
export interface RawRecord {
  partition: number;
  offset: number;
  /** Epoch milliseconds. */
  timestampMs: number;
  /** Only observers look at it. */
  key?: Uint8Array | null;
  value: Uint8Array | null;
  /** Where the value lies, when it is part of a larger piece: cheaper than to cut it out. `valueFrom` is -1 for null. */
  data?: Uint8Array;
  valueFrom?: number;
  valueTo?: number;
  headers: readonly (readonly [key: string, value: Uint8Array | null])[];
}

export type Judge = (payload: Uint8Array | null, kafkaTimestampMs: number) => Judgement;

/**
 * What a raw record is, as far as is known when it is read: no valid event; the first record of its id, or of several
 * the one that the dead-letter topic says came too late (`event`); a copy (`duplicate`); one that came too late after
 * the dedupe horizon, and is an event of its own (`repeat`); one sent again from the dead-letter queue (`replay`).
 */
export type RawRole = 'invalid' | 'event' | 'duplicate' | 'repeat' | 'replay';

/**
 * What a replayed record did: it brought its event back (`counted`); it counted an event that counts already, because
 * somebody forced it (`forced`) or by mistake (`again`); the job dropped it, as the second of its event and replay
 * (`duplicate`); it was not valid, and is a dead letter again (`invalid`).
 */
export type ReplayFate = 'counted' | 'forced' | 'again' | 'duplicate' | 'invalid';

/** A replayed record, when all records are known. */
export interface ReplayedRecord {
  replayId: string;
  fate: ReplayFate;
  place: Place;
  /** The raw record that it goes back to, over however many replays; undefined where it is of another event, or unknown. */
  source: Place | undefined;
  /** The number of its event in the set of ids; -1 when it is not valid. */
  event: number;
  /** It is not what its source was. */
  repaired: boolean;
}

/** Looks on while raw records are judged. */
export interface RawObserver {
  /** @param letterReason reason of the record's dead letter; undefined when it has none */
  seen(record: RawRecord, judgement: Judgement, letterReason: string | undefined, role: RawRole): void;
  /** Told of every replayed record when the books are closed. */
  replayed?(replay: ReplayedRecord): void;
}

/** Every raw record is in exactly one of malformed, invalid, duplicates and uniqueEvents. */
export interface RawCounts {
  records: number;
  malformed: number;
  invalid: number;
  duplicates: number;
  uniqueEvents: number;
  /** Of the duplicates: too-late originals whose replay carries the event on. */
  superseded: number;
  invalidByReason: Record<string, number>;
}

/** A valid event as the ledger keeps it. */
export interface BookedEvent {
  /** Number of its id. */
  entry: number;
  /** Number of its cell. */
  cell: number;
  cents: number;
}
