import { deadLetterPlace } from '../dlq/contract.js';
import type { Manifest, Place } from './manifest.js';

/** What is wrong: the record at an entry's place, or what became of it. */
export type ManifestDifference = 'missing' | 'different' | 'verdict' | 'counted_twice' | 'audit';

/** One difference between a manifest and the topics. */
export interface ManifestMismatch {
  kind: ManifestDifference;
  /** The file and line of the entry, from 1; null for what no manifest lists. */
  file: string | null;
  line: number | null;
  /** Of the entry; null where it has none. */
  id: string | null;
  /** The place of the record on the raw topic. */
  partition: number | null;
  offset: number | null;
  expected: string | null;
  actual: string | null;
  /** One sentence for people. */
  sentence: string;
}

/** How many are kept; all are counted. */
const keptDifferences = 1_000;

/** Collects differences. Texts are only made for those that are kept. */
export class Differences {
  readonly kept: ManifestMismatch[] = [];
  total = 0;

  constructor(private readonly manifest: Manifest) {}

  add(make: () => ManifestMismatch): void {
    this.total++;
    if (this.kept.length < keptDifferences) this.kept.push(make());
  }

  /** A difference at an entry's place. */
  addEntry(
    entry: number,
    what: { kind: ManifestDifference; expected: string | null; actual: string | null; says: string },
  ): void {
    this.add(() => {
      const { file, line } = this.manifest.lineOf(entry);
      const { partition, offset } = this.manifest.placeOf(entry);
      const name = this.manifest.files[file]?.file ?? null;
      const id = this.idTextOf(entry);
      const { kind, expected, actual, says } = what;
      const event = id === null ? 'without an id' : `event ${id}`;
      const sentence = `${name ?? ''} line ${String(line)} (${event}): raw ${deadLetterPlace(partition, offset)} ${says}`;
      return { kind, file: name, line, id, partition, offset, expected, actual, sentence };
    });
  }

  /** An event that was judged at two places, of which the second is named. */
  addCountedTwice(id: number, entry: number | undefined, place: Place, actual: string): void {
    if (entry !== undefined) {
      const says = `is ${actual}, and another copy of the event is too`;
      this.addEntry(entry, { kind: 'counted_twice', expected: 'duplicate', actual, says });
      return;
    }
    this.add(() => {
      const text = this.manifest.ids.textOf(id);
      const at = deadLetterPlace(place.partition, place.offset);
      const sentence = `event ${text}: raw ${at}, a copy that no manifest lists, is ${actual}, and another copy is too`;
      const noLine = { file: null, line: null };
      return {
        kind: 'counted_twice',
        ...noLine,
        id: text,
        ...place,
        expected: 'duplicate',
        actual,
        sentence,
      };
    });
  }

  /** What a replay did to an entry, or, where it goes back to a copy in no manifest, to the event. */
  addReplay(
    { entry, id }: { entry: number; id: number },
    what: { kind: ManifestDifference; actual: string; says: string },
  ): void {
    if (entry >= 0) {
      this.addEntry(entry, { ...what, expected: null });
      return;
    }
    const { kind, actual, says } = what;
    const nowhere = { file: null, line: null, partition: null, offset: null };
    this.add(() => {
      const text = this.manifest.ids.textOf(id);
      return { kind, ...nowhere, id: text, expected: null, actual, sentence: `event ${text} ${says}` };
    });
  }

  addUnreadable(count: number): void {
    if (count === 0) return;
    const sentence = `${String(count)} record(s) of the audit topic are not what the contract says`;
    const nowhere = { file: null, line: null, id: null, partition: null, offset: null };
    this.add(() => ({ kind: 'audit', ...nowhere, expected: null, actual: 'unreadable', sentence }));
  }

  private idTextOf(entry: number): string | null {
    const id = this.manifest.idOf(entry);
    return id < 0 ? null : this.manifest.ids.textOf(id);
  }
}
