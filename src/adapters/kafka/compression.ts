import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { compressionsAlgorithms, compressionsAlgorithmsByBitmask } from './client.js';
import { compressions, type Compression } from '../../domain/traffic/option-table.js';
import { StreamlabError } from '../../errors.js';

/** Packs the records of a batch. */
export interface Compressor {
  /** Bits 0 to 2 of the attributes of a record batch. */
  codec: number;
  compress(records: Buffer): Buffer | Promise<Buffer>;
}

const gzipAsync = promisify(gzip);
/** Output comes in pieces of this much; the usual 16 KiB make many of them. */
const GZIP_CHUNK_BYTES = 128 * 1024;

/**
 * Undefined for `none`. gzip works in Node's thread pool, beside the event loop; the others are fast enough on it.
 * @throws StreamlabError INVALID_USAGE for zstd where this Node has none (before 22.15)
 */
export function compressorOf(compression: Compression): Compressor | undefined {
  if (compression === 'none') return undefined;
  const algorithm = compressionsAlgorithms[compression];
  if (!algorithm.available) {
    const works = compressions.filter((name) => name === 'none' || compressionsAlgorithms[name].available);
    throw new StreamlabError(
      'INVALID_USAGE',
      `--compression ${compression}: Node ${process.version} does not have it.`,
      { suggestions: [`Give one of ${works.join(', ')}.`, 'Node has zstd from 22.15 on.'] },
    );
  }
  return {
    codec: algorithm.bitmask,
    compress:
      compression === 'gzip'
        ? (records) => gzipAsync(records, { chunkSize: GZIP_CHUNK_BYTES })
        : (records) => algorithm.compressSync(records),
  };
}

/** @throws Error for a codec that Kafka does not know, or that this Node does not have */
export function decompress(codec: number, body: Buffer): Buffer {
  const algorithm = compressionsAlgorithmsByBitmask[String(codec)];
  if (algorithm === undefined) throw new Error(`unknown compression codec ${String(codec)}`);
  return algorithm.decompressSync(body);
}
