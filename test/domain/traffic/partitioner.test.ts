import kafkajs from 'kafkajs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partitionOf, partitionOfBytes } from '../../../src/domain/traffic/partitioner.js';

describe('the partition of a key', () => {
  it.each([
    ['u-0', 1, 1, 5],
    ['u-5', 3, 3, 3],
    ['u-1234', 2, 2, 3],
    ['u-9995', 1, 1, 3],
  ])("is the Java client's for %s (values from Kafka 4.1's Utils.murmur2)", (key, of4, of6, of7) => {
    expect([partitionOf(key, 4), partitionOf(key, 6), partitionOf(key, 7)]).toEqual([of4, of6, of7]);
  });

  it("is kafkajs' default for any key and number of partitions", () => {
    const theirs = kafkajs.Partitioners.DefaultPartitioner();
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), fc.integer({ min: 1, max: 300 }), (key, partitions) => {
        const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
          partitionErrorCode: 0,
          partitionId,
          leader: 0,
          replicas: [],
          isr: [],
        }));
        const message = { key: Buffer.from(key), value: null };
        const expected = theirs({ topic: 't', partitionMetadata, message });
        expect(partitionOf(Buffer.from(key).toString('latin1'), partitions)).toBe(expected);
        expect(partitionOfBytes(key, partitions)).toBe(expected);
      }),
    );
  });
});
