import { replayOrigin, tooLate, type ReplayOrigin } from '../dlq/contract.js';
import type { QuickEvent } from '../quick-event.js';
import type { JudgedEvent, Judgement } from '../reason.js';
import { addTo, Cells } from './cells.js';
import { fate, type DeadLetters } from './dead-letters.js';
import { Column, EventIds } from './event-ids.js';
import type { JournalCheck } from './journal-check.js';
import type { Mismatches } from './mismatches.js';
import type { BookedEvent, Judge, RawCounts, RawObserver, RawRecord, RawRole } from './raw-record.js';
import {
  invalidJudgedValid,
  missingDeadLetter,
  otherAttempt,
  otherReason,
  replayJudgedTooLate,
  tooLateTwice,
} from './record-mismatches.js';
import { counting, Replays } from './replays.js';

const noCell = -1;

/** An event with the number of its dead letter, or -1. */
type PlacedEvent = BookedEvent & { letter: number };

/**
 * Judges every raw record again, independently of the job, and works out where its event must have gone.
 *
 * Rules: the first record of an event id in order of partition and offset is the event, later ones are duplicates.
 * If the dead-letter topic says that another record of the id came too late, that one is the event: which of two
 * partitions the job reads first is open. A repeat further away than the dedupe horizon (by Kafka timestamp) that
 * came too late is an event of its own; counted once more, it is counted twice. A too-late event that goes on in a
 * replay is superseded by it and stands under duplicates; the rules of replays are those of `Replays`.
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
  readonly candidates: BookedEvent[] = [];
  readonly replays: Replays;
  private readonly ids: EventIds;
  /** Number of the cell plus one; 0 is none: the id is known, and no record of it was seen yet. */
  private readonly cellOf = new Column((length) => new Int32Array(length));
  private readonly centsOf = new Column((length) => new Float64Array(length));
  private readonly timestampOf = new Column((length) => new Float64Array(length));
  /** Number of the dead letter plus one; 0 is none. */
  private readonly letterOf = new Column((length) => new Int32Array(length));
  private readonly partitionOf = new Column((length) => new Uint16Array(length));
  /** Too-late repeats beyond the horizon: events of their own. */
  private readonly repeats: PlacedEvent[] = [];

  constructor(
    private readonly cells: Cells,
    private readonly letters: DeadLetters,
    private readonly mismatches: Mismatches,
    journal: JournalCheck,
    private readonly options: {
      judge: Judge;
      /** Reads what is plain and valid faster, and says the same of it as `judge`. */
      quick?: QuickEvent | undefined;
      dedupeHorizonMs: number;
      observer?: RawObserver | undefined;
      /** May hold ids already, so that they are kept in memory once. */
      ids?: EventIds | undefined;
    },
  ) {
    this.ids = options.ids ?? new EventIds();
    this.replays = new Replays({ cells, letters, mismatches, journal, ids: this.ids });
  }

  add(record: RawRecord): void {
    this.counts.records++;
    if (this.addPlain(record)) return;
    const judgement = this.options.judge(record.value, record.timestampMs);
    const letter = this.letters.fromSource(record.partition, record.offset);
    const origin = replayOrigin(record.headers);
    if (letter >= 0) this.replays.addSource(letter, record, origin);
    const role = this.book(record, judgement, letter, origin);
    this.options.observer?.seen(
      record,
      judgement,
      letter < 0 ? undefined : this.letters.reasonOf(letter),
      role,
    );
  }

  /** The usual record, which nothing is known of besides what it says itself. @returns false for all others */
  private addPlain(record: RawRecord): boolean {
    const { quick, observer } = this.options;
    if (quick === undefined || observer !== undefined || record.headers.length > 0) return false;
    if (this.letters.fromSource(record.partition, record.offset) >= 0) return false;
    if (!isPlain(quick, record)) return false;
    const added = this.ids.addWords(quick.id);
    this.addEvent(record, {
      entry: added < 0 ? ~added : added,
      cell: this.cells.indexOf(Cells.windowOf(quick.eventTimeMs), quick.eventType, quick.channel),
      cents: quick.revenueCents,
      letter: -1,
    });
    return true;
  }

  private book(
    record: RawRecord,
    judgement: Judgement,
    letter: number,
    origin: ReplayOrigin | undefined,
  ): RawRole {
    if (judgement.reason === undefined) return this.addValid(record, judgement.valid, letter, origin);
    this.addInvalid(record, judgement.reason, letter);
    if (letter >= 0) this.checkAttempt(record, letter, origin);
    if (origin === undefined) return 'invalid';
    this.replays.add(record, origin);
    return 'replay';
  }

  private cellAt(entry: number): number {
    return this.cellOf.get(entry) - 1;
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

  /** What is invalid again is one attempt further, and says which replay it came back from. */
  private checkAttempt(record: RawRecord, index: number, origin: ReplayOrigin | undefined): void {
    const letter = this.letters.at(index);
    const expected = { attempt: (origin?.attempt ?? 0) + 1, replayId: origin?.replayId ?? null };
    // A letter from before the field was there says nothing of its replay.
    const isSameReplay = letter.replayId === undefined || letter.replayId === expected.replayId;
    if (letter.attempt !== expected.attempt || !isSameReplay) {
      this.mismatches.add(otherAttempt(record, expected, letter));
    }
  }

  private addValid(
    record: RawRecord,
    event: JudgedEvent,
    letter: number,
    origin: ReplayOrigin | undefined,
  ): RawRole {
    if (letter >= 0) this.checkLetter(record, event, letter, origin);
    const cell = this.cells.indexOf(Cells.windowOf(event.eventTimeMs), event.eventType, event.channel);
    const added = this.ids.add(event.eventId);
    const placed = { entry: added < 0 ? ~added : added, cell, cents: event.revenueCents, letter };
    if (origin !== undefined) {
      this.replays.add(record, origin, { ...placed, eventId: event.eventId });
      return 'replay';
    }
    return this.addEvent(record, placed);
  }

  private addEvent(record: RawRecord, placed: PlacedEvent): RawRole {
    if (this.cellAt(placed.entry) !== noCell) return this.addRepeat(record, placed);
    this.setEvent(record, placed);
    this.timestampOf.set(placed.entry, record.timestampMs);
    return 'event';
  }

  /** A dead letter of a valid record must say too late, and one that was replayed has none. */
  private checkLetter(
    record: RawRecord,
    event: JudgedEvent,
    index: number,
    origin: ReplayOrigin | undefined,
  ): void {
    this.letters.mark(index, fate.explained);
    const letter = this.letters.at(index);
    if (letter.reason !== tooLate) this.mismatches.add(invalidJudgedValid(record, event, letter));
    else if (origin !== undefined) this.mismatches.add(replayJudgedTooLate(record, origin, letter));
    else this.checkAttempt(record, index, origin);
  }

  private setEvent(record: RawRecord, { entry, cell, cents, letter }: PlacedEvent): void {
    this.cellOf.set(entry, cell + 1);
    this.centsOf.set(entry, cents);
    this.letterOf.set(entry, letter + 1);
    this.partitionOf.set(entry, record.partition);
    if (letter >= 0) this.replays.addTooLate(letter, entry);
  }

  private addRepeat(record: RawRecord, placed: PlacedEvent): RawRole {
    const { entry, cell, letter } = placed;
    let role: RawRole = 'duplicate';
    if (letter >= 0) {
      const gapMs = Math.abs(record.timestampMs - this.timestampOf.get(entry));
      if (gapMs > this.options.dedupeHorizonMs) {
        this.repeats.push(placed);
        this.letters.mark(letter, fate.repeat);
        this.replays.addTooLate(letter, entry);
        return 'repeat';
      }
      if (this.letterOf.get(entry) === 0) {
        this.setEvent(record, placed);
        role = 'event';
      } else {
        this.mismatches.add(tooLateTwice(this.cells.at(cell), this.letters.at(letter)));
        this.mismatches.doubleCounted++;
      }
    } else if (this.mayBeEither(record, placed)) this.candidates.push(placed);
    this.counts.duplicates++;
    return role;
  }

  private mayBeEither(record: RawRecord, { entry, cell, cents }: BookedEvent): boolean {
    return (
      this.partitionOf.get(entry) !== record.partition &&
      (this.cellAt(entry) !== cell || this.centsOf.get(entry) !== cents)
    );
  }

  /** Books every event in its cell. Replays come last: what they replace must be known first. */
  finish(): void {
    this.replays.link();
    const countedBy = new Uint8Array(this.ids.size);
    for (let entry = 0; entry < this.ids.size; entry++) {
      const cell = this.cellAt(entry);
      if (cell === noCell) continue;
      const letter = this.letterOf.get(entry) - 1;
      this.bookEvent({ entry, cell, cents: this.centsOf.get(entry), letter });
      if (letter < 0) countedBy[entry] = counting.timely;
    }
    for (const repeat of this.repeats) this.bookEvent(repeat);
    this.replays.book(countedBy, this.counts);
  }

  private bookEvent({ entry, cell, cents, letter }: PlacedEvent): void {
    if (letter >= 0 && this.replays.carries(entry, letter)) {
      this.counts.duplicates++;
      this.counts.superseded++;
      return;
    }
    const { outstanding, counted } = this.cells.at(cell);
    addTo(letter >= 0 ? outstanding : counted, 1, cents);
    this.counts.uniqueEvents++;
  }

  /** Where the event of a candidate stands now. */
  placeOf(entry: number): { cell: number; cents: number; counted: boolean } {
    const letter = this.letterOf.get(entry);
    return { cell: this.cellAt(entry), cents: this.centsOf.get(entry), counted: letter === 0 };
  }

  /** Takes the candidate for the event instead. */
  moveTo(candidate: BookedEvent): void {
    const old = this.placeOf(candidate.entry);
    addTo(this.cells.at(old.cell).counted, -1, -old.cents);
    addTo(this.cells.at(candidate.cell).counted, 1, candidate.cents);
    this.cellOf.set(candidate.entry, candidate.cell + 1);
    this.centsOf.set(candidate.entry, candidate.cents);
  }
}

function isPlain(quick: QuickEvent, record: RawRecord): boolean {
  const { data, valueFrom = -1, valueTo = -1, timestampMs } = record;
  return data === undefined
    ? quick.read(record.value, timestampMs)
    : valueFrom >= 0 && quick.readPart(data, valueFrom, valueTo, timestampMs);
}
