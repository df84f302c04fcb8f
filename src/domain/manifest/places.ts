import { Column } from '../ledger/event-ids.js';
import type { Manifest } from './manifest.js';

/** Where the entries of a manifest are on a topic: four bytes for each offset between the first and the last. */
export class Places {
  private readonly partitions = new Map<number, Column<Int32Array>>();

  /**
   * @param ends the first offset behind each partition
   * @param clash is told of an entry whose place an earlier one has
   */
  constructor(
    manifest: Manifest,
    private readonly ends: ReadonlyMap<number, number>,
    clash: (entry: number, earlier: number) => void,
  ) {
    for (let entry = 0; entry < manifest.size; entry++) {
      if (!manifest.isAcknowledged(entry)) continue;
      const { partition, offset } = manifest.placeOf(entry);
      if (offset >= (this.ends.get(partition) ?? 0)) continue;
      const column = this.columnOf(partition);
      const earlier = column.get(offset) - 1;
      if (earlier >= 0) clash(entry, earlier);
      else column.set(offset, entry + 1);
    }
  }

  private columnOf(partition: number): Column<Int32Array> {
    let column = this.partitions.get(partition);
    if (column === undefined) {
      column = new Column((length) => new Int32Array(length));
      this.partitions.set(partition, column);
    }
    return column;
  }

  /** The entry at a place, or -1. */
  at(partition: number, offset: number): number {
    return (this.partitions.get(partition)?.get(offset) ?? 0) - 1;
  }

  /** Why nothing can be at a place: "is not there: …". */
  whyEmpty(partition: number, offset: number): string {
    const end = this.ends.get(partition);
    if (end === undefined) return `is not there: the topic has no partition ${String(partition)}`;
    if (offset >= end) return `is not there: the partition ends before offset ${String(end)}`;
    return 'is not there: the partition has no record at this offset';
  }
}
