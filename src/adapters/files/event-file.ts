import type { DeliveredBatch, DeliveryStats, EventSink } from '../../domain/traffic/event-sink.js';
import type { LatencyCounts } from '../../domain/traffic/latency.js';
import type { OutgoingRecord } from '../../domain/traffic/record.js';
import type { StreamlabError } from '../../errors.js';
import { TextWriter } from './text-writer.js';

/** Lines are written together once they are this much, or at the end of the event loop's turn. */
const CHUNK_BYTES = 256 * 1024;
/** Bytes and records that wait to be written at most. */
const MAX_PENDING_BYTES = 4 * 1024 * 1024;
const MAX_PENDING = 20_000;

export interface FileSinkOptions<R extends OutgoingRecord> {
  /** Told of every record once; the offset is the number of its line, from 0. */
  onDelivered?: (batch: DeliveredBatch<R>) => void;
}

/**
 * A file, or stdout for `-`, in place of a topic: the value of each record as it is, one a line, in the order of the run. A
 * record is acknowledged when the operating system has it. A reader of stdout that goes away ends it with a failure
 * INTERRUPTED, which is the end of the run and no error. What was in the file is lost.
 * @throws StreamlabError INVALID_FILE, NOT_PERMITTED, DISK_FULL naming --to and the file
 */
export async function openFileSink<R extends OutgoingRecord>(
  path: string,
  options: FileSinkOptions<R> = {},
): Promise<EventSink<R>> {
  return new FileSink<R>(await TextWriter.open('--to', path), options.onDelivered);
}

class FileSink<R extends OutgoingRecord> implements EventSink<R> {
  private chunk: R[] = [];
  private chunkBytes = 0;
  /** Chunks handed to the writer, in order. */
  private writing: R[][] = [];
  private scheduled: NodeJS.Immediate | undefined;
  private waiting: (() => void)[] = [];
  private readonly latencies = new Map<number, number>();
  private taken = 0;
  private acknowledged = 0;
  private givenUp = 0;
  private closed = false;

  constructor(
    private readonly writer: TextWriter,
    private readonly onDelivered: ((batch: DeliveredBatch<R>) => void) | undefined,
  ) {
    writer.onFailure = () => {
      this.wake();
    };
  }

  get inFlight(): number {
    return this.taken - this.acknowledged - this.givenUp;
  }

  get capacity(): number {
    const isFull = this.chunkBytes + this.writer.pendingBytes >= MAX_PENDING_BYTES;
    return isFull ? 0 : MAX_PENDING - this.inFlight;
  }

  get failure(): StreamlabError | undefined {
    return this.writer.failure;
  }

  get trouble(): string | undefined {
    return undefined;
  }

  append(record: R): void {
    this.taken++;
    this.chunk.push(record);
    this.chunkBytes += record.payload.length + 1;
    if (this.chunkBytes >= CHUNK_BYTES) this.write();
    else
      this.scheduled ??= setImmediate(() => {
        this.write();
      });
  }

  async room(): Promise<void> {
    await this.until(() => this.capacity > 0);
  }

  async flush(): Promise<void> {
    this.write();
    await this.until(() => this.inFlight === 0);
  }

  stats(): DeliveryStats {
    const latency: LatencyCounts = [...this.latencies].sort(([a], [b]) => a - b);
    return { acknowledged: this.acknowledged, givenUp: this.givenUp, resent: 0, latency };
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.write();
    await this.writer.close();
    this.closed = true;
    for (const records of [...this.writing, this.chunk]) {
      this.givenUp += records.length;
      this.report(records, undefined);
    }
    this.writing = [];
    this.chunk = [];
    this.wake();
  }

  private write(): void {
    clearImmediate(this.scheduled);
    this.scheduled = undefined;
    const records = this.chunk;
    if (records.length === 0 || this.failure !== undefined) return;
    this.chunk = [];
    this.chunkBytes = 0;
    this.writing.push(records);
    const text = `${records.map(({ payload }) => payload).join('\n')}\n`;
    this.writer.write(text, 'latin1', () => {
      this.written(records);
    });
  }

  /** Chunks are written in the order in which they were handed over. */
  private written(records: R[]): void {
    this.writing.shift();
    const firstLine = this.acknowledged;
    this.acknowledged += records.length;
    const nowMs = performance.timeOrigin + performance.now();
    for (const { dueMs } of records) {
      const ms = Math.max(1, Math.round(nowMs - dueMs));
      this.latencies.set(ms, (this.latencies.get(ms) ?? 0) + 1);
    }
    this.report(records, firstLine);
    this.wake();
  }

  /** By runs of one partition: a file has them mixed. */
  private report(records: readonly R[], firstLine: number | undefined): void {
    if (this.onDelivered === undefined) return;
    for (let from = 0; from < records.length;) {
      const partition = records[from]?.partition ?? 0;
      let to = from + 1;
      while (records[to]?.partition === partition) to++;
      const baseOffset = firstLine === undefined ? undefined : firstLine + from;
      this.onDelivered({ partition, records: records.slice(from, to), baseOffset, resent: false });
      from = to;
    }
  }

  private async until(condition: () => boolean): Promise<void> {
    while (!condition() && this.failure === undefined && !this.closed)
      await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  private wake(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }
}
