import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventIds } from '../../../src/domain/ledger/event-ids.js';
import type { LedgerResult } from '../../../src/domain/ledger/ledger.js';
import {
  aggregateRecord,
  balance,
  PipelineModel,
  uuid,
  type EventSpec,
  type Stations,
} from './pipeline-model.js';

const partition = fc.integer({ min: 0, max: 2 });
const spec = fc.record({
  type: fc.constantFrom('page_view', 'order_placed', 'order_refunded'),
  channel: fc.constantFrom('web', 'ios', null),
  minute: fc.integer({ min: 0, max: 3 }),
  cents: fc.integer({ min: 1, max: 1_000_000 }),
  partition,
});
const action = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('event'),
      spec,
      fate: fc.constantFrom('on_time', 'late', 'too_late'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('duplicate'), of: fc.nat(), partition }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('invalid'),
      payload: fc.constantFrom(
        '{"a":',
        '[]',
        '{}',
        '{"schema_version":3}',
        '{"schema_version":1,"event_id":7}',
      ),
      partition,
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('replay'), of: fc.nat(), repair: fc.boolean() }) },
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

/** A correct pipeline under random traffic; every dead letter is replayed at most once. */
function simulate(actions: readonly Action[]): PipelineModel {
  const model = new PipelineModel();
  const specs: EventSpec[] = [];
  const replayed = new Set<number>();
  actions.forEach((step, index) => {
    if ('fate' in step) {
      specs.push({ ...step.spec, id: specs.length });
      model.event(specs.at(-1)!, step.fate);
    } else if ('payload' in step) model.invalid(step.payload, step.partition);
    else if ('repair' in step) {
      const open = model.letters.map((_, i) => i).filter((i) => !replayed.has(i));
      if (open.length === 0) return;
      const of = open[step.of % open.length]!;
      replayed.add(of);
      const isInvalid = model.letters[of]!.reason !== 'too_late';
      const repaired = { type: 'order_placed', channel: 'web', minute: 1, cents: 250, partition: 0 } as const;
      const payload = isInvalid && step.repair ? payloadFor({ ...repaired, id: 10_000 + index }) : undefined;
      model.replay(of, `replay-${String(index)}`, payload);
    } else if (specs.length > 0) {
      const original = specs[step.of % specs.length]!;
      // Behind the original in the same partition, or with the same content on another one.
      model.duplicateOf(original, step.partition);
    }
  });
  return model;
}

function payloadFor(event: EventSpec): string {
  const model = new PipelineModel();
  return new TextDecoder().decode(model.event(event, 'on_time').value);
}

/** A run that has at least one of everything that can be tampered with. */
const run = fc.array(action, { minLength: 5, maxLength: 60 }).map((actions) => {
  const seedSpec = {
    id: 9_000,
    type: 'order_placed',
    channel: 'web',
    minute: 2,
    cents: 1_999,
    partition: 1,
  } as const;
  const model = simulate(actions);
  model.event(seedSpec, 'on_time');
  model.event({ ...seedSpec, id: 9_001, type: 'order_refunded' }, 'too_late');
  model.invalid('{', 0);
  return model.stations();
});

function tamper(
  name: string,
  change: (stations: Stations, pick: number) => void,
  check: (r: LedgerResult) => void,
) {
  it(`finds ${name}`, () => {
    fc.assert(
      fc.property(run, fc.nat(), (stations, pick) => {
        change(stations, pick);
        const result = balance(stations);
        expect(result.ok).toBe(false);
        expect(result.mismatchesTotal).toBeGreaterThan(0);
        check(result);
      }),
    );
  });
}

/** The last state of a key, so that taking it changes what is latest. */
function changeAggregate(
  stations: Stations,
  pick: number,
  change: (row: Stations['clickhouse'][number]) => void,
) {
  const index = pick % stations.clickhouse.length;
  const row = { ...stations.clickhouse[index]! };
  change(row);
  stations.aggregates.push(aggregateRecord(row));
  stations.clickhouse[index] = row;
}

describe('the ledger of a random pipeline', () => {
  it('balances', () => {
    fc.assert(
      fc.property(run, (stations) => {
        const result = balance(stations);
        expect(result.mismatches).toEqual([]);
        expect(result).toMatchObject({ ok: true, unaccounted: 0, doubleCounted: 0 });
        const { raw, aggregated, dlq } = result;
        expect(raw.records).toBe(stations.raw.length);
        expect(raw.malformed + raw.invalid + raw.duplicates + raw.uniqueEvents).toBe(raw.records);
        expect(aggregated.onTime + aggregated.late + aggregated.replayed + dlq.tooLateOutstanding).toBe(
          raw.uniqueEvents,
        );
        expect(result.clickhouse.revenue).toBe(aggregated.revenue);
      }),
      { numRuns: 300 },
    );
  });

  it('says the same when it shares a set of ids that has some, or all, already', () => {
    fc.assert(
      fc.property(run, fc.array(fc.nat(9_001)), (stations, known) => {
        const ids = new EventIds();
        for (const n of known) ids.add(uuid(n));
        const alone = balance(stations);
        expect(balance(stations, undefined, ids)).toEqual(alone);
        expect(balance(stations, undefined, ids)).toEqual(alone);
      }),
    );
  });

  tamper(
    'an aggregate that is missing on the topic and in ClickHouse',
    (stations, pick) => {
      const row = stations.clickhouse.splice(pick % stations.clickhouse.length, 1)[0]!;
      stations.aggregates.push({ key: aggregateRecord(row).key, value: null });
    },
    (result) => {
      expect(result.unaccounted).toBeGreaterThan(0);
      expect(result.mismatches.some(({ hop }) => hop === 'raw-aggregates')).toBe(true);
    },
  );
  tamper(
    'an event counted twice',
    (stations, pick) => {
      changeAggregate(stations, pick, (row) => row.events++);
    },
    (result) => {
      expect(result).toMatchObject({ unaccounted: 0, doubleCounted: 1 });
      expect(result.mismatches).toMatchObject([{ hop: 'raw-aggregates', field: 'events' }]);
    },
  );
  tamper(
    'one cent too much',
    (stations, pick) => {
      changeAggregate(stations, pick, (row) => row.cents++);
    },
    (result) => {
      expect(result.mismatches).toMatchObject([{ hop: 'raw-aggregates', field: 'revenue' }]);
    },
  );
  tamper(
    'a dead letter that was lost',
    (stations, pick) => {
      const lost = stations.deadLetters.splice(pick % stations.deadLetters.length, 1)[0]!;
      stations.clickhouseDeadLetters = stations.clickhouseDeadLetters.filter(
        ({ partition: p, offset }) => p !== lost.partition || offset !== lost.offset,
      );
    },
    (result) => {
      expect(result.unaccounted + result.doubleCounted).toBeGreaterThan(0);
    },
  );
  tamper(
    'a dead letter that is there twice',
    (stations, pick) => {
      const letter = stations.deadLetters[pick % stations.deadLetters.length]!;
      stations.deadLetters.push({ ...letter, partition: 7, offset: 0 });
    },
    (result) => {
      expect(result.doubleCounted).toBe(1);
      expect(result.mismatches.some(({ hop }) => hop === 'raw-dlq')).toBe(true);
    },
  );
  tamper(
    'a row that ClickHouse has lost',
    (stations, pick) => {
      stations.clickhouse.splice(pick % stations.clickhouse.length, 1);
    },
    (result) => {
      expect(result.unaccounted).toBeGreaterThan(0);
      expect(result.mismatches.every(({ hop }) => hop === 'aggregates-clickhouse')).toBe(true);
    },
  );
  tamper(
    'a dead letter that ClickHouse has lost',
    (stations, pick) => {
      stations.clickhouseDeadLetters.splice(pick % stations.clickhouseDeadLetters.length, 1);
    },
    (result) => {
      expect(result).toMatchObject({ unaccounted: 1, mismatches: [{ hop: 'dlq-clickhouse' }] });
    },
  );
  tamper(
    'a raw record that nobody processed',
    (stations) => {
      const model = new PipelineModel();
      const record = model.event(
        { id: 8_000, type: 'page_view', channel: 'ios', minute: 3, cents: 0, partition: 0 },
        'on_time',
      );
      stations.raw.push({ ...record, partition: 2, offset: 100_000 });
    },
    (result) => {
      expect(result).toMatchObject({ unaccounted: 1, doubleCounted: 0 });
      expect(result.mismatches[0]).toMatchObject({
        hop: 'raw-aggregates',
        eventType: 'page_view',
        channel: 'ios',
      });
    },
  );
});
