import { crc32c, jsCRC32C, Reader, readRecordsBatch } from '@platformatic/kafka';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchBytesOf, BatchEncoder } from '../../../src/adapters/kafka/batch-encoder.js';
import { compressorOf, decompress } from '../../../src/adapters/kafka/compression.js';
import { decodeRange } from '../../../src/adapters/kafka/record-batch.js';
import { compressions } from '../../../src/domain/traffic/option-table.js';

const startMs = Date.UTC(2026, 0, 15);
const anyBytes = (maxLength: number) =>
  fc.uint8Array({ maxLength }).map((bytes) => Buffer.from(bytes).toString('latin1'));
const anyRecord = fc.record({
  key: fc.option(anyBytes(80)),
  payload: anyBytes(20_000),
  // Clocks are set, forward and back, and by more than 32 bits of milliseconds hold.
  timestampMs: fc.oneof(
    fc.integer({ min: startMs, max: startMs + 200 }),
    fc.integer({ min: startMs - 9_000_000_000, max: startMs + 9_000_000_000 }),
  ),
});
type Sent = typeof anyRecord extends fc.Arbitrary<infer T> ? T : never;

function encode(records: readonly Sent[], sizeBytes = 1_024): BatchEncoder {
  const encoder = new BatchEncoder(sizeBytes);
  for (const { key, payload, timestampMs } of records) encoder.add(key, payload, timestampMs);
  return encoder;
}

function decode(batch: Buffer): Sent[] {
  const range = { partition: 0, from: 0, to: Number.MAX_SAFE_INTEGER };
  return decodeRange(batch, range, [], decompress).records.map(({ key, value, timestampMs }) => ({
    key: key?.toString('latin1') ?? null,
    payload: value!.toString('latin1'),
    timestampMs,
  }));
}

it('a batch is read as it was written: keys, no keys, values, and times of every kind', () => {
  fc.assert(
    fc.property(fc.array(anyRecord, { minLength: 1, maxLength: 150 }), (records) => {
      expect(decode(encode(records).finish(undefined) as Buffer)).toEqual(records);
    }),
    { numRuns: 50 },
  );
});

it("the client library reads the same, and the header is as Kafka's Java producer writes it", () => {
  const records = [20, 5, 30].map((ms, i) => ({
    key: i === 1 ? null : `user-${i}`,
    payload: `{"n":${i}}`,
    timestampMs: startMs + ms,
  }));
  const encoded = encode(records).finish(undefined) as Buffer;
  const batch = readRecordsBatch(Reader.from(encoded));
  expect(batch).toMatchObject({
    length: encoded.length - 12,
    magic: 2,
    crc: jsCRC32C(encoded.subarray(21)),
    attributes: 0,
    lastOffsetDelta: 2,
    firstTimestamp: BigInt(startMs + 20),
    maxTimestamp: BigInt(startMs + 30),
    producerId: -1n,
  });
  expect(batch.records.map(({ offsetDelta }) => offsetDelta)).toEqual([0, 1, 2]);
  expect(batch.records.map(({ timestampDelta }) => timestampDelta)).toEqual([0n, -15n, 10n]);
  expect(batch.records.map(({ key }) => key?.toString() ?? null)).toEqual(['user-0', null, 'user-2']);
});

const bytes = fc.option(fc.uint8Array({ maxLength: 3_000 }).map((some) => Buffer.from(some)));
const word = fc.string({ unit: 'binary-ascii', maxLength: 60 });
const anyReplay = fc.record({
  key: bytes,
  value: bytes,
  headers: fc.array(fc.tuple(word, word), { maxLength: 5 }),
});

it('records of bytes with headers are read as they were written, and as part of a transaction', () => {
  const producer = { id: 2n ** 40n + 7n, epoch: 12, sequence: 2 ** 31 - 3 };
  fc.assert(
    fc.property(fc.array(anyReplay, { minLength: 1, maxLength: 20 }), (records) => {
      const encoder = new BatchEncoder(10);
      for (const { key, value, headers } of records) {
        const before = encoder.bytes;
        encoder.addBytes(key, value, headers, startMs);
        expect(batchBytesOf(key, value, headers)).toBeGreaterThanOrEqual(encoder.bytes - before + 61);
      }
      const batch = encoder.finish(undefined, producer) as Buffer;
      expect(batch.readInt16BE(21)).toBe(1 << 4);
      expect([batch.readBigInt64BE(43), batch.readInt16BE(51), batch.readInt32BE(53)]).toEqual(
        Object.values(producer),
      );
      const range = { partition: 0, from: 0, to: Number.MAX_SAFE_INTEGER };
      const read = decodeRange(batch, range, [], decompress).records.map(({ key, value, headers }) => ({
        key,
        value,
        headers: headers.map(([name, value]) => [name, value?.toString('latin1')]),
      }));
      expect(read).toEqual(records);
    }),
    { numRuns: 50 },
  );
});

it('the size of the batch is known before it is finished', () => {
  const encoder = encode(fc.sample(anyRecord, { numRuns: 50, seed: 3 }), 1);
  expect(encoder.bytes).toBe((encoder.finish(undefined) as Buffer).length);
  expect(encoder.count).toBe(50);
});

const here = compressions.filter(
  (name) => name !== 'zstd' || 'zstdCompressSync' in process.getBuiltinModule('zlib'),
);

describe.each(here)('compression %s', (name) => {
  it('packs the records only, says so in the attributes, and sums up what is packed', async () => {
    const records = Array.from({ length: 500 }, (_, i) => ({
      key: i % 5 === 0 ? null : `user-${i % 20}`,
      payload: JSON.stringify({ event_id: i, page: '/product/é' }),
      timestampMs: startMs + i,
    }));
    const plain = encode(records).finish(undefined) as Buffer;
    const batch = await encode(records).finish(compressorOf(name));
    expect(batch.readInt16BE(21)).toBe(compressions.indexOf(name));
    expect(batch.readInt32BE(8)).toBe(batch.length - 12);
    expect(batch.readUInt32BE(17)).toBe(crc32c(batch.subarray(21)));
    expect(batch.subarray(23, 61)).toEqual(plain.subarray(23, 61));
    if (name !== 'none') expect(batch.length).toBeLessThan(plain.length / 2);
    expect(decode(batch)).toEqual(records);
  });
});

it.skipIf(here.includes('zstd'))('zstd on a Node that has none is refused, and what works is named', () => {
  expect(() => compressorOf('zstd')).toThrow(
    expect.objectContaining({
      code: 'INVALID_USAGE',
      message: expect.stringContaining('--compression zstd') as string,
      suggestions: expect.arrayContaining(['Give one of none, gzip, snappy, lz4.']) as string[],
    }) as Error,
  );
});
