import { gzipSync, gunzipSync } from 'node:zlib';
import { createRecordsBatch } from '@platformatic/kafka';
import { describe, expect, it } from 'vitest';
import { decodeRange, type AbortedTransaction } from '../../../src/adapters/kafka/record-batch.js';

interface BatchSpec {
  baseOffset: number;
  values: (string | null)[];
  producerId?: bigint;
  control?: 'commit' | 'abort';
  /** Offset after which the next batch begins, where compaction took the last records. */
  lastOffset?: number;
}

const topic = 't';

/** A batch as a broker sends it: made by the library, with the fields a broker sets put in. */
function batch(spec: BatchSpec): Buffer {
  const isTransactional = spec.producerId !== undefined;
  const messages =
    spec.control === undefined
      ? spec.values.map((value) => ({
          topic,
          key: Buffer.from('k'),
          value: value === null ? null : Buffer.from(value),
          timestamp: 1_000n,
          headers: new Map([[Buffer.from('h'), Buffer.from('x')]]),
        }))
      : [
          {
            topic,
            key: Buffer.from([0, 0, 0, spec.control === 'commit' ? 1 : 0]),
            value: Buffer.alloc(6),
            timestamp: 1_000n,
          },
        ];
  const bytes = Buffer.from(createRecordsBatch(messages as Parameters<typeof createRecordsBatch>[0]).buffer);
  bytes.writeBigInt64BE(BigInt(spec.baseOffset), 0);
  bytes.writeInt16BE((isTransactional ? 1 << 4 : 0) | (spec.control === undefined ? 0 : 1 << 5), 21);
  if (spec.lastOffset !== undefined) bytes.writeInt32BE(spec.lastOffset - spec.baseOffset, 23);
  bytes.writeBigInt64BE(spec.producerId ?? -1n, 43);
  return bytes;
}

const everything = { partition: 2, from: 0, to: 1_000 };
const noCompression = (): Buffer => {
  throw new Error('not compressed');
};

function decode(specs: BatchSpec[], aborted: AbortedTransaction[] = [], range = everything) {
  return decodeRange(Buffer.concat(specs.map(batch)), range, aborted, noCompression);
}

const values = (result: ReturnType<typeof decode>) =>
  result.records.map((record) => record.value?.toString());

describe('decoding fetched batches', () => {
  it('gives place, time, key, value and headers of a record', () => {
    const { records, nextOffset } = decode([{ baseOffset: 40, values: ['a', null] }]);
    expect(nextOffset).toBe(42);
    const told = records.map(({ partition, offset, timestampMs, key, value, headers }) => {
      return { partition, offset, timestampMs, key, value, headers };
    });
    expect(told).toEqual([
      {
        partition: 2,
        offset: 40,
        timestampMs: 1_000,
        key: Buffer.from('k'),
        value: Buffer.from('a'),
        headers: [['h', Buffer.from('x')]],
      },
      {
        partition: 2,
        offset: 41,
        timestampMs: 1_000,
        key: Buffer.from('k'),
        value: null,
        headers: [['h', Buffer.from('x')]],
      },
    ]);
  });

  it('leaves out aborted records of one producer while it keeps the committed ones of another', () => {
    const result = decode(
      [
        { baseOffset: 0, values: ['committed'], producerId: 1n },
        { baseOffset: 1, values: ['aborted', 'aborted'], producerId: 2n },
        { baseOffset: 3, values: ['plain'] },
        { baseOffset: 4, values: [], producerId: 1n, control: 'commit' },
        { baseOffset: 5, values: [], producerId: 2n, control: 'abort' },
        { baseOffset: 6, values: ['after'], producerId: 2n },
      ],
      [{ producerId: 2n, firstOffset: 1 }],
    );
    expect(values(result)).toEqual(['committed', 'plain', 'after']);
    expect(result.nextOffset).toBe(7);
  });

  it('leaves out aborted transactions that overlap, which a broker lists in the order of their ends', () => {
    const result = decode(
      [
        { baseOffset: 0, values: ['first'], producerId: 1n },
        { baseOffset: 1, values: ['second'], producerId: 2n },
        { baseOffset: 2, values: [], producerId: 2n, control: 'abort' },
        { baseOffset: 3, values: [], producerId: 1n, control: 'abort' },
      ],
      [
        { producerId: 2n, firstOffset: 1 },
        { producerId: 1n, firstOffset: 0 },
      ],
    );
    expect(values(result)).toEqual([]);
  });

  it('moves on over a range that holds nothing but a control record', () => {
    const result = decode([{ baseOffset: 9, values: [], producerId: 1n, control: 'commit' }]);
    expect(result).toEqual({ records: [], nextOffset: 10 });
  });

  it('moves on over offsets that compaction has emptied', () => {
    expect(decode([{ baseOffset: 0, values: ['a'], lastOffset: 99 }]).nextOffset).toBe(100);
  });

  it('gives only the records of the range, and stops at its end', () => {
    const range = { partition: 0, from: 1, to: 3 };
    const result = decode(
      [
        { baseOffset: 0, values: ['a', 'b', 'c', 'd'] },
        { baseOffset: 4, values: ['e'] },
      ],
      [],
      range,
    );
    expect(values(result)).toEqual(['b', 'c']);
    expect(result.nextOffset).toBe(4);
  });

  it('leaves a cut-off batch to the next fetch', () => {
    const whole = batch({ baseOffset: 0, values: ['a'] });
    const data = Buffer.concat([whole, batch({ baseOffset: 1, values: ['b'] }).subarray(0, 70)]);
    expect(decodeRange(data, everything, [], noCompression)).toMatchObject({
      nextOffset: 1,
      records: [{ offset: 0 }],
    });
  });

  it('decompresses the body of a compressed batch', () => {
    const plain = batch({ baseOffset: 0, values: ['a', 'b'] });
    const body = gzipSync(plain.subarray(61));
    const data = Buffer.concat([plain.subarray(0, 61), body]);
    data.writeInt32BE(data.length - 12, 8);
    data.writeInt16BE(1, 21);
    const result = decodeRange(data, everything, [], (codec, bytes) => {
      expect(codec).toBe(1);
      return gunzipSync(bytes);
    });
    expect(values(result)).toEqual(['a', 'b']);
  });

  it('refuses a batch of an old format', () => {
    const data = batch({ baseOffset: 0, values: ['a'] });
    data.writeInt8(1, 16);
    expect(() => decodeRange(data, everything, [], noCompression)).toThrow(/format 1/);
  });
});
