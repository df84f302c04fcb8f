import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { authenticate, credentialsOf } from '../../../../../src/adapters/runtime/local/clickhouse/auth.js';
import {
  concurrencyFor,
  daemonThreads,
  readConfig,
} from '../../../../../src/adapters/runtime/local/clickhouse/config.js';
import { chooseEncoding } from '../../../../../src/adapters/runtime/local/clickhouse/encoding.js';
import {
  httpStatusFor,
  parseEngineMessage,
} from '../../../../../src/adapters/runtime/local/clickhouse/errors.js';
import { withOurQueryIds } from '../../../../../src/adapters/runtime/local/clickhouse/execute.js';
import {
  contentTypeOf,
  readStatistics,
} from '../../../../../src/adapters/runtime/local/clickhouse/formats.js';
import {
  decompressLz4,
  NativeCompressor,
  NativeDecompressor,
} from '../../../../../src/adapters/runtime/local/clickhouse/native-compression.js';
import { createLog } from '../../../../../src/adapters/runtime/local/clickhouse/log.js';
import { Slots } from '../../../../../src/adapters/runtime/local/clickhouse/slots.js';

describe('errors', () => {
  test('an engine message is read, its wrappings taken off', () => {
    const wrapped =
      'Code: 73. DB::Exception: Code: 73. DB::Exception: Unknown format Nope. (UNKNOWN_FORMAT) (version 26.7.2.1). (UNKNOWN_FORMAT)';
    const exception = parseEngineMessage(wrapped);
    expect(exception).toMatchObject({ code: 73, type: 'UNKNOWN_FORMAT', status: 404 });
    expect(exception?.render('26.7')).toBe(
      'Code: 73. DB::Exception: Unknown format Nope. (UNKNOWN_FORMAT) (version 26.7)',
    );
    expect(parseEngineMessage('something else')).toBeUndefined();
  });

  test.each([
    [62, 400],
    [60, 404],
    [81, 404],
    [516, 403],
    [194, 401],
    [159, 408],
    [48, 501],
    [241, 500],
  ])('code %i is HTTP status %i', (code, status) => {
    expect(httpStatusFor(code)).toBe(status);
  });
});

describe('credentials', () => {
  test('a password may hold a colon and letters of any kind', () => {
    const authorization = `Basic ${Buffer.from('me:a:ö').toString('base64')}`;
    expect(credentialsOf({ authorization }, new URLSearchParams())).toEqual({ user: 'me', password: 'a:ö' });
  });

  test('an error names the user and never a password', () => {
    const given = { user: 'me', password: 'given-secret' };
    const attempt = (): void => {
      authenticate(given, { user: 'me', password: 'real-secret' });
    };
    expect(attempt).toThrow(/^Code: 516.*me: Authentication failed/);
    expect(attempt).not.toThrow(/secret/);
  });
});

describe('configuration', () => {
  test('what is wrong is named', () => {
    expect(() => readConfig({})).toThrow(/STREAMLAB_CH_DATA/);
    expect(() => readConfig({ STREAMLAB_CH_DATA: '/d', STREAMLAB_CH_PORT: 'x' })).toThrow(
      /STREAMLAB_CH_PORT/,
    );
  });

  test('queries never take all of libuv’s threads', () => {
    for (let threads = 2; threads <= 64; threads += 1) expect(concurrencyFor(threads)).toBeLessThan(threads);
    expect(concurrencyFor(daemonThreads)).toBe(24);
  });
});

describe('formats', () => {
  test.each([
    ['JSON', 'application/json; charset=UTF-8'],
    ['JSONEachRow', 'application/x-ndjson; charset=UTF-8'],
    ['CSVWithNames', 'text/csv; charset=UTF-8; header=present'],
    ['TSV', 'text/tab-separated-values; charset=UTF-8'],
    ['TabSeparatedWithNames', 'text/tab-separated-values; charset=UTF-8'],
    ['RowBinary', 'application/octet-stream'],
    ['Pretty', 'text/plain; charset=UTF-8'],
  ])('%s is %s', (format, type) => {
    expect(contentTypeOf(format)).toBe(type);
  });

  test('statistics are read at the end of JSON only', () => {
    const tail = '"rows": 1, "statistics": { "elapsed": 0.1, "rows_read": 7, "bytes_read": 56 } }\n';
    expect(readStatistics('JSON', tail)).toEqual({ rows: 7, bytes: 56 });
    expect(readStatistics('TSV', tail)).toBeUndefined();
    expect(readStatistics('JSONEachRow', '{"a":1}\n')).toBeUndefined();
  });

  test('the encoding is the best both sides have', () => {
    expect(chooseEncoding('gzip, deflate, br')).toBe('br');
    expect(chooseEncoding('br;q=0, gzip;q=0.5')).toBe('gzip');
    expect(chooseEncoding('zstd')).toBeUndefined();
  });
});

describe('compressed blocks', () => {
  const through = async (
    blocks: Buffer[],
    steps: (NativeCompressor | NativeDecompressor)[],
  ): Promise<Buffer> => {
    const stream = steps.reduce<Readable>((source, step) => source.pipe(step), Readable.from(blocks));
    return Buffer.concat((await stream.toArray()) as Buffer[]);
  };

  test('survive being cut anywhere', async () => {
    const data = createHash('sha512').update('x').digest();
    const large = Buffer.concat(Array.from({ length: 1000 }, () => data));
    const compressed = await through([large], [new NativeCompressor()]);
    const pieces = [compressed.subarray(0, 7), compressed.subarray(7, 40_000), compressed.subarray(40_000)];
    expect((await through(pieces, [new NativeDecompressor()])).equals(large)).toBe(true);
  });

  // From a data.bin of ClickHouse itself: 1,000 times the UInt32 number modulo 3, codec LZ4.
  test('of ClickHouse’s own making are read, checksum and LZ4', async () => {
    const block = Buffer.from(engineBlock, 'base64');
    const data = await through([block], [new NativeDecompressor()]);
    expect(Array.from({ length: 4 }, (_, index) => data.readUInt32LE(index * 4))).toEqual([0, 1, 2, 0]);
    expect(data).toHaveLength(4000);
  });

  // A longer one takes the other way through CityHash128: 100 times intHash32(number), which LZ4 cannot shrink.
  test('of ClickHouse’s own making that are long are read too', async () => {
    const data = await through([Buffer.from(longEngineBlock, 'base64')], [new NativeDecompressor()]);
    expect(data).toHaveLength(400);
    expect(data.readUInt32LE(4)).toBe(1_343_103_100);
  });

  test('that are corrupt are refused', () => {
    expect(() => decompressLz4(Buffer.from([0x10]), 5)).toThrow(/CANNOT_DECOMPRESS/);
    expect(() => decompressLz4(Buffer.from([0x10, 65, 9, 0]), 9)).toThrow(/CANNOT_DECOMPRESS/);
  });

  test('a match may overlap itself', () => {
    expect(decompressLz4(Buffer.from([0x16, 65, 1, 0, 0x10, 66]), 12).toString()).toBe('AAAAAAAAAAAB');
  });
});

describe('slots', () => {
  test('the next in the queue gets the place, and a full queue refuses', async () => {
    const slots = new Slots(['/a'], 1);
    const { signal } = new AbortController();
    const first = await slots.acquire(signal);
    const second = slots.acquire(signal);
    await expect(slots.acquire(signal)).rejects.toThrow(/Too many simultaneous queries/);
    slots.release(first);
    expect(await second).toBe(first);
  });

  test('who goes away leaves the queue', async () => {
    const slots = new Slots(['/a'], 5);
    const gone = new AbortController();
    const first = await slots.acquire(gone.signal);
    const waiting = slots.acquire(gone.signal);
    gone.abort();
    await expect(waiting).rejects.toThrow(/cancelled/);
    slots.release(first);
    expect(await slots.acquire(new AbortController().signal)).toBe(first);
  });
});

test('KILL QUERY looks for our ids, and leaves texts alone', () => {
  const sql = withOurQueryIds("KILL QUERY WHERE query_id = 'query_id' SYNC");
  expect(sql).toMatch(/^KILL QUERY WHERE if\(startsWith\(Settings\['log_comment'\].* = 'query_id' SYNC$/);
});

test('a log line is one line', () => {
  const lines: string[] = [];
  createLog(
    (line) => lines.push(line),
    () => new Date(0),
  ).warn('a.b', { text: 'two\nlines', n: 1, none: undefined });
  expect(lines).toEqual(['1970-01-01T00:00:00.000Z warn a.b text="two\\nlines" n=1']);
});

const engineBlock = 'NDPIYnZb+CW4ZxC7uGVAeIIuAAAAoA8AAJAAAAAAAQAAAAIJAA8MAP///////////////////4pQAAAAAAA=';
const longEngineBlock =
  '3MHlHr+KH7pGjSMpjRcVyoKcAQAAkAEAAPD/ggrQS/18IA5QDesBd8lSZk12rpjoCatznUuxPE2i1i3lPe59YNJw+kmg9IW1l6V6LtTnUkR35CwlHSIpbQ2sxkhWDMm6QcTBQNBphmw6rCMvIUKYFA1vuTQGCOLB8rx7kBb5X8RAKD/PdEzK9M0HQTyydYJ773lqtfPzAB0E1LZcwddjQZ04sAeoEtngsjSwTaVPLxBCHhAqOuZ8CUcTlnUUM2hWP8nPLDNQO0kttR/zp5S3QgXCwiMngm8NasrgnG7teZF9egTNvwhmyaOezpyzuw7kakU0qejntpgDZAyW7uRNjpNC1P+BxmHwlBiDBJG0xMw40rpuGm/b+C7Hrm93OrGmJhS4NEIuSFKcqEMps7n/Dlwl++mO5xIhZ85aJoULWh1o0tmOlDiIKSGU05tQBa2p3SCe/KEdB/g6k/xKQA1OcZp20YOhAERwq49Fpgz6JVE3TogVrfgMYnyhlvxBC1FjaprciSj39GKc3tJr3MLyVoeQ8LmcJBiwiVGYz22DeAc84jwCVrLXv5wxIuw=';
