import { Column } from './event-ids.js';
import { contentHash } from './hash.js';
import type { BookedEvent, RawRecord, ReplayFate } from './raw-record.js';
import type { Place } from './record-mismatches.js';
import { Texts } from './texts.js';

const fates: readonly ReplayFate[] = ['invalid', 'duplicate', 'counted', 'forced', 'again'];

/**
 * The replayed records of a run, numbered from 0 in the order they were read. Kept in columns, some 40 bytes each:
 * there may be millions. What may be missing is kept plus one, and is -1 when asked for.
 */
export class ReplayedRecords {
  private count = 0;
  private readonly ids = new Texts();
  private readonly partitions = new Column((length) => new Uint16Array(length));
  private readonly offsets = new Column((length) => new Float64Array(length));
  private readonly letters = new Column((length) => new Int32Array(length));
  private readonly idNumbers = new Column((length) => new Int32Array(length));
  private readonly contents = new Column((length) => new Uint32Array(length));
  private readonly entries = new Column((length) => new Int32Array(length));
  private readonly cells = new Column((length) => new Int32Array(length));
  private readonly cents = new Column((length) => new Float64Array(length));
  private readonly forced = new Column((length) => new Uint16Array(length));
  private readonly fates = new Column((length) => new Uint16Array(length));

  get size(): number {
    return this.count;
  }

  add(record: RawRecord, from: { letter: number; id: number; isForced: boolean }, event?: BookedEvent): void {
    const n = this.count++;
    this.partitions.set(n, record.partition);
    this.offsets.set(n, record.offset);
    this.letters.set(n, from.letter + 1);
    this.idNumbers.set(n, from.id);
    this.contents.set(n, contentHash(record.value));
    if (from.isForced) this.forced.set(n, 1);
    if (event === undefined) return;
    this.entries.set(n, event.entry + 1);
    this.cells.set(n, event.cell);
    this.cents.set(n, event.cents);
    this.setFate(n, 'counted');
  }

  /** The number of a replay. */
  idNumberOf(replayId: string): number {
    return this.ids.numberOf(replayId);
  }

  idText(idNumber: number): string {
    return this.ids.at(idNumber) ?? '';
  }

  placeOf(n: number): Place {
    return { partition: this.partitions.get(n), offset: this.offsets.get(n) };
  }

  idOf(n: number): number {
    return this.idNumbers.get(n);
  }

  /** The dead letter it was sent again from; -1 for none. */
  letterOf(n: number): number {
    return this.letters.get(n) - 1;
  }

  forgetLetter(n: number): void {
    this.letters.set(n, 0);
  }

  /** The number of its event's id; -1 when it is not valid. */
  entryOf(n: number): number {
    return this.entries.get(n) - 1;
  }

  cellOf(n: number): number {
    return this.cells.get(n);
  }

  centsOf(n: number): number {
    return this.cents.get(n);
  }

  /** See `contentHash`. */
  contentOf(n: number): number {
    return this.contents.get(n);
  }

  /** Its dead letter had been replayed before. */
  isForced(n: number): boolean {
    return this.forced.get(n) !== 0;
  }

  fateOf(n: number): ReplayFate {
    return fates[this.fates.get(n)] ?? 'invalid';
  }

  setFate(n: number, fate: ReplayFate): void {
    this.fates.set(n, fates.indexOf(fate));
  }
}
