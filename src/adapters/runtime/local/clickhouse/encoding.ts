import type { Transform } from 'node:stream';
import { constants, createBrotliCompress, createDeflate, createGzip } from 'node:zlib';

export type Encoding = 'br' | 'gzip' | 'deflate';

/** In the order in which ClickHouse prefers them (chooseHTTPCompressionMethod in src/IO/CompressionMethod.cpp). */
const preference: readonly Encoding[] = ['br', 'gzip', 'deflate'];
const defaultLevel = 3;

/** The best encoding of an Accept-Encoding header that this server has; undefined for none. */
export function chooseEncoding(accepted: string): Encoding | undefined {
  const offers = accepted
    .split(',')
    .map((offer) => offer.trim().toLowerCase().split(';'))
    .filter(([, quality]) => !/^\s*q\s*=\s*0(\.0*)?\s*$/.test(quality ?? ''))
    .map(([name]) => name);
  return preference.find((encoding) => offers.includes(encoding));
}

/** @param level `http_zlib_compression_level`, 1 to 9; 3 unless given */
export function encoderFor(encoding: Encoding, level: string | undefined): Transform {
  const wanted = Number(level ?? defaultLevel);
  const valid = Number.isInteger(wanted) && wanted >= 1 && wanted <= 9 ? wanted : defaultLevel;
  switch (encoding) {
    case 'br':
      return createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: valid } });
    case 'gzip':
      return createGzip({ level: valid });
    case 'deflate':
      return createDeflate({ level: valid });
  }
}
