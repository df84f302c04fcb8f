import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgePayload } from '../../../src/domain/reason.js';
import { timeliness } from '../../../src/domain/traffic/lateness.js';
import { partitionOf } from '../../../src/domain/traffic/partitioner.js';
import type { InvalidShare, TrafficMix } from '../../../src/domain/traffic/plan.js';
import type { PlannedRecord } from '../../../src/domain/traffic/record.js';
import type { StreamOptions } from '../../../src/domain/traffic/stream.js';
import { constant, drain, eventOf, lateness, planOf, share, startMs, streamOf, take } from './support.js';

const bytes = (payload: string): Uint8Array => Buffer.from(payload, 'latin1');
const invalid = (percent: number, kind: InvalidShare['kind'] = 'any', field?: string): InvalidShare[] => [
  { kind, field, percent },
];
const uniform = (minMs: number, maxMs: number) => ({ kind: 'uniform', minMs, maxMs }) as const;

const anySeed = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const percent = fc.integer({ min: 0, max: 20 });
const anyMix: fc.Arbitrary<Partial<TrafficMix>> = fc
  .tuple(percent, percent, percent, percent)
  .map(([late, duplicates, wrong, tooLate]) => ({
    late: { percent: late, by: undefined },
    duplicates: { percent: duplicates, afterMs: undefined },
    invalid: invalid(wrong),
    tooLatePercent: tooLate,
  }));

const hashOf = (records: readonly PlannedRecord[]): string =>
  createHash('sha256')
    .update(
      records
        .map(({ key, payload }) => `${String(key)} ${payload}\n`)
        .sort()
        .join(''),
    )
    .digest('hex');

describe('the stream of traffic', () => {
  it('is the same to the byte for the same options', () => {
    fc.assert(
      fc.property(anySeed, anyMix, (seed, mix) => {
        expect(take(300, mix, { seed })).toEqual(take(300, mix, { seed }));
      }),
      { numRuns: 20 },
    );
  });

  it('is the same events for one worker and for several', () => {
    const mix: Partial<TrafficMix> = {
      late: { percent: 3, by: uniform(10_000, 90_000) },
      duplicates: { percent: 2, afterMs: { min: 100, max: 900 } },
      invalid: invalid(2),
      breaks: [{ kind: 'drop', field: 'amount', percent: 20 }],
      hotKeyPercent: 10,
      idlePartitions: [2],
      clockSkewMs: 2_000,
    };
    for (const of of [2, 3, 4]) {
      const parts = Array.from({ length: of }, (_, worker) => take(6_000, mix, { share: { worker, of } }));
      const whole = take(6_000, mix);
      expect(hashOf(parts.flat())).toBe(hashOf(whole));
      const byIndex = parts.flat().sort((a, b) => a.index - b.index);
      expect(byIndex).toEqual(whole);
      parts.forEach((part, worker) => {
        expect(part.every(({ partition }) => partition % of === worker)).toBe(true);
      });
    }
  });

  it('is known to the byte: a change of the generator is a decision', () => {
    const mix = {
      late: { percent: 3, by: undefined },
      duplicates: { percent: 1, afterMs: undefined },
      invalid: invalid(1),
    };
    expect(hashOf(take(10_000, mix, { seed: 42 }))).toMatchInlineSnapshot(
      `"946a726a26b5d0b2295990caa25b5d4a778a8cf5c02707096ac7abc0ea47c262"`,
    );
  });

  it('is the same but for ids and times when it starts at another time', () => {
    const strip = ({ key, payload, intent }: PlannedRecord) => ({
      key,
      kind: intent.kind,
      rest: payload.replace(/"event_id":"[^"]*"/, '').replace(/"event_time":\d+/, ''),
    });
    const mix = {
      late: { percent: 5, by: uniform(10_000, 20_000) },
      duplicates: { percent: 5, afterMs: undefined },
    };
    const wholeHours = 7 * 3_600_000;
    const later = take(2_000, mix, { startMs: startMs + wholeHours });
    expect(later.map(strip)).toEqual(take(2_000, mix).map(strip));
  });

  it('is different for another seed', () => {
    const keys = (seed: number): unknown => take(50, {}, { seed }).map(({ key }) => key);
    expect(keys(1)).not.toEqual(keys(2));
  });

  it('meets every share of whole percents exactly in every hundred records', () => {
    fc.assert(
      fc.property(anySeed, anyMix, (seed, mix) => {
        const records = take(1_000, mix, { seed }).slice(500, 600);
        expect(share(records, 'invalid')).toBeCloseTo(mix.invalid![0]!.percent, 6);
        expect(share(records, 'duplicate')).toBeCloseTo(mix.duplicates!.percent, 6);
        expect(share(records, 'late')).toBeCloseTo(mix.late!.percent, 6);
        expect(share(records, 'tooLate')).toBeCloseTo(mix.tooLatePercent!, 6);
      }),
      { numRuns: 20 },
    );
  });

  it('meets a share of a fraction of a percent in the long run', () => {
    expect(share(take(100_000, { late: { percent: 0.25, by: undefined } }), 'late')).toBeCloseTo(0.25, 1);
  });

  it('writes events that the schema and the judge accept, unless they are meant to be invalid', () => {
    fc.assert(
      fc.property(anySeed, anyMix, (seed, mix) => {
        for (const record of take(200, mix, { seed })) {
          if (record.intent.kind === 'invalid') continue;
          const event = eventOf(record);
          const { key, eventTimeMs, eventId, payload } = record;
          expect(event).toMatchObject({ event_time: eventTimeMs, user_id: key, event_id: eventId });
          expect(Object.keys(event)).toEqual(Object.keys(JSON.parse(payload) as object));
          expect(judgePayload(bytes(payload), startMs + 200, 60_000).valid?.eventId).toBe(event.event_id);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('names the partition that Kafka’s own partitioner chooses for the key', () => {
    for (const { key, partition } of take(500, {}, { partitions: 7 }))
      expect(partition).toBe(partitionOf(key!, 7));
  });
});

describe('event ids', () => {
  const idsOf = (records: readonly PlannedRecord[]): string[] => records.map(({ eventId }) => eventId!);

  it('are UUIDs of the shape of version 4 and never repeat in a run', () => {
    const ids = idsOf(take(20_000));
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids.slice(0, 1_000))
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('do not collide between two runs of one seed a millisecond apart', () => {
    const first = new Set(idsOf(take(5_000, {}, { seed: 7 })));
    expect(idsOf(take(5_000, {}, { seed: 7, startMs: startMs + 1 })).filter((id) => first.has(id))).toEqual(
      [],
    );
  });
});

describe('the intended verdict', () => {
  /** Judges again, from nothing but the records. */
  function recount(records: readonly PlannedRecord[]): string[] {
    let highest: number | undefined;
    return records.map(({ intent, eventTimeMs }) => {
      if (intent.kind === 'duplicate' || intent.kind === 'invalid') return intent.kind;
      const watermark = highest === undefined ? undefined : highest - lateness.watermarkDelayMs;
      highest = Math.max(highest ?? 0, eventTimeMs);
      return timeliness(eventTimeMs, watermark, lateness);
    });
  }
  const at5 = (mix: Partial<TrafficMix>, options: Partial<StreamOptions> = {}): PlannedRecord[] =>
    drain(streamOf(400, { plan: planOf(mix, constant(5)), ...options }));

  it('is what the watermark behind the highest event time so far decides', () => {
    const range = fc.tuple(fc.integer({ min: 0, max: 200_000 }), fc.integer({ min: 0, max: 200_000 }));
    fc.assert(
      fc.property(anySeed, anyMix, fc.option(range, { nil: undefined }), (seed, mix, ends) => {
        const by = ends === undefined ? undefined : uniform(Math.min(...ends), Math.max(...ends));
        const records = at5({ ...mix, late: { percent: mix.late!.percent, by } }, { seed });
        expect(records.map(({ intent }) => intent.kind)).toEqual(recount(records));
      }),
      { numRuns: 30 },
    );
  });

  it('is late for all late traffic by default, and too late for all that is meant to be, at any time within a window', () => {
    for (let second = 0; second < 60; second++) {
      const mix = { late: { percent: 15, by: undefined }, tooLatePercent: 5 };
      const records = drain(
        streamOf(300, { plan: planOf(mix, constant(20)), startMs: startMs + second * 1_000 }),
        startMs + second * 1_000,
      ).slice(100);
      expect(share(records, 'late')).toBeCloseTo(15, 6);
      expect(share(records, 'tooLate')).toBeCloseTo(5, 6);
    }
  });

  it('is on time for late traffic that its window still waits for', () => {
    expect(share(take(1_000, { late: { percent: 50, by: uniform(0, 1_000) } }), 'onTime')).toBe(100);
  });

  it('is too late when no lateness is allowed', () => {
    const strict = { lateness: { ...lateness, allowedLatenessMs: 0 } };
    const records = take(1_000, { late: { percent: 50, by: undefined } }, strict).slice(100);
    expect([share(records, 'tooLate'), share(records, 'late')]).toEqual([50, 0]);
  });

  it('knows what the lab saw before, and the events stay the same', () => {
    const mix = { late: { percent: 10, by: undefined } };
    const alone = take(500, mix);
    const behind = take(500, mix, { priorMs: startMs + 600_000 });
    expect(behind.map(({ payload }) => payload)).toEqual(alone.map(({ payload }) => payload));
    expect(share(behind, 'tooLate')).toBe(100);
  });

  it('is invalid for events of clocks that are too far ahead, and those move no watermark', () => {
    const records = take(4_000, { clockSkewMs: 120_000 });
    for (const { eventTimeMs, dueMs, intent } of records)
      expect(intent.reason === 'future_event').toBe(eventTimeMs > dueMs + 60_000);
    expect(share(records, 'invalid')).toBeGreaterThan(5);
    expect(share(records, 'tooLate')).toBeGreaterThan(5);
  });

  it('of an event from the future is valid within the skew that is accepted, and makes others late', () => {
    const near = take(2_000, { future: { percent: 1, byMs: 59_000 } });
    expect(share(near, 'invalid')).toBe(0);
    expect(share(near, 'late')).toBeGreaterThan(0);
    const far = take(2_000, { future: { percent: 1, byMs: 70_000 } });
    expect(share(far, 'invalid')).toBeCloseTo(1, 6);
    expect(share(far, 'onTime')).toBeCloseTo(99, 6);
  });
});
