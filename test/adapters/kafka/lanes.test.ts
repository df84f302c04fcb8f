import { describe, expect, it } from 'vitest';
import { compressorOf, decompress } from '../../../src/adapters/kafka/compression.js';
import { Lane, LINGER_MS, type Batch } from '../../../src/adapters/kafka/lanes.js';
import { LatencyRecorder } from '../../../src/adapters/kafka/latency-recorder.js';
import { decodeRange } from '../../../src/adapters/kafka/record-batch.js';
import type { OutgoingRecord } from '../../../src/domain/traffic/record.js';

const nowMs = Date.UTC(2026, 0, 15);
const record = (payload: string): OutgoingRecord => ({ key: 'u-1', payload, partition: 3, dueMs: nowMs });
const large = 'x'.repeat(100 * 1024);

async function decoded(batch: Batch<OutgoingRecord>) {
  const range = { partition: 3, from: 0, to: 1_000 };
  return decodeRange(await batch.encoded(), range, [], decompress).records;
}

it('a lane gives its batches in the order of the records, full ones first', () => {
  const lane = new Lane(3);
  const filled = [large, large, large, 'last'].map((payload) => lane.add(record(payload), nowMs));
  expect(filled).toEqual([false, false, true, false]);
  expect(lane.take(false)).toMatchObject({ partition: 3, records: [large, large].map(record) });
  expect(lane.take(true)?.records).toEqual([large, 'last'].map(record));
  expect(lane.take(true)).toBeUndefined();
});

it('a lane keeps a batch open for company, unless it is forced', () => {
  const lane = new Lane(0);
  lane.add(record('a'), nowMs);
  expect(lane.take(false)).toBeUndefined();
  lane.add(record('b'), nowMs);
  expect(lane.take(true)?.records).toHaveLength(2);
  expect(LINGER_MS).toBeLessThan(50);
});

it('a record larger than a batch travels alone', () => {
  const lane = new Lane(3);
  lane.add(record('small'), nowMs);
  expect(lane.add(record('y'.repeat(1024 * 1024)), nowMs)).toBe(true);
  expect(lane.take(false)?.records).toEqual([record('small')]);
  expect(lane.take(false)?.records).toHaveLength(1);
  expect(lane.take(true)).toBeUndefined();
});

describe.each(['none', 'gzip', 'lz4'] as const)('a batch that is refused for its size (%s)', (name) => {
  it('is sent as two, with keys, values and times as they were', async () => {
    const compressor = compressorOf(name);
    const lane = new Lane(3, compressor);
    for (let i = 0; i < 7; i++) lane.add(record(`v${i}`), nowMs + i * 10);
    const batch = lane.take(true)!;
    const halves = await batch.halves(compressor);
    expect(halves.map(({ records }) => records.length)).toEqual([4, 3]);
    const both = [...(await decoded(halves[0]!)), ...(await decoded(halves[1]!))];
    const whole = await decoded(batch);
    const plain = ({ key, value, timestampMs }: (typeof whole)[number]) => [
      key?.toString(),
      value?.toString(),
      timestampMs,
    ];
    expect(both.map(plain)).toEqual(whole.map(plain));
    expect(halves[0]!.contentBytes + halves[1]!.contentBytes).toBe(batch.contentBytes);
  });
});

it('latencies are counted from when each record was due', () => {
  const latency = new LatencyRecorder();
  const due = [0, 0, 10, 10, 10, 90, 100, 250].map((ms) => ({ ...record(''), dueMs: nowMs + ms }));
  latency.record(due, nowMs + 100);
  latency.record(due.slice(0, 2), nowMs + 50_000);
  const counts = latency.counts();
  expect(counts.slice(0, 4)).toEqual([
    // One millisecond at least, also where a record was due later than it was acknowledged.
    [1, 2],
    [10, 1],
    [90, 3],
    [100, 2],
  ]);
  const [ms, count] = counts[4]!;
  expect(count).toBe(2);
  expect(Math.abs(ms - 50_000) / 50_000).toBeLessThan(0.01);
  expect(latency.counts()).toEqual(counts);
});
