import type { OutgoingRecord } from '../../domain/traffic/record.js';
import { BatchEncoder } from './batch-encoder.js';
import { decompress, type Compressor } from './compression.js';
import { decodeRange } from './record-batch.js';

/** A batch goes out when it holds this much, or has waited for `LINGER_MS`; brokers take 1 MB by default. */
const MAX_BATCH_BYTES = 256 * 1024;
const FIRST_BATCH_BYTES = 16 * 1024;
const RECORD_OVERHEAD_BYTES = 16;
/** How long a record may wait for company, milliseconds. */
export const LINGER_MS = 10;

/** What a record weighs in memory, about. */
export function contentBytes({ key, payload }: OutgoingRecord): number {
  return (key?.length ?? 0) + payload.length + RECORD_OVERHEAD_BYTES;
}

/** Records of one partition that are sent, answered and, if need be, sent again together. */
export class Batch<R extends OutgoingRecord> {
  readonly records: R[] = [];
  /** An earlier copy was sent and not answered: it may be on the topic. */
  maybeWritten = false;
  /** It was sent again after that. */
  resent = false;
  /** Sum over the records. */
  contentBytes = 0;
  private readonly encoder: BatchEncoder;
  private finished: Buffer | Promise<Buffer> | undefined;

  /** @param openedAt milliseconds of `performance.now()` */
  constructor(
    readonly partition: number,
    readonly openedAt: number,
    sizeBytes: number,
  ) {
    this.encoder = new BatchEncoder(sizeBytes);
  }

  /** Before compression. */
  get bytes(): number {
    return this.encoder.bytes;
  }

  add(record: R, timestampMs: number): void {
    this.records.push(record);
    this.contentBytes += contentBytes(record);
    this.encoder.add(record.key, record.payload, timestampMs);
  }

  /** Begins to compress; what is sent is encoded once, so that all copies are the same. */
  seal(compressor: Compressor | undefined): void {
    if (this.finished !== undefined) return;
    this.finished = this.encoder.finish(compressor);
    // Awaited when it is this batch's turn.
    if (!Buffer.isBuffer(this.finished)) this.finished.catch(() => undefined);
  }

  /** What is sent. */
  encoded(): Buffer | Promise<Buffer> {
    if (this.finished === undefined) throw new Error('The batch is not sealed.');
    return this.finished;
  }

  /** The batch as two, records and times as they were; only for one of several records that was refused. */
  async halves(compressor: Compressor | undefined): Promise<Batch<R>[]> {
    const count = this.records.length;
    const range = { partition: this.partition, from: 0, to: count };
    const { records: decoded } = decodeRange(await this.encoded(), range, [], decompress);
    const middle = Math.ceil(count / 2);
    const half = (from: number, to: number): Batch<R> => {
      const batch = new Batch<R>(this.partition, this.openedAt, Math.ceil(this.bytes / 2));
      for (let i = from; i < to; i++) {
        const record = this.records[i];
        if (record !== undefined) batch.add(record, decoded[i]?.timestampMs ?? 0);
      }
      batch.seal(compressor);
      return batch;
    };
    return [half(0, middle), half(middle, count)];
  }
}

/**
 * The batches of one partition, in order. One at a time is on its way: so a batch that has to be sent again cannot be
 * overtaken, and the records of a key stay in order without an idempotent producer.
 */
export class Lane<R extends OutgoingRecord> {
  busy = false;
  /** Records that wait here or are on their way. */
  inFlight = 0;
  /** Why its batch could not be delivered yet. */
  trouble: string | undefined;
  /** When a request of it that is not answered was sent, milliseconds of `performance.now()`. */
  sentAt: number | undefined;
  /** When a batch of it was acknowledged last; the same clock. */
  acknowledgedAt = Number.NEGATIVE_INFINITY;
  private readonly full: Batch<R>[] = [];
  private open: Batch<R> | undefined;
  private sizeBytes = FIRST_BATCH_BYTES;

  constructor(
    readonly partition: number,
    private readonly compressor?: Compressor,
  ) {}

  /**
   * True when the record filled a batch, or a batch was too full for it. A record larger than a batch gets one of its own.
   * @param timestampMs the record's create time, epoch milliseconds
   */
  add(record: R, timestampMs: number): boolean {
    this.inFlight++;
    let { open } = this;
    let filled = false;
    if (open !== undefined && open.bytes + record.payload.length > MAX_BATCH_BYTES) {
      this.close(open);
      open = undefined;
      filled = true;
    }
    this.open = open ??= new Batch<R>(this.partition, performance.now(), this.sizeBytes);
    open.add(record, timestampMs);
    if (open.bytes < MAX_BATCH_BYTES) return filled;
    this.close(open);
    return true;
  }

  /** The batch to send next: a full one, or the open one if it has waited long enough or `force` is given. */
  take(force: boolean): Batch<R> | undefined {
    const full = this.full.shift();
    if (full !== undefined) return full;
    const open = this.open;
    if (open === undefined || (!force && performance.now() - open.openedAt < LINGER_MS)) return undefined;
    this.close(open);
    return this.full.shift();
  }

  private close(open: Batch<R>): void {
    // The next one will be about as large: no need to grow to that by doubling.
    this.sizeBytes = Math.min(MAX_BATCH_BYTES, Math.max(FIRST_BATCH_BYTES, open.bytes)) + 1_024;
    open.seal(this.compressor);
    this.full.push(open);
    this.open = undefined;
  }
}
