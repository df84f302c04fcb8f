import { Column } from '../ledger/event-ids.js';
import type { ManifestEntry } from '../traffic/manifest.js';
import { hashKey, ManifestIds } from './ids.js';
import { Outcomes } from './outcomes.js';

/** One file of a manifest. */
export interface ManifestFile {
  file: string;
  entries: number;
  /** Of the entries: those with an offset. */
  acknowledged: number;
  /** The last line was cut off, as by a run that was killed; it is left out. */
  truncated: boolean;
}

export interface Place {
  partition: number;
  offset: number;
}

const resentBit = 0x8000;
const noOffset = 0xffff_ffff;
/** In the column of partitions: the place does not fit in the columns. */
const elsewhere = 0xffff;
const noId = -1;

/**
 * The entries of one or more manifests, numbered from 0 in the order of their lines. Kept in columns, some 45 bytes an
 * entry with its id: a run may have ten millions.
 */
export class Manifest {
  readonly files: ManifestFile[] = [];
  readonly ids = new ManifestIds();
  readonly outcomes = new Outcomes();
  private count = 0;
  private readonly firstEntries: number[] = [];
  private readonly idNumbers = new Column((length) => new Int32Array(length));
  private readonly keyHashes = new Column((length) => new Uint32Array(length));
  private readonly partitions = new Column((length) => new Uint16Array(length));
  private readonly offsets = new Column((length) => new Uint32Array(length));
  private readonly intents = new Column((length) => new Uint16Array(length));
  private readonly farPlaces = new Map<number, Place>();

  get size(): number {
    return this.count;
  }

  /** The entries that follow are lines 1, 2, … of this file. */
  beginFile(file: string): ManifestFile {
    const begun = { file, entries: 0, acknowledged: 0, truncated: false };
    this.files.push(begun);
    this.firstEntries.push(this.count);
    return begun;
  }

  add(entry: ManifestEntry): void {
    const file = this.files.at(-1);
    if (file === undefined) throw new RangeError('no file was begun');
    const number = this.count++;
    file.entries++;
    this.idNumbers.set(number, entry.id === null ? noId : this.ids.numberOf(entry.id));
    this.keyHashes.set(number, hashKey(entry.key));
    const intent = this.outcomes.ofVerdict(entry.verdict, entry.reason);
    this.intents.set(number, entry.resent === true ? intent | resentBit : intent);
    this.setPlace(number, entry.partition, entry.offset);
    if (entry.offset !== null) file.acknowledged++;
  }

  private setPlace(number: number, partition: number, offset: number | null): void {
    if (partition < elsewhere && (offset === null || offset < noOffset)) {
      this.partitions.set(number, partition);
      this.offsets.set(number, offset ?? noOffset);
      return;
    }
    this.partitions.set(number, elsewhere);
    this.offsets.set(number, offset === null ? noOffset : 0);
    this.farPlaces.set(number, { partition, offset: offset ?? 0 });
  }

  isAcknowledged(entry: number): boolean {
    return this.offsets.get(entry) !== noOffset;
  }

  /** The offset means nothing where the entry was not acknowledged. */
  placeOf(entry: number): Place {
    const partition = this.partitions.get(entry);
    const far = partition === elsewhere ? this.farPlaces.get(entry) : undefined;
    return far ?? { partition, offset: this.offsets.get(entry) };
  }

  /** The number of the entry's id, or -1. */
  idOf(entry: number): number {
    return this.idNumbers.get(entry);
  }

  /** See `hashKey`. */
  keyHashOf(entry: number): number {
    return this.keyHashes.get(entry);
  }

  /** See `outcome`. */
  intentOf(entry: number): number {
    return this.intents.get(entry) & ~resentBit;
  }

  isResent(entry: number): boolean {
    return (this.intents.get(entry) & resentBit) !== 0;
  }

  /** The number of the entry's file in `files`, and its line, from 1. */
  lineOf(entry: number): { file: number; line: number } {
    let file = this.firstEntries.length - 1;
    while (file > 0 && (this.firstEntries[file] ?? 0) > entry) file--;
    return { file, line: entry - (this.firstEntries[file] ?? 0) + 1 };
  }
}
