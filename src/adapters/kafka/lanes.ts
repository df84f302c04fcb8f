import type { KeyedPayload } from '../../domain/traffic/event.js';

/** A batch goes out when it holds this much, or has waited for `LINGER_MS`; brokers take 1 MB by default. */
const MAX_BATCH_BYTES = 256 * 1024;
/** How long a record may wait for company, milliseconds. */
export const LINGER_MS = 10;

/** Records of one partition that are sent, answered and, if need be, sent again together. */
export interface Batch {
  partition: number;
  records: KeyedPayload[];
  bytes: number;
  /** Milliseconds of `performance.now()`. */
  openedAt: number;
}

/**
 * The batches of one partition, in order. One at a time is on its way: so a batch that has to be sent again cannot be
 * overtaken, and the records of a key stay in order without an idempotent producer.
 */
export class Lane {
  private readonly full: Batch[] = [];
  private open: Batch | undefined;
  busy = false;

  constructor(private readonly partition: number) {}

  /** True when the record filled a batch. */
  add(record: KeyedPayload): boolean {
    this.open ??= { partition: this.partition, records: [], bytes: 0, openedAt: performance.now() };
    this.open.records.push(record);
    this.open.bytes += record.payload.length + record.key.length;
    if (this.open.bytes < MAX_BATCH_BYTES) return false;
    this.full.push(this.open);
    this.open = undefined;
    return true;
  }

  /** The batch to send next: a full one, or the open one if it has waited long enough or `force` is given. */
  take(force: boolean): Batch | undefined {
    const full = this.full.shift();
    if (full !== undefined) return full;
    const open = this.open;
    if (open === undefined || (!force && performance.now() - open.openedAt < LINGER_MS)) return undefined;
    this.open = undefined;
    return open;
  }
}
