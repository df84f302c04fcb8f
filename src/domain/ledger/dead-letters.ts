import { Column } from './event-ids.js';
import { Texts } from './texts.js';

/** What the ledger keeps of a dead letter. */
export interface LedgerDeadLetter {
  /** Its place on the dead-letter topic. */
  partition: number;
  offset: number;
  reason: string;
  /** Of the raw record it was made from. */
  sourcePartition: number;
  sourceOffset: number;
  eventType: string | null;
  /** Epoch milliseconds. */
  eventTime: number | null;
  /** 1 for a first one. */
  attempt: number;
  /** The replay it came back from, null for none; undefined where it does not say. */
  replayId: string | null | undefined;
}

/** What became of a dead letter, as bits. */
export const fate = {
  /** A raw record stands behind it. */
  explained: 1,
  /** A raw record says that it was sent again from here. */
  replayed: 2,
  /** Its event goes on in a replay. */
  carried: 4,
  /** ClickHouse has it. */
  stored: 8,
  /** What was sent again differs from what had failed. */
  repaired: 16,
  /** Raw has the record that the journal says was sent last. */
  sent: 32,
  /** Its event is one of its own: it came after the dedupe horizon. */
  repeat: 64,
  /** That event was counted. */
  counted: 128,
} as const;

type Fate = (typeof fate)[keyof typeof fate];

/** A partition and offset as one number, which takes a quarter of the memory of a text; exact to 8,191 partitions. */
function placeNumber(partition: number, offset: number): number {
  return partition * 2 ** 40 + offset;
}

/**
 * The dead letters of a run, numbered from 0, found by the raw record they were made from and by their own place.
 * Kept in columns: a run may have millions.
 */
export class DeadLetters {
  /** Numbers of dead letters whose raw record has one already. */
  readonly repeated: number[] = [];
  private count = 0;
  private readonly texts = new Texts();
  private readonly partitions = new Column((length) => new Uint16Array(length));
  private readonly offsets = new Column((length) => new Float64Array(length));
  private readonly sourcePartitions = new Column((length) => new Uint16Array(length));
  private readonly sourceOffsets = new Column((length) => new Float64Array(length));
  private readonly reasons = new Column((length) => new Int32Array(length));
  private readonly eventTypes = new Column((length) => new Int32Array(length));
  private readonly eventTimes = new Column((length) => new Float64Array(length));
  private readonly fates = new Column((length) => new Uint16Array(length));
  private readonly attempts = new Column((length) => new Uint32Array(length));
  /** 0 for none, 1 where it does not say, else the number of the text plus two. */
  private readonly replayIds = new Column((length) => new Int32Array(length));
  private readonly bySource = new Map<number, number>();
  private readonly byPlace = new Map<number, number>();

  get size(): number {
    return this.count;
  }

  add(letter: LedgerDeadLetter): void {
    const index = this.count++;
    this.partitions.set(index, letter.partition);
    this.offsets.set(index, letter.offset);
    this.sourcePartitions.set(index, letter.sourcePartition);
    this.sourceOffsets.set(index, letter.sourceOffset);
    this.reasons.set(index, this.texts.numberOf(letter.reason));
    this.eventTypes.set(index, letter.eventType === null ? -1 : this.texts.numberOf(letter.eventType));
    this.eventTimes.set(index, letter.eventTime ?? NaN);
    // Nearly all have neither, and what is never set takes no memory.
    if (letter.attempt !== 1) this.attempts.set(index, letter.attempt);
    if (letter.replayId !== null) {
      this.replayIds.set(index, letter.replayId === undefined ? 1 : this.texts.numberOf(letter.replayId) + 2);
    }
    this.byPlace.set(placeNumber(letter.partition, letter.offset), index);
    const source = placeNumber(letter.sourcePartition, letter.sourceOffset);
    if (this.bySource.has(source)) {
      this.repeated.push(index);
      this.mark(index, fate.explained);
    } else this.bySource.set(source, index);
  }

  at(index: number): LedgerDeadLetter {
    const eventTime = this.eventTimes.get(index);
    return {
      partition: this.partitions.get(index),
      offset: this.offsets.get(index),
      reason: this.reasonOf(index),
      sourcePartition: this.sourcePartitions.get(index),
      sourceOffset: this.sourceOffsets.get(index),
      eventType: this.texts.at(this.eventTypes.get(index)) ?? null,
      eventTime: Number.isNaN(eventTime) ? null : eventTime,
      attempt: this.attempts.get(index) || 1,
      replayId: this.replayIdOf(index),
    };
  }

  private replayIdOf(index: number): string | null | undefined {
    const number = this.replayIds.get(index);
    return number === 0 ? null : this.texts.at(number - 2);
  }

  /** The place of the raw record it was made from. */
  sourceOf(index: number): { partition: number; offset: number } {
    return { partition: this.sourcePartitions.get(index), offset: this.sourceOffsets.get(index) };
  }

  reasonOf(index: number): string {
    return this.texts.at(this.reasons.get(index)) ?? '';
  }

  mark(index: number, what: Fate): void {
    this.fates.set(index, this.fates.get(index) | what);
  }

  is(index: number, what: Fate): boolean {
    return (this.fates.get(index) & what) !== 0;
  }

  /** The numbers of the dead letters that something has not happened to. */
  *without(what: Fate): Generator<number> {
    for (let index = 0; index < this.count; index++) if (!this.is(index, what)) yield index;
  }

  /** How many have a fate, or all of several. */
  countWith(what: number): number {
    let count = 0;
    for (let index = 0; index < this.count; index++) if ((this.fates.get(index) & what) === what) count++;
    return count;
  }

  /** The number of the dead letter made from a raw record, or -1. */
  fromSource(partition: number, offset: number): number {
    return this.bySource.get(placeNumber(partition, offset)) ?? -1;
  }

  /** The number of the dead letter at a place of the dead-letter topic, or -1. */
  atPlace(partition: number, offset: number): number {
    return this.byPlace.get(placeNumber(partition, offset)) ?? -1;
  }
}
