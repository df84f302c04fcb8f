import { replayOrigin, tooLate, type ReplayOrigin } from '../dlq/contract.js';
import type { JudgedEvent, Judgement } from '../reason.js';
import { addTo, Cells } from './cells.js';
import { fate, type DeadLetters } from './dead-letters.js';
import { Column, EventIds } from './event-ids.js';
import type { Mismatches } from './mismatches.js';
import { invalidJudgedValid, missingDeadLetter, otherReason, tooLateTwice } from './record-mismatches.js';

/** A record of the raw topic. */
export interface RawRecord {
  partition: number;
  offset: number;
  /** Epoch milliseconds. */
  timestampMs: number;
  /** Only observers look at it. */
  key?: Uint8Array | null;
  value: Uint8Array | null;
  headers: readonly (readonly [key: string, value: Uint8Array | null])[];
}

export type Judge = (payload: Uint8Array | null, kafkaTimestampMs: number) => Judgement;

/**
 * What a raw record is, as far as is known when it is read: no valid event; the first record of its id, or of several
 * the one that the dead-letter topic says came too late (`event`); a copy (`duplicate`); one that came too late after
 * the dedupe horizon, and is an event of its own (`repeat`); one sent again from the dead-letter queue (`replay`).
 */
export type RawRole = 'invalid' | 'event' | 'duplicate' | 'repeat' | 'replay';

/** Looks on while raw records are judged. */
export interface RawObserver {
  /** @param letterReason reason of the record's dead letter; undefined when it has none */
  seen(record: RawRecord, judgement: Judgement, letterReason: string | undefined, role: RawRole): void;
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

interface Replay {
  entry: number;
  cell: number;
  cents: number;
  /** The dead letter it came from, or -1. */
  letter: number;
  replayId: string;
}

/** An event id seen again on another partition with other content: the job may have met either first. */
export interface Candidate {
  entry: number;
  cell: number;
  cents: number;
}

const noCell = -1;

/**
 * Judges every raw record again, independently of the job, and works out where its event must have gone.
 *
 * Rules: the first record of an event id in order of partition and offset is the event, later ones are duplicates.
 * If the dead-letter topic says that another record of the id came too late, that one is the event: which of two
 * partitions the job reads first is open. A repeat further away than the dedupe horizon (by Kafka timestamp) that
 * came too late is an event of its own; counted once more, it is counted twice. A replay carries on the event of the
 * dead letter it names, once; the too-late original is then superseded and stands under duplicates.
 *
 * Give it all dead letters first, then raw records in order of partition and offset, then `finish`.
 */
export class RawPass {
  readonly counts: RawCounts = {
    records: 0,
    malformed: 0,
    invalid: 0,
    duplicates: 0,
    uniqueEvents: 0,
    superseded: 0,
    invalidByReason: {},
  };
  readonly candidates: Candidate[] = [];
  private readonly ids: EventIds;
  /** Number of the cell plus one; 0 is none: the id is known, and no record of it was seen yet. */
  private readonly cellOf = new Column((length) => new Int32Array(length));
  private readonly centsOf = new Column((length) => new Float64Array(length));
  private readonly timestampOf = new Column((length) => new Float64Array(length));
  /** Number of the dead letter plus one; 0 is none. */
  private readonly letterOf = new Column((length) => new Int32Array(length));
  private readonly partitionOf = new Column((length) => new Uint16Array(length));
  private readonly replays: Replay[] = [];
  /** Too-late repeats beyond the horizon: events of their own. */
  private readonly repeats: Omit<Replay, 'replayId'>[] = [];

  constructor(
    private readonly cells: Cells,
    private readonly letters: DeadLetters,
    private readonly mismatches: Mismatches,
    private readonly options: {
      judge: Judge;
      dedupeHorizonMs: number;
      observer?: RawObserver | undefined;
      /** May hold ids already, so that they are kept in memory once. */
      ids?: EventIds | undefined;
    },
  ) {
    this.ids = options.ids ?? new EventIds();
  }

  add(record: RawRecord): void {
    this.counts.records++;
    const judgement = this.options.judge(record.value, record.timestampMs);
    const letter = this.letters.fromSource(record.partition, record.offset);
    const role = this.book(record, judgement, letter);
    this.options.observer?.seen(
      record,
      judgement,
      letter < 0 ? undefined : this.letters.reasonOf(letter),
      role,
    );
  }

  private book(record: RawRecord, judgement: Judgement, letter: number): RawRole {
    const origin = replayOrigin(record.headers);
    if (judgement.reason === undefined) return this.addValid(record, judgement.valid, letter, origin);
    // The attempt is made, and has a dead letter of its own; the event, if there was one, still waits.
    if (origin !== undefined) this.markReplayed(this.letterNamedBy(origin));
    this.addInvalid(record, judgement.reason, letter);
    return origin === undefined ? 'invalid' : 'replay';
  }

  private cellAt(entry: number): number {
    return this.cellOf.get(entry) - 1;
  }

  private letterNamedBy(origin: ReplayOrigin): number {
    return this.letters.atPlace(origin.dlqPartition, origin.dlqOffset);
  }

  private markReplayed(letter: number): void {
    if (letter >= 0) this.letters.mark(letter, fate.replayed);
  }

  private addInvalid(record: RawRecord, reason: string, letterIndex: number): void {
    if (reason === 'malformed_json') this.counts.malformed++;
    else this.counts.invalid++;
    this.counts.invalidByReason[reason] = (this.counts.invalidByReason[reason] ?? 0) + 1;
    if (letterIndex < 0) {
      this.mismatches.add(missingDeadLetter(record, reason));
      this.mismatches.unaccounted++;
      return;
    }
    this.letters.mark(letterIndex, fate.explained);
    if (this.letters.reasonOf(letterIndex) === reason) return;
    this.mismatches.add(otherReason(record, reason, this.letters.at(letterIndex)));
  }

  private addValid(
    record: RawRecord,
    event: JudgedEvent,
    letter: number,
    origin: ReplayOrigin | undefined,
  ): RawRole {
    if (letter >= 0) this.checkLetter(record, event, letter);
    const cell = this.cells.indexOf(Cells.windowOf(event.eventTimeMs), event.eventType, event.channel);
    const cents = event.revenueCents;
    const added = this.ids.add(event.eventId);
    const entry = added < 0 ? ~added : added;
    if (origin !== undefined) {
      this.replays.push({
        entry,
        cell,
        cents,
        letter: this.letterNamedBy(origin),
        replayId: origin.replayId,
      });
      return 'replay';
    }
    if (this.cellAt(entry) !== noCell) return this.addRepeat(record, entry, cell, cents, letter);
    this.setEvent(entry, record, cell, cents, letter);
    this.timestampOf.set(entry, record.timestampMs);
    return 'event';
  }

  /** A dead letter of a valid record must say too late. */
  private checkLetter(record: RawRecord, event: JudgedEvent, index: number): void {
    this.letters.mark(index, fate.explained);
    if (this.letters.reasonOf(index) === tooLate) return;
    this.mismatches.add(invalidJudgedValid(record, event, this.letters.at(index)));
  }

  private setEvent(entry: number, record: RawRecord, cell: number, cents: number, letter: number): void {
    this.cellOf.set(entry, cell + 1);
    this.centsOf.set(entry, cents);
    this.letterOf.set(entry, letter + 1);
    this.partitionOf.set(entry, record.partition);
  }

  private addRepeat(record: RawRecord, entry: number, cell: number, cents: number, letter: number): RawRole {
    let role: RawRole = 'duplicate';
    if (letter >= 0) {
      const gapMs = Math.abs(record.timestampMs - this.timestampOf.get(entry));
      if (gapMs > this.options.dedupeHorizonMs) {
        this.repeats.push({ entry, cell, cents, letter });
        return 'repeat';
      }
      if (this.letterOf.get(entry) === 0) {
        this.setEvent(entry, record, cell, cents, letter);
        role = 'event';
      } else {
        this.mismatches.add(tooLateTwice(this.cells.at(cell), this.letters.at(letter)));
        this.mismatches.doubleCounted++;
      }
    } else if (this.mayBeEither(record, entry, cell, cents)) this.candidates.push({ entry, cell, cents });
    this.counts.duplicates++;
    return role;
  }

  private mayBeEither(record: RawRecord, entry: number, cell: number, cents: number): boolean {
    return (
      this.partitionOf.get(entry) !== record.partition &&
      (this.cellAt(entry) !== cell || this.centsOf.get(entry) !== cents)
    );
  }

  /** Books every event in its cell. Replays come last: what they replace must be known first. */
  finish(): void {
    this.linkReplays();
    const carried = new Set(this.replays.map((replay) => replay.entry));
    const counted = new Uint8Array(this.ids.size);
    for (let entry = 0; entry < this.ids.size; entry++) {
      const cell = this.cellAt(entry);
      if (cell === noCell) continue;
      const placed = { entry, cell, cents: this.centsOf.get(entry), letter: this.letterOf.get(entry) - 1 };
      if (this.bookEvent(placed, carried)) counted[entry] = 1;
    }
    for (const repeat of this.repeats) this.bookEvent(repeat, carried);
    this.bookReplays(counted);
  }

  /**
   * A replay that names the too-late letter of another event does not stand for it: that event still waits.
   * (The letter of an invalid record has no event of its own; whatever it was repaired to is its event.)
   */
  private linkReplays(): void {
    const named = new Map<number, number>();
    for (const { letter } of this.replays) if (letter >= 0) named.set(letter, -1);
    for (let entry = 0; entry < this.ids.size; entry++) {
      const letter = this.letterOf.get(entry) - 1;
      if (named.has(letter)) named.set(letter, entry);
    }
    for (const { letter, entry } of this.repeats) if (named.has(letter)) named.set(letter, entry);
    for (const replay of this.replays) {
      if (replay.letter < 0) continue;
      const isOwn =
        named.get(replay.letter) === replay.entry || this.letters.reasonOf(replay.letter) !== tooLate;
      if (isOwn) this.markReplayed(replay.letter);
      else replay.letter = -1;
    }
  }

  /** False if the event was superseded by its replay. */
  private bookEvent(event: Omit<Replay, 'replayId'>, carried: ReadonlySet<number>): boolean {
    const cell = this.cells.at(event.cell);
    const wasSentAgain = event.letter >= 0 && this.letters.is(event.letter, fate.replayed);
    if (wasSentAgain && carried.has(event.entry)) {
      this.counts.duplicates++;
      this.counts.superseded++;
      return false;
    }
    addTo(event.letter >= 0 ? cell.outstanding : cell.counted, 1, event.cents);
    this.counts.uniqueEvents++;
    return true;
  }

  private bookReplays(counted: Uint8Array): void {
    const seen = new Set<string>();
    const ownEvents = new Set(this.repeats.map((repeat) => repeat.letter));
    for (const replay of this.replays) {
      const key = `${String(replay.entry)}/${replay.replayId}`;
      const isCarried = replay.letter >= 0 && this.letters.is(replay.letter, fate.carried);
      const isFree = counted[replay.entry] === 0 || ownEvents.has(replay.letter);
      if (seen.has(key) || isCarried || !isFree) {
        this.counts.duplicates++;
        continue;
      }
      seen.add(key);
      counted[replay.entry] = 1;
      if (replay.letter >= 0) this.letters.mark(replay.letter, fate.carried);
      addTo(this.cells.at(replay.cell).replayed, 1, replay.cents);
      this.counts.uniqueEvents++;
    }
  }

  /** Where the event of a candidate stands now. */
  placeOf(entry: number): { cell: number; cents: number; counted: boolean } {
    const letter = this.letterOf.get(entry);
    return { cell: this.cellAt(entry), cents: this.centsOf.get(entry), counted: letter === 0 };
  }

  /** Takes the candidate for the event instead. */
  moveTo(candidate: Candidate): void {
    const old = this.placeOf(candidate.entry);
    addTo(this.cells.at(old.cell).counted, -1, -old.cents);
    addTo(this.cells.at(candidate.cell).counted, 1, candidate.cents);
    this.cellOf.set(candidate.entry, candidate.cell + 1);
    this.centsOf.set(candidate.entry, candidate.cents);
  }
}
