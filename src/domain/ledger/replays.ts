import { tooLate, type ReplayOrigin } from '../dlq/contract.js';
import { addTo, type Cells } from './cells.js';
import { fate, type DeadLetters } from './dead-letters.js';
import { Column, type EventIds } from './event-ids.js';
import { EventReplays } from './event-replays.js';
import { ForcedReplays } from './forced-replays.js';
import { contentHash } from './hash.js';
import type { JournalCheck } from './journal-check.js';
import type { Mismatches } from './mismatches.js';
import type { BookedEvent, RawCounts, RawRecord, ReplayedRecord } from './raw-record.js';
import { countedAgain } from './record-mismatches.js';
import { ReplayedRecords } from './replayed-records.js';

/** What counts an event: its own record, on time or late, or a replay. */
export const counting = { nothing: 0, timely: 1, replay: 2 } as const;

/** A letter may name any other, also in a circle. */
const maxAttempts = 1_000;

/**
 * The raw records that were sent again from the dead-letter queue.
 *
 * The job counts the first record of each event and replay, so each of those is expected among the aggregates. If the
 * event does not count on time or late, one of them brings it back; every further one counts it twice. That was
 * forced where the dead letter had been replayed before, and is a mistake otherwise.
 *
 * Give it what the dead letters were made of, and the replayed records as they come; then `link`, then `book`.
 */
export class Replays {
  private readonly records = new ReplayedRecords();
  private readonly byEvent = new EventReplays();
  readonly forced = new ForcedReplays();
  // Of each dead letter. What may be missing is kept plus one.
  private readonly contents = new Column((length) => new Uint32Array(length));
  /** The letter that its record was sent again from. */
  private readonly parents = new Column((length) => new Int32Array(length));
  /** The event that it says came too late. */
  private readonly events = new Column((length) => new Int32Array(length));
  /** The first replay seen of it. */
  private readonly firstIds = new Column((length) => new Int32Array(length));

  constructor(
    private readonly books: {
      cells: Cells;
      letters: DeadLetters;
      mismatches: Mismatches;
      journal: JournalCheck;
      ids: EventIds;
    },
  ) {}

  /** The record that a dead letter was made of. */
  addSource(letter: number, record: RawRecord, origin: ReplayOrigin | undefined): void {
    this.contents.set(letter, contentHash(record.value));
    if (origin !== undefined) this.parents.set(letter, this.letterNamedBy(origin) + 1);
  }

  /** The event that a dead letter says came too late. */
  addTooLate(letter: number, entry: number): void {
    this.events.set(letter, entry + 1);
  }

  /** @param event none when the record is not valid */
  add(record: RawRecord, origin: ReplayOrigin, event?: BookedEvent & { eventId: string }): void {
    const letter = this.letterNamedBy(origin);
    const id = this.records.idNumberOf(origin.replayId);
    const journaled = this.books.journal.see(record, origin);
    if (letter >= 0 && journaled?.repaired === true) this.books.letters.mark(letter, fate.repaired);
    const isForced = journaled?.forced ?? this.isLaterReplay(letter, id);
    this.records.add(record, { letter, id, isForced }, event);
    if (event !== undefined) this.byEvent.name(event.entry, event.eventId);
  }

  private letterNamedBy(origin: ReplayOrigin): number {
    return this.books.letters.atPlace(origin.dlqPartition, origin.dlqOffset);
  }

  /** Of several replays of one letter the first on raw was not forced, as far as raw can tell. */
  private isLaterReplay(letter: number, id: number): boolean {
    if (letter < 0) return false;
    const first = this.firstIds.get(letter) - 1;
    if (first < 0) this.firstIds.set(letter, id + 1);
    return first >= 0 && first !== id;
  }

  /**
   * Works out which dead letters were replayed, and which events go on in a replay. A replay that names the too-late
   * letter of another event does not stand for it: that event still waits. (The letter of an invalid record has no
   * event of its own; whatever it was repaired to is its event. A record that is not valid is an attempt all the same.)
   */
  link(): void {
    for (let n = 0; n < this.records.size; n++) {
      const entry = this.records.entryOf(n);
      const letter = this.records.letterOf(n);
      if (letter >= 0) this.linkLetter(n, letter, entry);
      if (entry < 0) continue;
      if (this.isOfRepeat(n)) this.books.letters.mark(letter, fate.carried);
      else this.byEvent.carry(entry);
    }
  }

  private linkLetter(n: number, letter: number, entry: number): void {
    const { letters } = this.books;
    const isTooLate = letters.reasonOf(letter) === tooLate;
    if (isTooLate && entry >= 0 && this.events.get(letter) - 1 !== entry) {
      this.records.forgetLetter(n);
      return;
    }
    letters.mark(letter, fate.replayed);
    if (this.differs(n, letter)) letters.mark(letter, fate.repaired);
  }

  private differs(n: number, letter: number): boolean {
    const content = this.contents.get(letter);
    return content !== 0 && content !== this.records.contentOf(n);
  }

  /** Whether it replays a repeat beyond the dedupe horizon, which is an event of its own. */
  private isOfRepeat(n: number): boolean {
    const letter = this.records.letterOf(n);
    return letter >= 0 && this.books.letters.is(letter, fate.repeat);
  }

  /** Whether a too-late event goes on in a replay. */
  carries(entry: number, letter: number): boolean {
    const { letters } = this.books;
    return letters.is(letter, fate.repeat) ? letters.is(letter, fate.carried) : this.byEvent.carries(entry);
  }

  /** @param countedBy for each event id what counts it, see `counting`; replays are added */
  book(countedBy: Uint8Array, counts: RawCounts): void {
    for (let n = 0; n < this.records.size; n++) {
      const entry = this.records.entryOf(n);
      if (entry < 0) continue;
      if (this.byEvent.add(entry, this.records.idOf(n))) {
        addTo(this.books.cells.at(this.records.cellOf(n)).replayed, 1, this.records.centsOf(n));
      } else {
        this.records.setFate(n, 'duplicate');
        counts.duplicates++;
      }
    }
    // Forced ones come last, so that it is they who are too many.
    for (const forced of [false, true]) {
      for (let n = 0; n < this.records.size; n++) {
        if (this.records.fateOf(n) !== 'counted' || this.records.isForced(n) !== forced) continue;
        if (this.isFirst(n, countedBy)) counts.uniqueEvents++;
        else {
          counts.duplicates++;
          this.bookAgain(n, countedBy);
        }
      }
    }
    this.forced.report(this.books.mismatches);
  }

  /** Whether nothing else counts the event yet; this does from now on. */
  private isFirst(n: number, countedBy: Uint8Array): boolean {
    if (this.isOfRepeat(n)) {
      const letter = this.records.letterOf(n);
      const isFirst = !this.books.letters.is(letter, fate.counted);
      this.books.letters.mark(letter, fate.counted);
      return isFirst;
    }
    const entry = this.records.entryOf(n);
    const isFirst = countedBy[entry] === counting.nothing;
    if (isFirst) countedBy[entry] = counting.replay;
    return isFirst;
  }

  private bookAgain(n: number, countedBy: Uint8Array): void {
    const entry = this.records.entryOf(n);
    const replayIds = this.byEvent.of(entry).map((id) => this.records.idText(id));
    if (this.records.isForced(n)) {
      this.records.setFate(n, 'forced');
      this.forced.add(this.records.idText(this.records.idOf(n)), this.records.centsOf(n), replayIds);
      return;
    }
    this.records.setFate(n, 'again');
    const { cells, ids, mismatches } = this.books;
    mismatches.doubleCounted++;
    mismatches.add(
      countedAgain(this.records.placeOf(n), {
        id: this.byEvent.nameOf(entry) ?? ids.textOf(entry),
        cell: cells.at(this.records.cellOf(n)),
        isTimely: countedBy[entry] === counting.timely,
        replayIds,
      }),
    );
  }

  /** What became of every replayed record. Call it when all is booked. */
  tell(told: (replay: ReplayedRecord) => void): void {
    for (let n = 0; n < this.records.size; n++) {
      const letter = this.firstLetterOf(n);
      told({
        replayId: this.records.idText(this.records.idOf(n)),
        fate: this.records.fateOf(n),
        place: this.records.placeOf(n),
        source: letter < 0 ? undefined : this.books.letters.sourceOf(letter),
        event: this.records.entryOf(n),
        repaired: letter >= 0 && this.differs(n, letter),
      });
    }
  }

  /** The dead letter that it goes back to over all its attempts, or -1. */
  private firstLetterOf(n: number): number {
    let letter = this.records.letterOf(n);
    for (let attempts = 0; letter >= 0 && attempts < maxAttempts; attempts++) {
      const parent = this.parents.get(letter) - 1;
      if (parent < 0) break;
      letter = parent;
    }
    return letter;
  }
}
