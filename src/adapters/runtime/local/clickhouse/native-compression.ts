import { Transform, type TransformCallback } from 'node:stream';
import { cityHash128 } from './cityhash.js';
import { clickHouseError } from './errors.js';

/**
 * ClickHouse's own compressed blocks (`compress=1`, `decompress=1`):
 *
 *     16 bytes  CityHash128 (v1.0.2) of all that follows
 *      1 byte   method: 0x82 LZ4, 0x02 none
 *      4 bytes  size of the block without the checksum, little endian
 *      4 bytes  size of the data when decompressed, little endian
 *      …        the data
 *
 * Source: src/Compression/CompressedReadBufferBase.cpp of ClickHouse.
 */
const checksumBytes = 16;
const headerBytes = 9;
const methodNone = 0x02;
const methodLz4 = 0x82;
const maxBlockBytes = 1024 ** 3;
/** ClickHouse's own block size, max_compress_block_size. */
const writeBlockBytes = 1024 ** 2;

/** Reads compressed blocks, yields their data. */
export class NativeDecompressor extends Transform {
  #pending: Buffer = Buffer.alloc(0);

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    try {
      for (let block = this.#takeBlock(); block !== undefined; block = this.#takeBlock()) this.push(block);
      done();
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  }

  override _flush(done: TransformCallback): void {
    if (this.#pending.length === 0) done();
    else
      done(
        clickHouseError('CANNOT_DECOMPRESS', 'Cannot decompress: the body ends within a compressed block.'),
      );
  }

  #takeBlock(): Buffer | undefined {
    const { length } = this.#pending;
    if (length < checksumBytes + headerBytes) return undefined;
    const size = this.#pending.readUInt32LE(checksumBytes + 1);
    if (size < headerBytes || size > maxBlockBytes) {
      throw clickHouseError(
        'CANNOT_DECOMPRESS',
        `Cannot decompress: a compressed block claims ${size} bytes.`,
      );
    }
    if (length < checksumBytes + size) return undefined;
    const checksum = this.#pending.subarray(0, checksumBytes);
    const block = this.#pending.subarray(checksumBytes, checksumBytes + size);
    this.#pending = this.#pending.subarray(checksumBytes + size);
    if (!cityHash128(block).equals(checksum)) {
      throw clickHouseError('CHECKSUM_DOESNT_MATCH', "Checksum doesn't match: corrupted data.");
    }
    return decompressBlock(block);
  }
}

/** Writes its input as compressed blocks of method "none", which every reader of blocks has to accept. */
export class NativeCompressor extends Transform {
  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    for (let at = 0; at < chunk.length; at += writeBlockBytes) {
      this.push(storedBlock(chunk.subarray(at, at + writeBlockBytes)));
    }
    done();
  }
}

function storedBlock(data: Buffer): Buffer {
  const block = Buffer.alloc(headerBytes + data.length);
  block.writeUInt8(methodNone, 0);
  block.writeUInt32LE(block.length, 1);
  block.writeUInt32LE(data.length, 5);
  data.copy(block, headerBytes);
  return Buffer.concat([cityHash128(block), block]);
}

function decompressBlock(block: Buffer): Buffer {
  const method = block.readUInt8(0);
  const size = block.readUInt32LE(5);
  const data = block.subarray(headerBytes);
  if (size > maxBlockBytes) {
    throw clickHouseError('CANNOT_DECOMPRESS', `Cannot decompress: a block claims ${size} bytes of data.`);
  }
  if (method === methodNone) return data;
  if (method === methodLz4) return decompressLz4(data, size);
  throw clickHouseError(
    'UNKNOWN_COMPRESSION_METHOD',
    `Unknown compression method 0x${method.toString(16)}: only LZ4 and none are supported here.`,
  );
}

/**
 * One LZ4 block: sequences of a token (literal length, match length), literals, and a two-byte offset back into
 * what was written; lengths of 15 go on in bytes of up to 255. The last sequence has literals only.
 */
export function decompressLz4(source: Buffer, size: number): Buffer {
  const target = Buffer.alloc(size);
  let from = 0;
  let to = 0;
  const corrupt = (): Error => clickHouseError('CANNOT_DECOMPRESS', 'Cannot decompress: corrupt LZ4 block.');
  const length = (start: number): number => {
    let total = start;
    if (start < 15) return total;
    for (;;) {
      if (from >= source.length) throw corrupt();
      const next = source.readUInt8(from++);
      total += next;
      if (next < 255) return total;
    }
  };
  while (from < source.length) {
    const token = source.readUInt8(from++);
    const literals = length(token >> 4);
    if (from + literals > source.length || to + literals > size) throw corrupt();
    source.copy(target, to, from, from + literals);
    from += literals;
    to += literals;
    if (from >= source.length) break;
    if (from + 2 > source.length) throw corrupt();
    const offset = source.readUInt16LE(from);
    from += 2;
    const match = length(token & 15) + 4;
    if (offset === 0 || offset > to || to + match > size) throw corrupt();
    // Byte by byte where source and target overlap: a match may repeat itself.
    if (offset >= match) target.copyWithin(to, to - offset, to - offset + match);
    else for (let i = 0; i < match; i += 1) target[to + i] = target[to + i - offset] ?? 0;
    to += match;
  }
  if (to !== size) throw corrupt();
  return target;
}
