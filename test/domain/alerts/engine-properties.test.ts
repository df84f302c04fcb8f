import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { parseYamlDocument } from '../../../src/adapters/files/yaml-document.js';
import { parseAlertFile } from '../../../src/domain/alerts/rule-file.js';
import { describe, expect, it } from 'vitest';
import { alertId, seriesKey } from '../../../src/domain/alerts/alert-id.js';
import { alertsReducer, newAlertsState } from '../../../src/domain/alerts/engine.js';
import { dedupeKeyOf, recordOf } from '../../../src/domain/alerts/events.js';
import type { AggregateSeen, AlertInput, LabSample } from '../../../src/domain/alerts/inputs.js';
import { alertRecordSchema } from '../../../src/domain/alerts/record.js';
import { generatedSeries } from '../../../src/domain/alerts/quality/generated-series.js';
import { minute, MINUTE, rules, Run, storyOf, type WindowOf } from './support.js';

const everyRule = rules(
  'name: spike, kind: dlq_rate, above: 5%, for: 2m',
  'name: each, kind: dlq_rate, above: 30/min, by_reason: true, cooldown: 0s',
  'name: refused, kind: error_share, above: 20%, keep_firing_for: 2m',
  'name: drop, kind: revenue_anomaly, min_windows: 3, windows: 5, min_events: 0, cooldown: 0s',
  'name: none, kind: zero_traffic, event_type: order_placed, for: 1m, cooldown: 1m, wait_for_late: 1m',
  'name: lag, kind: consumer_lag, above: 30s',
  'name: mark, kind: watermark_lag, above: 1m, for: 2m',
  'name: failures, kind: checkpoint_failures, above: 1',
  'name: restarts, kind: job_restarts, above: 0, within: 2m, cooldown: 0s',
  'name: silent, kind: zero_traffic, for: 2m, cooldown: 1m',
);

const windowOf: fc.Arbitrary<WindowOf> = fc.record({
  views: fc.constantFrom(0, 500),
  orders: fc.constantFrom(0, 0, 100, 110),
  revenue: fc.constantFrom(0, 500, 1_000, 1_010, 5_000),
  letters: fc.array(
    fc.record({
      reason: fc.constantFrom('malformed_json', 'too_late'),
      eventType: fc.constantFrom('page_view', 'order_placed'),
      count: fc.integer({ min: 0, max: 120 }),
    }),
    { maxLength: 2 },
  ),
});
const known = <T>(arb: fc.Arbitrary<T>) => fc.option(arb, { freq: 4 });
const sampleOf: fc.Arbitrary<Partial<LabSample>> = fc.record({
  lags: known(
    fc.array(fc.record({ group: fc.constantFrom('a', 'b'), seconds: known(fc.constantFrom(0, 60)) }), {
      maxLength: 1,
    }),
  ),
  watermark: known(fc.integer({ min: -3, max: 30 }).map(minute)),
  newestRecordAt: known(fc.integer({ min: -3, max: 30 }).map(minute)),
  checkpointsFailed: known(fc.nat(4)),
  restarts: known(fc.nat(2)),
});
interface Minute {
  window: WindowOf;
  /** So many minutes ago something came late for. */
  late: { ago: number; of: WindowOf } | null;
  sample: Partial<LabSample>;
  silenced: boolean;
}
const minutes: fc.Arbitrary<Minute[]> = fc.array(
  fc.record({
    window: windowOf,
    late: fc.option(fc.record({ ago: fc.integer({ min: 1, max: 5 }), of: windowOf })),
    sample: sampleOf,
    silenced: fc.boolean(),
  }),
  { maxLength: 30 },
);

function play(run: Run, story: readonly Minute[]): Run {
  for (const [n, { window, late, sample, silenced }] of story.entries()) {
    const until = minute(n + 2);
    if (silenced)
      run.give(
        { kind: 'silences', silences: [{ rule: '*', labels: {}, from: 0, until, comment: '' }] },
        minute(n),
      );
    run.window(n, window);
    if (late !== null) run.put(Math.max(0, n - late.ago), { ...late.of, contribution: 'late' });
    run.sample(minute(n + 1), sample);
  }
  return run;
}

describe('whatever happens', () => {
  it('an alert never fires twice without a resolve between, and each has an id of its own', () => {
    let fired = 0;
    fc.assert(
      fc.property(minutes, (story) => {
        const { events } = play(new Run(everyRule), story);
        const ids = new Map<string, string | null>();
        const all: string[] = [];
        for (const { kind, rule, labels, id } of events) {
          const key = seriesKey(rule, labels);
          if (kind === 'firing') {
            expect(ids.get(key) ?? null).toBeNull();
            ids.set(key, id);
            all.push(id ?? '');
          } else if (kind === 'resolved') {
            expect(ids.get(key)).toBe(id);
            ids.set(key, null);
          } else if (kind === 'unsilenced') expect(ids.get(key)).toBe(id);
        }
        expect(new Set(all).size).toBe(all.length);
        expect(all.every((id) => /^[a-z-]+-[0-9a-f]{16}$/.test(id))).toBe(true);
        fired += all.length;
      }),
      { seed: 1, numRuns: 100 },
    );
    // The generator does make alerts.
    expect(fired).toBeGreaterThan(300);
  });

  it('the same input gives the same events, and what is given again is not counted again', () => {
    fc.assert(
      fc.property(minutes, (story) => {
        const first = play(new Run(everyRule), story);
        expect(play(new Run(everyRule), story).events).toEqual(first.events);
        const again = alertsReducer(everyRule, { windowMs: MINUTE });
        const given: AggregateSeen = {
          ...{ partition: 0, offset: 0, windowStart: minute(0), eventType: 'order_placed', channel: 'web' },
          ...{ contribution: 'on_time', events: 999, cents: 1 },
        };
        // Without silences: those end by the clock.
        const state = { ...first.state, silences: [] };
        const records = state.positions.aggregates['0'] === undefined ? [] : [given];
        const step = again(state, { kind: 'aggregates', records }, minute(0));
        expect(step.state.windows).toEqual(state.windows);
        expect(step.events.filter(({ kind }) => kind !== 'unsilenced')).toEqual([]);
      }),
      { seed: 2, numRuns: 30 },
    );
  });

  it('every record of an alert fits its schema, and tells one news', () => {
    fc.assert(
      fc.property(minutes, (story) => {
        const { events } = play(new Run(everyRule), story);
        const told = events.filter(({ kind }) => kind === 'firing' || kind === 'resolved');
        for (const event of told) {
          const record = JSON.parse(JSON.stringify(recordOf(event))) as unknown;
          expect(alertRecordSchema.parse(record)).toEqual(record);
          expect(event.summary).not.toMatch(/[{}]|undefined|NaN/);
        }
        expect(new Set(told.map(dedupeKeyOf)).size).toBe(told.length);
      }),
      { seed: 3, numRuns: 30 },
    );
  });

  it('what came late fires nothing and, if anything, ends an alert', () => {
    fc.assert(
      fc.property(minutes, windowOf, fc.nat(29), (story, of, n) => {
        const run = play(
          new Run(everyRule),
          story.map((each) => ({ ...each, silenced: false })),
        );
        const before = run.events.length;
        if (n < story.length - 1) run.put(n, { ...of, contribution: 'late' });
        const kinds = run.events.slice(before).map(({ kind }) => kind);
        expect(kinds.filter((kind) => kind !== 'resolved' && kind !== 'cleared')).toEqual([]);
      }),
      { seed: 4, numRuns: 50 },
    );
  });
});

describe('what nobody knows', () => {
  it('neither fires an alert nor resolves one', () => {
    fc.assert(
      fc.property(minutes, (story) => {
        const run = play(
          new Run(everyRule),
          story.map((each) => ({ ...each, silenced: false })),
        );
        const before = run.events.length;
        // Windows of letters alone, too few for a share; looks that found nobody at home.
        for (let n = story.length; n < story.length + 10; n++) {
          const lags = [{ group: 'a', seconds: null }];
          run.sample(minute(n + 1), { jobId: null, lags });
          run.sample(minute(n + 1) + 5_000);
          run.close(n);
        }
        const onSamples = ['lag', 'mark', 'failures', 'restarts', 'silent'];
        expect(run.events.slice(before).filter(({ rule }) => onSamples.includes(rule))).toEqual([]);
      }),
      { seed: 5, numRuns: 50 },
    );
  });
});

describe('ids', () => {
  it('do not depend on the order of labels, nor on the clock, and differ by rule, label and beginning', () => {
    const labels = fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.string({ maxLength: 5 }), {
      minKeys: 1,
    });
    fc.assert(
      fc.property(labels, fc.integer(), fc.nat(), (given, at, turn) => {
        const entries = Object.entries(given);
        const turned = Object.fromEntries(
          [...entries.slice(turn % entries.length), ...entries.slice(0, turn % entries.length)].reverse(),
        );
        expect(alertId('r', turned, at)).toBe(alertId('r', given, at));
        expect(seriesKey('r', turned)).toBe(seriesKey('r', given));
        expect(alertId('r', given, at + 1)).not.toBe(alertId('r', given, at));
        expect(alertId('r', {}, at)).not.toBe(alertId('r', given, at));
      }),
      { seed: 6 },
    );
  });

  it('of rules on windows are the same whenever the dispatcher saw them', () => {
    const [spike] = rules('name: spike, kind: dlq_rate, above: 5%');
    const input: AlertInput[] = [
      {
        kind: 'letters',
        letters: Array.from({ length: 200 }, (_, offset) => ({
          ...{ partition: 0, offset, at: minute(3), reason: 'too_late', eventType: null },
        })),
      },
      { kind: 'watermark', watermark: minute(4) },
    ];
    const idsAt = (nowMs: number) => {
      let state = newAlertsState(0);
      return input.flatMap((each) => {
        const step = alertsReducer(spike === undefined ? [] : [spike], { windowMs: MINUTE })(
          state,
          each,
          nowMs,
        );
        state = step.state;
        return step.events.map(({ id }) => id);
      });
    };
    expect(idsAt(minute(4))).toHaveLength(1);
    expect(idsAt(minute(4_000))).toEqual(idsAt(minute(4)));
  });
});

describe('the order in which records come', () => {
  it('does not matter before the watermark', () => {
    const records: AggregateSeen[] = [0, 1, 2, 3, 4, 5, 6].flatMap((n) =>
      [0, 1, 2].map((partition) => ({
        ...{ partition, offset: n, windowStart: minute(n), eventType: 'order_placed' },
        ...{ channel: `c${partition}`, contribution: 'on_time', events: 100, cents: n === 6 ? 100 : 100_000 },
      })),
    );
    const eventsOf = (batches: readonly AggregateSeen[][]) => {
      const run = new Run(rules('name: drop, kind: revenue_anomaly'));
      for (const batch of batches) run.give({ kind: 'aggregates', records: batch }, minute(9));
      run.give({ kind: 'watermark', watermark: minute(7) }, minute(9));
      return run.events;
    };
    const [first] = eventsOf([records]);
    expect(first).toMatchObject({ kind: 'firing', evidence: { value: 3 } });
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat(2)), fc.integer({ min: 1, max: 6 }), (choices, size) => {
        // Each partition keeps its order; how they are interleaved is chance.
        const queues = [0, 1, 2].map((partition) =>
          records.filter((record) => record.partition === partition),
        );
        const mixed: AggregateSeen[] = [];
        while (mixed.length < records.length) {
          const queue = queues[Number(choices.next().value)] ?? [];
          const next = queue.shift() ?? queues.find((each) => each.length > 0)?.shift();
          if (next !== undefined) mixed.push(next);
        }
        const batches = Array.from({ length: Math.ceil(mixed.length / size) }, (_, n) =>
          mixed.slice(n * size, (n + 1) * size),
        );
        expect(eventsOf(batches)).toEqual([first]);
      }),
      { seed: 7, numRuns: 50 },
    );
  });
});

describe('steady traffic', () => {
  it('of Poisson fires none of the rules that ship, in four hours of each seed', () => {
    const text = readFileSync('templates/alerts/rules.yaml', 'utf8');
    const shipped = parseAlertFile({ file: 'rules.yaml', ...parseYamlDocument(text, 'rules.yaml') }).rules;
    for (const seed of [11, 12, 13]) {
      const day = generatedSeries('steady', seed, {
        minutes: 240,
        withAnomalies: false,
        ordersPerMinute: 300,
      });
      const run = new Run(shipped, 0, false);
      for (const [n, revenue] of day.revenue.entries()) {
        const orders = day.orders[n] ?? 0;
        const count = Math.round(orders / 30);
        run.window(n, {
          ...{ orders, revenue: revenue ?? 0, views: 20 * orders },
          letters: [{ reason: 'too_late', eventType: 'page_view', count }],
        });
        const at = minute(n + 1);
        const lags = [{ group: 'flink', seconds: 6 }];
        run.sample(at, {
          lags,
          watermark: at - 5_000,
          newestRecordAt: at,
          checkpointsFailed: 0,
          restarts: 0,
        });
      }
      expect(storyOf(run.events)).toEqual([]);
      expect(run.state.judged['revenue-drop']).toBe(minute(239));
    }
  });
});
