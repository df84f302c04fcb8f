import { expect, test } from 'vitest';
import { foreignStep, noForeign } from '../../../src/domain/alerts/foreign.js';
import { alertRecordSchema, type AlertRecord } from '../../../src/domain/alerts/record.js';

const settings = { replaced: new Map<string, string>(), silences: [], nowMs: 1_000_000_000 };
const record = (changes: Record<string, unknown>): AlertRecord =>
  alertRecordSchema.parse({
    ...{ alert_id: 'a', rule: 'r', severity: 'info', status: 'firing', summary: 's', fired_at: 1 },
    ...changes,
  });

test('whatever somebody puts into records, little of it is kept', () => {
  const filler = 'x'.repeat(100_000);
  const records = Array.from({ length: 50 }, (_, n) =>
    record({
      ...{ alert_id: `${String(n)}-${filler}`, summary: filler, labels: { [filler]: filler }, filler },
      evidence: {
        ...{ unit: 'count', value: 1, low: null, high: null, expected: null },
        points: Array.from({ length: 10_000 }, (_each, at) => [at, at]),
      },
    }),
  );
  const { state, news } = foreignStep(noForeign, records, settings);
  expect(Object.keys(state.open)).toHaveLength(50);
  expect(JSON.stringify({ state, news }).length).toBeLessThan(1_500_000);
  const over = records.map((one) => ({ ...one, status: 'resolved' as const }));
  expect(Object.keys(foreignStep(state, over, settings).state.open)).toEqual([]);
});

test('however many alerts come and go, few cooldowns are kept', () => {
  const records = Array.from({ length: 3_000 }, (_, n) =>
    ['firing', 'resolved'].map((status) => record({ alert_id: String(n), status, labels: { n: String(n) } })),
  );
  const { state } = foreignStep(noForeign, records.flat(), settings);
  expect(Object.keys(state.cooldowns)).toHaveLength(1_000);
});

test('a cooldown that a clock ahead of time began does not hold once it is right again', () => {
  const day = 86_400_000;
  const ahead = { ...settings, nowMs: settings.nowMs + day };
  const { state } = foreignStep(noForeign, [record({}), record({ status: 'resolved' })], ahead);
  const { news } = foreignStep(state, [record({ alert_id: 'b' })], settings);
  expect(news.map(({ kind }) => kind)).toEqual(['firing']);
});
