import { Column } from '../ledger/event-ids.js';
import { hashKeyBytes } from './ids.js';
import type { Manifest } from './manifest.js';

/**
 * Entries that may be on the topic at a place nobody was told: not acknowledged, or sent again without an answer.
 * Kept as a chain for each id, so that memory is only taken for those.
 */
export class LooseEntries {
  readonly resentEntries: number;
  /** Further copies of entries that were sent again. */
  copies = 0;
  foundCount = 0;
  private readonly heads = new Column((length) => new Int32Array(length));
  private readonly next = new Column((length) => new Int32Array(length));
  private readonly foundAt = new Column((length) => new Uint16Array(length));

  constructor(private readonly manifest: Manifest) {
    let resent = 0;
    for (let entry = manifest.size - 1; entry >= 0; entry--) {
      const isResent = manifest.isResent(entry);
      if (isResent) resent++;
      const id = manifest.idOf(entry);
      if (id < 0 || (!isResent && manifest.isAcknowledged(entry))) continue;
      this.next.set(entry, this.heads.get(id));
      this.heads.set(id, entry + 1);
    }
    this.resentEntries = resent;
  }

  /** Whether a record that is at no entry's place is explained by one of these; it is then counted. */
  explain(id: number, record: { partition: number; key?: Uint8Array | null }): boolean {
    let isCopy = false;
    for (let entry = this.heads.get(id) - 1; entry >= 0; entry = this.next.get(entry) - 1) {
      if (this.manifest.placeOf(entry).partition !== record.partition) continue;
      if (this.manifest.keyHashOf(entry) !== hashKeyBytes(record.key ?? null)) continue;
      if (!this.manifest.isAcknowledged(entry) && this.foundAt.get(entry) === 0) {
        this.foundAt.set(entry, 1);
        this.foundCount++;
        return true;
      }
      if (this.manifest.isResent(entry)) isCopy = true;
    }
    if (isCopy) this.copies++;
    return isCopy;
  }
}
