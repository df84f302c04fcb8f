import { crc32c } from './client.js';
import type { Compressor } from './compression.js';

/*
  Record batch, magic 2 (https://kafka.apache.org/documentation/#recordbatch), big-endian:
    0 baseOffset INT64            8 batchLength INT32: what follows      12 partitionLeaderEpoch INT32
   16 magic INT8 = 2             17 crc UINT32: CRC-32C from 21 on       21 attributes INT16, bits 0-2 codec
   23 lastOffsetDelta INT32      27 baseTimestamp INT64                  35 maxTimestamp INT64
   43 producerId INT64           51 producerEpoch INT16                  53 baseSequence INT32
   57 number of records INT32    61 records, compressed all together
  Attributes: bits 0-2 codec, bit 4 part of a transaction.
  Record: length VARINT, attributes INT8, timestampDelta VARLONG, offsetDelta VARINT, keyLength VARINT (-1: no key), key,
    valueLength VARINT (-1: null), value, number of headers VARINT, of each: keyLength VARINT, key, valueLength VARINT, value
*/
const HEADER_BYTES = 61;
const CRC_FROM = 21;
const TRANSACTIONAL = 1 << 4;
/** Four varints of at most five bytes, a varlong of at most ten, attributes and number of headers. */
const MAX_RECORD_OVERHEAD = 32;
/** Below this a loop over characters is faster than the call into Node's own code. */
const SHORT_TEXT = 24;
const INT32 = 0x1_0000_0000;

/** Names and values of headers; characters stand for one byte each (Latin-1). */
export type OutgoingHeaders = readonly (readonly [name: string, value: string])[];

/** Who wrote a batch, so that the broker takes it once, and as part of which transaction. */
export interface BatchProducer {
  id: bigint;
  epoch: number;
  /** Number of the batch's first record among all that this producer sent to the partition. */
  sequence: number;
}

/** The most that a batch of this one record takes of its topic's `max.message.bytes`, without compression. */
export function batchBytesOf(
  key: Uint8Array | null,
  value: Uint8Array | null,
  headers: OutgoingHeaders,
): number {
  return (
    HEADER_BYTES + MAX_RECORD_OVERHEAD + (key?.length ?? 0) + (value?.length ?? 0) + sizeOfHeaders(headers)
  );
}

/**
 * Encodes records into a batch as they come: the hot path of the generator and of replays, several times as fast as
 * handing the client one object a record. Each record has its own create time; the batch has the first as base and the
 * latest as maximum, as Kafka's Java producer writes them.
 */
export class BatchEncoder {
  /** Records so far. */
  count = 0;
  private buffer: Buffer;
  private end = HEADER_BYTES;
  private baseTimestampMs = 0;
  private maxTimestampMs = 0;

  /** @param sizeBytes what the batch is expected to take; it grows beyond that */
  constructor(sizeBytes: number) {
    this.buffer = Buffer.allocUnsafe(HEADER_BYTES + sizeBytes);
  }

  /** Size of the batch so far, before compression. */
  get bytes(): number {
    return this.end;
  }

  /**
   * A record without headers whose characters stand for one byte each (Latin-1).
   * @param timestampMs epoch milliseconds, whole; may be earlier than those before
   */
  add(key: string | null, value: string, timestampMs: number): void {
    let at = this.begin(key === null ? -1 : key.length, value.length, 1, timestampMs);
    const { buffer } = this;
    if (key !== null) at = writeText(buffer, at, key);
    at = writeVarint(buffer, at, zigzag(value.length));
    at = writeText(buffer, at, value);
    buffer[at++] = 0;
    this.end = at;
  }

  /** A record of bytes, and with headers; the time as in `add`. */
  addBytes(
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers: OutgoingHeaders,
    timestampMs: number,
  ): void {
    let at = this.begin(key?.length ?? -1, value?.length ?? -1, sizeOfHeaders(headers), timestampMs);
    const { buffer } = this;
    if (key !== null) at = writeBytes(buffer, at, key);
    at = writeVarint(buffer, at, zigzag(value?.length ?? -1));
    if (value !== null) at = writeBytes(buffer, at, value);
    at = writeVarint(buffer, at, zigzag(headers.length));
    for (const [name, text] of headers) {
      at = writeText(buffer, writeVarint(buffer, at, zigzag(name.length)), name);
      at = writeText(buffer, writeVarint(buffer, at, zigzag(text.length)), text);
    }
    this.end = at;
  }

  /**
   * The batch, ready to be sent; nothing can be added after it. A promise only where the compressor gives one.
   * @param producer of a transaction; none for a batch on its own
   */
  finish(compressor: Compressor | undefined, producer?: BatchProducer): Buffer | Promise<Buffer> {
    const plain = this.buffer.subarray(0, this.end);
    if (compressor === undefined) return this.withHeader(plain, 0, producer);
    const packed = compressor.compress(plain.subarray(HEADER_BYTES));
    const wrap = (records: Buffer): Buffer =>
      this.withHeader(Buffer.concat([plain.subarray(0, HEADER_BYTES), records]), compressor.codec, producer);
    return Buffer.isBuffer(packed) ? wrap(packed) : packed.then(wrap);
  }

  /** Writes what comes before the key. Lengths of -1 are those of null. @returns where the key goes */
  private begin(keyBytes: number, valueBytes: number, headersBytes: number, timestampMs: number): number {
    const contentBytes = Math.max(0, keyBytes) + Math.max(0, valueBytes) + headersBytes;
    this.reserve(contentBytes + MAX_RECORD_OVERHEAD);
    if (this.count === 0) this.baseTimestampMs = this.maxTimestampMs = timestampMs;
    else if (timestampMs > this.maxTimestampMs) this.maxTimestampMs = timestampMs;
    const delta = zigzag(timestampMs - this.baseTimestampMs);
    const offset = zigzag(this.count++);
    const keyLength = zigzag(keyBytes);
    const length =
      // The attributes are one byte.
      1 + sizeOf(delta) + sizeOf(offset) + sizeOf(keyLength) + sizeOf(zigzag(valueBytes)) + contentBytes;
    const { buffer } = this;
    let at = writeVarint(buffer, this.end, zigzag(length));
    buffer[at++] = 0;
    at = writeVarint(buffer, at, delta);
    at = writeVarint(buffer, at, offset);
    return writeVarint(buffer, at, keyLength);
  }

  private withHeader(batch: Buffer, codec: number, producer: BatchProducer | undefined): Buffer {
    batch.writeBigInt64BE(0n, 0);
    batch.writeInt32BE(batch.length - 12, 8);
    batch.writeInt32BE(-1, 12);
    batch.writeInt8(2, 16);
    batch.writeInt16BE(producer === undefined ? codec : codec | TRANSACTIONAL, 21);
    batch.writeInt32BE(this.count - 1, 23);
    batch.writeBigInt64BE(BigInt(this.baseTimestampMs), 27);
    batch.writeBigInt64BE(BigInt(this.maxTimestampMs), 35);
    batch.writeBigInt64BE(producer?.id ?? -1n, 43);
    batch.writeInt16BE(producer?.epoch ?? -1, 51);
    batch.writeInt32BE(producer?.sequence ?? -1, 53);
    batch.writeInt32BE(this.count, 57);
    batch.writeUInt32BE(crc32c(batch.subarray(CRC_FROM)), 17);
    return batch;
  }

  private reserve(bytes: number): void {
    const needed = this.end + bytes;
    if (needed <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.buffer.length * 2));
    this.buffer.copy(larger, 0, 0, this.end);
    this.buffer = larger;
  }
}

/** Small numbers of either sign as small ones without a sign: 0, -1, 1, -2 are 0, 1, 2, 3. */
function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

function writeVarint(buffer: Buffer, start: number, value: number): number {
  let rest = value;
  let at = start;
  // Shifts know 32 bits only; only the timestamp of a clock that was set weeks forward or back needs more.
  while (rest >= INT32) {
    buffer[at++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  while (rest > 0x7f) {
    buffer[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  buffer[at++] = rest;
  return at;
}

function sizeOf(value: number): number {
  let size = 1;
  for (let rest = value; rest > 0x7f; rest = rest >= INT32 ? Math.floor(rest / 128) : rest >>> 7) size++;
  return size;
}

function sizeOfHeaders(headers: OutgoingHeaders): number {
  let size = sizeOf(zigzag(headers.length));
  for (const [name, value] of headers) {
    size += sizeOf(zigzag(name.length)) + name.length + sizeOf(zigzag(value.length)) + value.length;
  }
  return size;
}

function writeBytes(buffer: Buffer, start: number, bytes: Uint8Array): number {
  buffer.set(bytes, start);
  return start + bytes.length;
}

function writeText(buffer: Buffer, start: number, text: string): number {
  if (text.length > SHORT_TEXT) return start + buffer.write(text, start, 'latin1');
  for (let i = 0; i < text.length; i++) buffer[start + i] = text.charCodeAt(i);
  return start + text.length;
}
