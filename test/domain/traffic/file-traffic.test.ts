import { describe, expect, it } from 'vitest';
import { judgePayload } from '../../../src/domain/reason.js';
import { FileTraffic, type FileTrafficOptions } from '../../../src/domain/traffic/file-traffic.js';
import { partitionOf } from '../../../src/domain/traffic/partitioner.js';
import type { TrafficMix } from '../../../src/domain/traffic/plan.js';
import type { PlannedRecord } from '../../../src/domain/traffic/record.js';
import { constant, groupBy, lateness, planOf, share, startMs, take } from './support.js';

const bytes = (payload: string): Uint8Array => Buffer.from(payload, 'latin1');

function send(
  lines: readonly string[],
  mix: Partial<TrafficMix> = {},
  options: Partial<FileTrafficOptions> = {},
): PlannedRecord[] {
  const traffic = new FileTraffic({
    plan: planOf(mix, constant(100)),
    seed: 1,
    limits: { count: undefined, durationMs: undefined, isCountSpread: false },
    lateness,
    maxFutureSkewMs: 60_000,
    dedupeHorizonMs: 3_600_000,
    partitions: 4,
    retimed: false,
    ...options,
  });
  const records: PlannedRecord[] = [];
  let given = 0;
  for (;;) {
    // In pieces, as a file is read.
    if (traffic.isHungry) traffic.feed(lines.slice(given, (given += 7)));
    if (traffic.nextMs === Number.POSITIVE_INFINITY) return records;
    records.push(traffic.take(startMs + traffic.nextMs, startMs + traffic.nextMs));
  }
}

const own = take(1_000).map(({ payload }) => payload);

describe('events of a file', () => {
  it('are sent as they are, in their order, under the key of their user', () => {
    const records = send(own);
    expect(records.map(({ payload }) => payload)).toEqual(own);
    for (const { key, partition, payload } of records) {
      expect(key).toBe((JSON.parse(payload) as { user_id: string }).user_id);
      expect(partition).toBe(partitionOf(key!, 4));
    }
    expect(share(records, 'onTime')).toBe(100);
  });

  it('without a user go to one partition after the other, without a key, and are what the judge says', () => {
    const records = send(['{}', 'x', '[1]', '{"a":1}', 'null', '{"schema_version":1}']);
    expect(records.map(({ key }) => key)).toEqual([null, null, null, null, null, null]);
    expect(records.map(({ partition }) => partition)).toEqual([0, 1, 2, 3, 0, 1]);
    expect(records.map(({ intent }) => intent.reason)).toEqual([
      'missing_field:schema_version',
      'malformed_json',
      'malformed_json',
      'missing_field:schema_version',
      'malformed_json',
      'missing_field:event_id',
    ]);
  });

  it('that were there already are meant to be duplicates', () => {
    const records = send([...own.slice(0, 50), ...own.slice(0, 20)]);
    expect(records.map(({ intent }) => intent.kind)).toEqual([
      ...Array<string>(50).fill('onTime'),
      ...Array<string>(20).fill('duplicate'),
    ]);
  });

  it('get the time at which they are due when they are given a new one, and nothing else changes', () => {
    const records = send(own, { jitterMs: 0 }, { retimed: true });
    records.forEach(({ payload, dueMs }, n) => {
      const event = JSON.parse(payload) as Record<string, unknown>;
      expect(event.event_time).toBe(Math.floor(dueMs));
      expect({ ...event, event_time: 0 }).toEqual({ ...(JSON.parse(own[n]!) as object), event_time: 0 });
    });
  });

  it('are late, repeated and spoiled as asked for', () => {
    const mix: Partial<TrafficMix> = {
      late: { percent: 10, by: undefined },
      duplicates: { percent: 5, afterMs: undefined },
      invalid: [
        { kind: 'malformed_json', field: undefined, percent: 4 },
        { kind: 'missing_field', field: 'session_id', percent: 4 },
      ],
    };
    const records = send(own, mix, { retimed: true });
    // Duplicates take no line of the file.
    expect(records.filter(({ intent }) => intent.kind !== 'duplicate')).toHaveLength(own.length);
    const settled = records.slice(200, 1_000);
    expect(share(settled, 'late')).toBeCloseTo(10, 6);
    expect(share(settled, 'duplicate')).toBeCloseTo(5, 6);
    expect(share(settled, 'invalid')).toBeCloseTo(8, 6);
    const invalid = records.filter(({ intent }) => intent.kind === 'invalid');
    const byReason = groupBy(invalid, ({ intent }) => intent.reason);
    expect([...byReason.keys()].sort()).toEqual(['malformed_json', 'missing_field:session_id']);
    for (const group of byReason.values()) expect(group.length).toBeGreaterThan(20);
    for (const { payload, intent, dueMs } of records)
      expect(judgePayload(bytes(payload), dueMs, 60_000).reason).toBe(intent.reason);
  });
});
