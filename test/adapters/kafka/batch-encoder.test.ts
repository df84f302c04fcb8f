import { jsCRC32C, Reader, readRecordsBatch } from '@platformatic/kafka';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeRecordBatch } from '../../../src/adapters/kafka/batch-encoder.js';

const timestampMs = Date.UTC(2026, 0, 15);
const anyBytes = (maxLength: number) =>
  fc.uint8Array({ maxLength }).map((bytes) => Buffer.from(bytes).toString('latin1'));

it('a batch is read as it was written, whatever its keys and values are', () => {
  const record = fc.record({ key: anyBytes(80), payload: anyBytes(20_000) });
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 150 }), (records) => {
      const encoded = encodeRecordBatch(records, timestampMs);
      const batch = readRecordsBatch(Reader.from(encoded));
      expect(batch).toMatchObject({
        length: encoded.length - 12,
        magic: 2,
        crc: jsCRC32C(encoded.subarray(21)),
        attributes: 0,
        lastOffsetDelta: records.length - 1,
        firstTimestamp: BigInt(timestampMs),
        maxTimestamp: BigInt(timestampMs),
        producerId: -1n,
      });
      expect(
        batch.records.map(({ key, value }) => ({
          key: key?.toString('latin1'),
          payload: value?.toString('latin1'),
        })),
      ).toEqual(records);
      expect(batch.records.map(({ offsetDelta }) => offsetDelta)).toEqual(records.map((_, i) => i));
    }),
    { numRuns: 50 },
  );
});
