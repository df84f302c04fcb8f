import type { IncomingMessage } from 'node:http';
import type { Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { clickHouseError, toClickHouseException, type ClickHouseException } from './errors.js';
import { NativeDecompressor } from './native-compression.js';

/** A request's body, undone of the compression Node can undo. */
export interface Body {
  /** Chunks in order. The rest of the body is simply not read when the iteration ends early. */
  readonly chunks: AsyncIterator<Buffer>;
  /**
   * Compression that only the engine can undo (`zstd`, `lz4`, `xz`, `bz2`, `snappy`): the body then has to be
   * nothing but an INSERT's data. `none` otherwise.
   */
  readonly compression: string;
}

const engineCodecs = new Set(['zstd', 'lz4', 'xz', 'bz2', 'snappy']);

/** Opens a request's body as its Content-Encoding and `decompress=1` say. */
export function openBody(request: IncomingMessage, decompress: boolean): Body {
  const encoding = (request.headers['content-encoding'] ?? '').trim().toLowerCase();
  if (engineCodecs.has(encoding) && !decompress) {
    return { chunks: chunksOf(request), compression: encoding };
  }
  const steps = [decoderFor(encoding), decompress ? new NativeDecompressor() : undefined];
  const stream = steps.reduce<Readable>((source, step) => (step ? join(source, step) : source), request);
  return { chunks: chunksOf(stream), compression: 'none' };
}

/** A failed body (bad compression, connection lost) as a ClickHouse exception. */
export function bodyError(error: unknown): ClickHouseException {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    if (/^(Z_|ERR__ERROR_FORMAT|ERR_BROTLI|ERR_PADDING)/.test(error.code)) {
      return clickHouseError('CANNOT_DECOMPRESS', `Cannot decompress the request body: ${error.message}.`);
    }
    if (error.code === 'ECONNRESET' || error.code === 'ERR_STREAM_PREMATURE_CLOSE') {
      return clickHouseError(
        'ABORTED',
        'The client closed the connection before the whole request was read.',
      );
    }
  }
  return toClickHouseException(error);
}

function decoderFor(encoding: string): Transform | undefined {
  switch (encoding) {
    case '':
    case 'identity':
    case 'none':
      return undefined;
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    default:
      throw clickHouseError(
        'NOT_IMPLEMENTED',
        `Unknown compression method '${encoding}' in Content-Encoding. Supported here: gzip, deflate, br, and, with the INSERT in the URL, zstd, lz4, xz, bz2, snappy.`,
      );
  }
}

/** Not `pipeline`: that would cut the connection on a bad body, and the answer with it. */
function join(source: Readable, step: Transform): Readable {
  // It may fail before anybody reads it; the reader is told all the same.
  step.on('error', () => undefined);
  source.on('error', (error) => step.destroy(error));
  source.on('close', () => {
    if (!source.readableEnded) step.destroy(new ConnectionLost());
  });
  return source.pipe(step);
}

class ConnectionLost extends Error {
  readonly code = 'ECONNRESET';
}

async function* chunksOf(stream: Readable): AsyncGenerator<Buffer, undefined> {
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) yield chunk as Buffer;
  return undefined;
}
