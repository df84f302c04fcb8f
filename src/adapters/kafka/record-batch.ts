/*
  RecordBatch, magic 2 (https://kafka.apache.org/documentation/#recordbatch), big endian:
    baseOffset INT64 @0, batchLength INT32 @8, partitionLeaderEpoch INT32 @12, magic INT8 @16, crc UINT32 @17,
    attributes INT16 @21 (bits 0-2 codec, bit 3 log append time, bit 4 transactional, bit 5 control),
    lastOffsetDelta INT32 @23, baseTimestamp INT64 @27, maxTimestamp INT64 @35, producerId INT64 @43,
    producerEpoch INT16 @51, baseSequence INT32 @53, recordCount INT32 @57, records @61
*/

const at = {
  length: 8,
  magic: 16,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  count: 57,
  records: 61,
};
const lengthIncluded = 12;
const codecBits = 0b111;
const logAppendTime = 1 << 3;
const transactional = 1 << 4;
const control = 1 << 5;
/** Name and value; the value may be null. */
export type RecordHeader = readonly [name: string, value: Buffer | null];

export interface KafkaRecord {
  readonly partition: number;
  readonly offset: number;
  /** Epoch milliseconds: of the producer, or of the broker where the topic says so. */
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly RecordHeader[];
  /** Where the value lies in a larger piece of memory; `valueFrom` is -1 for null. Not of every record. */
  readonly data?: Buffer;
  readonly valueFrom?: number;
  readonly valueTo?: number;
}

/**
 * A record as it lies in what was fetched. Key and value are cut out when they are asked for: millions of them are only
 * looked at in place.
 */
class FetchedRecord implements KafkaRecord {
  constructor(
    readonly partition: number,
    readonly offset: number,
    readonly timestampMs: number,
    readonly data: Buffer,
    private readonly keyFrom: number,
    private readonly keyTo: number,
    readonly valueFrom: number,
    readonly valueTo: number,
    readonly headers: readonly RecordHeader[],
  ) {}

  get key(): Buffer | null {
    return this.keyFrom < 0 ? null : this.data.subarray(this.keyFrom, this.keyTo);
  }

  get value(): Buffer | null {
    return this.valueFrom < 0 ? null : this.data.subarray(this.valueFrom, this.valueTo);
  }
}

/** From a fetch response: the records of this producer from `firstOffset` to its abort marker do not count. */
export interface AbortedTransaction {
  producerId: bigint;
  firstOffset: number;
}

interface Range {
  partition: number;
  from: number;
  to: number;
}

type Decompress = (codec: number, body: Buffer) => Buffer;

interface Batch {
  baseOffset: number;
  lastOffset: number;
  baseTimestampMs: number;
  /** Set where the broker gives the records their time. */
  appendTimeMs: number | undefined;
  producerId: bigint;
  isTransactional: boolean;
  isControl: boolean;
  codec: number;
  count: number;
  body: Buffer;
}

/**
 * Decodes the batches of one fetched range as a read_committed consumer sees them: control batches and records of
 * aborted transactions are left out, and so are records outside [from, to). A cut-off last batch is ignored.
 * Compaction removes records but keeps a batch's last offset, so that `nextOffset` always moves on.
 * @throws Error for a batch of an old format (magic below 2)
 */
export function decodeRange(
  data: Buffer,
  range: Range,
  aborted: readonly AbortedTransaction[],
  decompress: Decompress,
): { records: KafkaRecord[]; nextOffset: number | undefined } {
  const records: KafkaRecord[] = [];
  const abortedNow = new Set<bigint>();
  // Two that overlap end in another order than they began: unsorted, the later one would hide the earlier.
  const byFirstOffset = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  let nextAborted = 0;
  let nextOffset: number | undefined;
  let start = 0;
  while (start + at.records <= data.length) {
    const end = start + lengthIncluded + data.readInt32BE(start + at.length);
    if (end > data.length) break;
    const batch = readBatch(data, start, end);
    nextOffset = batch.lastOffset + 1;
    start = end;
    for (let next = byFirstOffset[nextAborted]; next && next.firstOffset <= batch.lastOffset;) {
      abortedNow.add(next.producerId);
      next = byFirstOffset[++nextAborted];
    }
    if (batch.isControl) {
      if (isAbortMarker(batch)) abortedNow.delete(batch.producerId);
    } else if (!batch.isTransactional || !abortedNow.has(batch.producerId)) {
      readRecords(batch, range, decompress, records);
    }
    if (nextOffset >= range.to) break;
  }
  return { records, nextOffset };
}

function readBatch(data: Buffer, start: number, end: number): Batch {
  const magic = data.readInt8(start + at.magic);
  if (magic < 2) throw new Error(`record batch of format ${String(magic)}; streamlab reads format 2`);
  const attributes = data.readInt16BE(start + at.attributes);
  const baseOffset = readInt64(data, start);
  return {
    baseOffset,
    lastOffset: baseOffset + data.readInt32BE(start + at.lastOffsetDelta),
    baseTimestampMs: readInt64(data, start + at.baseTimestamp),
    appendTimeMs: attributes & logAppendTime ? readInt64(data, start + at.maxTimestamp) : undefined,
    producerId: data.readBigInt64BE(start + at.producerId),
    isTransactional: (attributes & transactional) !== 0,
    isControl: (attributes & control) !== 0,
    codec: attributes & codecBits,
    count: data.readInt32BE(start + at.count),
    body: data.subarray(start + at.records, end),
  };
}

/** A 64-bit integer as a number: offsets and times stay far below 2^53. */
function readInt64(data: Buffer, position: number): number {
  return data.readInt32BE(position) * 4_294_967_296 + data.readUInt32BE(position + 4);
}

/** The key of a control record is version INT16, type INT16; type 0 is abort, 1 is commit. */
function isAbortMarker(batch: Batch): boolean {
  const cursor = new Cursor(batch.body);
  cursor.skipRecordHead();
  const key = cursor.bytes();
  return key !== null && key.readInt16BE(2) === 0;
}

function readRecords(batch: Batch, range: Range, decompress: Decompress, into: KafkaRecord[]): void {
  const body = batch.codec === 0 ? batch.body : decompress(batch.codec, batch.body);
  const cursor = new Cursor(body);
  for (let i = 0; i < batch.count; i++) {
    const length = cursor.varint();
    const end = cursor.position + length;
    cursor.position++; // attributes, unused
    const timestampDelta = cursor.varlong();
    const offset = batch.baseOffset + cursor.varint();
    if (offset >= range.from && offset < range.to) {
      const timestampMs = batch.appendTimeMs ?? batch.baseTimestampMs + timestampDelta;
      const keyFrom = cursor.skipBytes();
      const keyTo = cursor.position;
      const valueFrom = cursor.skipBytes();
      const valueTo = cursor.position;
      const headers = cursor.headers();
      into.push(
        new FetchedRecord(
          range.partition,
          offset,
          timestampMs,
          body,
          keyFrom,
          keyTo,
          valueFrom,
          valueTo,
          headers,
        ),
      );
    }
    cursor.position = end;
  }
}

const noHeaders: readonly RecordHeader[] = [];

/** Reads zigzag varints and length-prefixed bytes; the buffers it hands out share the fetched memory. */
class Cursor {
  position = 0;

  constructor(private readonly data: Buffer) {}

  varint(): number {
    let shift = 0;
    let value = 0;
    for (;;) {
      const byte = this.data[this.position++] ?? 0;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
      shift += 7;
    }
    return (value >>> 1) ^ -(value & 1);
  }

  /** Up to 64 bits; timestamp deltas fit a number, but need more than the 32 bits of the shift operators. */
  varlong(): number {
    const first = this.data[this.position] ?? 0;
    if (first < 0x80) return this.varint();
    let factor = 1;
    let value = 0;
    for (;;) {
      const byte = this.data[this.position++] ?? 0;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) break;
      factor *= 128;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  bytes(): Buffer | null {
    const start = this.skipBytes();
    return start < 0 ? null : this.data.subarray(start, this.position);
  }

  /** @returns where they begin; -1 for null */
  skipBytes(): number {
    const length = this.varint();
    if (length < 0) return -1;
    const start = this.position;
    this.position += length;
    return start;
  }

  headers(): readonly RecordHeader[] {
    const count = this.varint();
    if (count === 0) return noHeaders;
    const headers: RecordHeader[] = [];
    for (let i = 0; i < count; i++) headers.push([this.bytes()?.toString() ?? '', this.bytes()]);
    return headers;
  }

  /** Length, attributes, timestamp delta and offset delta of a record. */
  skipRecordHead(): void {
    this.varint();
    this.position++;
    this.varlong();
    this.varint();
  }
}
