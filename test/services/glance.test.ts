import { expect, test } from 'vitest';
import type { FlinkSample, Observation } from '../../src/domain/pipeline/samples.js';
import { glance, type GlanceTools } from '../../src/services/glance.js';
import { facts, looks } from '../tui/support/observations.js';

/** Observes what is given, then nothing until it is ended. */
function observing(given: readonly Observation[]): { observe: GlanceTools['observe']; seen: () => number } {
  let seen = 0;
  return {
    seen: () => seen,
    observe: async (emit, signal) => {
      for (const one of given) {
        await Promise.resolve();
        if (signal.aborted) return;
        seen += 1;
        emit(one);
      }
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => {
          resolve();
        });
        if (signal.aborted) resolve();
      });
    },
  };
}
const never = new AbortController().signal;

test('a glance ends as soon as rates are known', async () => {
  const { observe, seen } = observing(looks(60));
  const state = await glance({ facts, observe, deadlineMs: 60_000, signal: never });
  expect(state.series['end/events.raw.v1']).toHaveLength(6);
  // Six of Kafka, three of Flink and ClickHouse, and two of the others, which are looked at after those.
  expect(seen()).toBe(6 + 2 * 3 + 2 * 2);
});

test('what does not answer is not waited for, and said', async () => {
  const answering = looks(60).filter(({ source }) => source !== 'clickhouse');
  const silent: Observation = { source: 'clickhouse', at: 1, failure: 'no answer within 5 s' };
  const { observe } = observing([silent, ...answering]);
  const state = await glance({ facts, observe, deadlineMs: 60_000, signal: never });
  expect(state.health.clickhouse).toEqual({
    answeredAt: null,
    silentSince: 1,
    failure: 'no answer within 5 s',
  });
  expect(state.latest.kafka).not.toBe(null);
});

test('a Flink that answers with old metrics is looked at until they are new', async () => {
  const given = looks(60);
  const first = given.find(({ source }) => source === 'flink')!.sample as FlinkSample;
  const aged = given.map((look, i): Observation =>
    look.source === 'flink' && look.sample !== undefined && i < 40 ? { ...look, sample: first } : look,
  );
  const { observe, seen } = observing(aged);
  await glance({ facts, observe, deadlineMs: 60_000, signal: never });
  const asked = aged.slice(40).filter(({ source }) => source === 'flink');
  expect(seen()).toBeGreaterThan(aged.indexOf(asked[1]!));
});

test('it ends with its deadline with what is known by then, and with an interruption without', async () => {
  const state = await glance({ facts, observe: observing(looks(1)).observe, deadlineMs: 20, signal: never });
  expect([state.latest.kafka === null, state.latest.flink]).toEqual([false, null]);
  const signal = AbortSignal.timeout(20);
  const interrupted = glance({ facts, observe: observing([]).observe, deadlineMs: 60_000, signal });
  await expect(interrupted).rejects.toThrow(/timeout/);
});
