import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventSchema } from '../../../src/domain/events.js';
import { judgePayload } from '../../../src/domain/reason.js';
import { timeliness } from '../../../src/domain/traffic/lateness.js';
import {
  duplicateDistance,
  TrafficStream,
  type PlannedRecord,
  type StreamOptions,
} from '../../../src/domain/traffic/stream.js';

const startMs = Date.UTC(2026, 0, 15, 12, 0, 7);
const lateness = { watermarkDelayMs: 5_000, allowedLatenessMs: 60_000, windowMs: 60_000 };
const defaults: StreamOptions = {
  seed: 1,
  startMs,
  latePercent: 0,
  lateByMs: undefined,
  duplicatesPercent: 0,
  invalidPercent: 0,
  lateness,
  maxFutureSkewMs: 60_000,
  duplicateWithin: 200,
};

/** At 1000 records a second, unless told otherwise. */
function take(count: number, options: Partial<StreamOptions>, everyMs = 1): PlannedRecord[] {
  const stream = new TrafficStream({ ...defaults, ...options });
  const base = options.startMs ?? startMs;
  return Array.from({ length: count }, (_, i) => stream.plan(Math.floor(base + i * everyMs)));
}

const bytes = (payload: string): Uint8Array => Buffer.from(payload, 'latin1');
const share = (records: readonly PlannedRecord[], kind: string): number =>
  (100 * records.filter(({ intent }) => intent.kind === kind).length) / records.length;

const anySeed = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const anyMix = fc
  .tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 30 }))
  .map(([latePercent, duplicatesPercent, invalidPercent]) => ({
    latePercent,
    duplicatesPercent,
    invalidPercent,
  }));

describe('the stream of traffic', () => {
  it('is the same to the byte for the same options', () => {
    fc.assert(
      fc.property(anySeed, anyMix, (seed, mix) => {
        expect(take(300, { ...mix, seed })).toEqual(take(300, { ...mix, seed }));
      }),
      { numRuns: 30 },
    );
  });

  it('is the same but for ids and times when it starts at another time', () => {
    const strip = ({ key, payload, intent }: PlannedRecord) => ({
      key,
      kind: intent.kind,
      rest: payload.replace(/"event_id":"[^"]*"/, '').replace(/"event_time":\d+/, ''),
    });
    const options = { latePercent: 5, lateByMs: { min: 10_000, max: 20_000 }, duplicatesPercent: 5 };
    const wholeHours = 7 * 3_600_000;
    const later = take(2_000, { ...options, startMs: startMs + wholeHours });
    expect(later.map(strip)).toEqual(take(2_000, options).map(strip));
  });

  it('gives a record the same bytes whatever the times of the records before it', () => {
    const options = { ...defaults, latePercent: 10, invalidPercent: 10 };
    const slower = new TrafficStream(options);
    for (let i = 0; i < 400; i++) slower.plan(startMs - 3_600_000 + 1_000 * i);
    const rest = Array.from({ length: 100 }, (_, i) => slower.plan(startMs + 400 + i).payload);
    expect(rest).toEqual(
      take(500, options)
        .slice(400)
        .map(({ payload }) => payload),
    );
  });

  it('is different for another seed', () => {
    expect(take(50, { seed: 1 }).map((r) => r.key)).not.toEqual(take(50, { seed: 2 }).map((r) => r.key));
  });

  it('meets every share of whole percents exactly in every hundred records', () => {
    fc.assert(
      fc.property(anySeed, anyMix, (seed, mix) => {
        const records = take(1_000, { ...mix, seed }).slice(500, 600);
        const odd = share(records, 'late') + share(records, 'duplicate') + share(records, 'invalid');
        expect(odd).toBeCloseTo(mix.latePercent + mix.duplicatesPercent + mix.invalidPercent, 6);
        expect(share(records, 'invalid')).toBeCloseTo(mix.invalidPercent, 6);
      }),
      { numRuns: 30 },
    );
  });

  it('meets a share of a fraction of a percent in the long run', () => {
    expect(share(take(100_000, { latePercent: 0.25 }), 'late')).toBeCloseTo(0.25, 1);
  });

  it('writes events that the schema and the judge accept, unless they are meant to be invalid', () => {
    fc.assert(
      fc.property(anySeed, anyMix, (seed, mix) => {
        for (const { payload, intent, eventTimeMs, key } of take(200, { ...mix, seed })) {
          if (intent.kind === 'invalid') continue;
          const event = eventSchema.parse(JSON.parse(payload));
          expect(event).toMatchObject({ event_time: eventTimeMs, user_id: key });
          expect(Object.keys(event)).toEqual(Object.keys(JSON.parse(payload) as object));
          expect(judgePayload(bytes(payload), startMs + 200, 60_000).valid?.eventId).toBe(event.event_id);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('has all five event types, both versions and every channel', () => {
    const events = take(20_000, {}).map(({ payload }) => eventSchema.parse(JSON.parse(payload)));
    const counts = (
      of: (event: (typeof events)[number]) => string | number,
    ): Map<string | number, number> => {
      const result = new Map<string | number, number>();
      for (const event of events) result.set(of(event), (result.get(of(event)) ?? 0) + 1);
      return result;
    };
    const byType = counts((event) => event.event_type);
    const order = ['page_view', 'add_to_cart', 'checkout_started', 'order_placed', 'order_refunded'];
    expect([...byType.entries()].sort((a, b) => b[1] - a[1]).map(([type]) => type)).toEqual(order);
    expect([...counts((event) => event.schema_version).keys()].sort()).toEqual([1, 2]);
    expect(counts((event) => ('channel' in event ? event.channel : 'none')).size).toBe(4);
  });

  it('has a few users that are much more active than the rest', () => {
    const records = take(20_000, {});
    const active = records.filter(({ key }) => Number(key.slice(2)) < 100).length;
    expect(active / records.length).toBeGreaterThan(0.15);
    expect(active / records.length).toBeLessThan(0.3);
  });
});

describe('event ids', () => {
  const idsOf = (records: readonly PlannedRecord[]): string[] =>
    records.map(({ payload }) => (JSON.parse(payload) as { event_id: string }).event_id);

  it('are UUIDs of the shape of version 4 and never repeat in a run', () => {
    const ids = idsOf(take(50_000, {}));
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids.slice(0, 1_000))
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('do not collide between two runs of one seed a millisecond apart', () => {
    const first = new Set(idsOf(take(20_000, { seed: 7 })));
    expect(idsOf(take(20_000, { seed: 7, startMs: startMs + 1 })).filter((id) => first.has(id))).toEqual([]);
  });
});

describe('invalid records', () => {
  it('fail for exactly the reason they are meant to', () => {
    fc.assert(
      fc.property(anySeed, (seed) => {
        for (const { payload, intent } of take(300, { seed, invalidPercent: 100 }))
          expect(judgePayload(bytes(payload), startMs + 300, 60_000)).toEqual({ reason: intent.reason });
      }),
      { numRuns: 40 },
    );
  });

  it('have every reason there is', () => {
    const seen = new Set(take(5_000, { invalidPercent: 100 }).map(({ intent }) => intent.reason));
    const fields = ['schema_version', 'event_id', 'event_type', 'event_time', 'user_id', 'session_id'];
    const details = ['page', 'referrer', 'order_id', 'amount', 'channel'];
    const expected = [...fields, ...details].flatMap((f) => [`missing_field:${f}`, `invalid_field:${f}`]);
    expect([...seen].sort()).toEqual(
      [...expected, 'malformed_json', 'unsupported_schema_version', 'future_event'].sort(),
    );
  });
});

describe('duplicates', () => {
  it('are byte for byte a valid record sent shortly before, under the same key', () => {
    fc.assert(
      fc.property(anySeed, fc.integer({ min: 1, max: 50 }), (seed, duplicateWithin) => {
        const records = take(500, {
          seed,
          duplicateWithin,
          duplicatesPercent: 20,
          invalidPercent: 10,
          latePercent: 10,
        });
        for (const { index, intent, key, payload } of records) {
          if (intent.kind !== 'duplicate') continue;
          const original = records
            .slice(Math.max(0, index - duplicateWithin), index)
            .find((record) => record.payload === payload && record.intent.kind !== 'duplicate');
          expect(original).toMatchObject({ key, payload });
          expect(original?.intent.kind).not.toBe('invalid');
        }
      }),
      { numRuns: 30 },
    );
  });

  it('need an original: the first record is none', () => {
    const [first, second] = take(2, { duplicatesPercent: 100 });
    expect(first?.intent.kind).toBe('onTime');
    expect([first?.payload, second?.intent.kind]).toEqual([first?.payload, 'onTime']);
  });

  it('come before the lab has forgotten the id', () => {
    expect(duplicateDistance(0, 3_600_000)).toBe(200);
    expect(duplicateDistance(5_000, 3_600_000)).toBe(200);
    expect(duplicateDistance(5, 3_600_000)).toBe(50);
    expect(duplicateDistance(100, 1_000)).toBe(50);
    expect(duplicateDistance(0.1, 3_600_000)).toBe(1);
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

  it('is what the watermark behind the highest event time so far decides', () => {
    const range = fc.tuple(fc.integer({ min: 0, max: 200_000 }), fc.integer({ min: 0, max: 200_000 }));
    fc.assert(
      fc.property(anySeed, anyMix, fc.option(range, { nil: undefined }), (seed, mix, ends) => {
        const lateByMs = ends === undefined ? undefined : { min: Math.min(...ends), max: Math.max(...ends) };
        const records = take(400, { ...mix, seed, lateByMs }, 200);
        expect(records.map(({ intent }) => intent.kind)).toEqual(recount(records));
      }),
      { numRuns: 50 },
    );
  });

  it('is late for all late traffic by default, at any time within a window', () => {
    for (let second = 0; second < 60; second++) {
      const records = take(300, { latePercent: 20, startMs: startMs + second * 1_000 });
      expect(records.slice(1).filter(({ intent }) => intent.kind === 'tooLate')).toEqual([]);
      expect(share(records.slice(100), 'late')).toBeCloseTo(20, 6);
    }
  });

  it('is onTime for late traffic that its window still waits for', () => {
    const records = take(1_000, { latePercent: 50, lateByMs: { min: 0, max: 1_000 } });
    expect(share(records, 'onTime')).toBe(100);
  });

  it('is tooLate beyond the allowed lateness', () => {
    const records = take(1_000, { latePercent: 50, lateByMs: { min: 300_000, max: 600_000 } }).slice(100);
    expect([share(records, 'tooLate'), share(records, 'late')]).toEqual([50, 0]);
  });

  it('is tooLate when no lateness is allowed', () => {
    const strict = { ...lateness, allowedLatenessMs: 0 };
    const records = take(1_000, { latePercent: 50, lateness: strict }).slice(100);
    expect([share(records, 'tooLate'), share(records, 'late')]).toEqual([50, 0]);
  });
});
