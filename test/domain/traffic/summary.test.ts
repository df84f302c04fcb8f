import { expect, it } from 'vitest';
import { latenciesSince, latencySummary, mergeLatencies } from '../../../src/domain/traffic/latency.js';
import {
  emptyRunState,
  summarize,
  summaryText,
  type RunResult,
} from '../../../src/domain/traffic/summary.js';

const run: RunResult = {
  state: {
    ...emptyRunState(),
    tally: { onTime: 9_000, late: 500, tooLate: 100, duplicate: 300, invalid: 100 },
    acknowledged: 10_000,
    latency: [
      [12, 9_000],
      [40, 950],
      [55, 50],
    ],
  },
  scheduled: 10_000,
  elapsedMs: 10_004,
  startMs: 1_760_000_000_000,
  seed: 42,
  workers: 1,
  interrupted: false,
};

it('the summary has the keys that scripts rely on, and its intents add up to what was sent', () => {
  const summary = summarize(run);
  expect(summary).toMatchObject({
    sent: 10_000,
    acknowledged: 10_000,
    onTime: 9_000,
    late: 500,
    tooLate: 100,
    duplicates: 300,
    invalid: 100,
    durationSeconds: 10.004,
    ratePerSecond: 999.6,
    unsent: 0,
    latencyMs: { p50: 12, p99: 40, max: 55 },
  });
  expect(summary).not.toHaveProperty('error');
});

it('a person reads counts, rate, intents, latencies and how to get the same traffic again', () => {
  expect(summaryText(summarize(run)).split('\n')).toEqual([
    '10,000 sent in 10.0 s (1,000/s), all acknowledged',
    '  meant to be: 9,000 on time, 500 late, 100 too late, 300 duplicates, 100 invalid',
    '  from due to acknowledged: half within 12ms, 99% within 40ms, all within 55ms',
    '  the same traffic again: --seed 42',
  ]);
});

it('what was not acknowledged, sent again, sent late or not sent is said', () => {
  const failure = { code: 'SERVICE_UNREACHABLE', message: 'Kafka is gone.', suggestions: [] } as const;
  const state = { ...run.state, acknowledged: 9_000, resent: 50, failure, maxBehindMs: 2_500 };
  const summary = summarize({ ...run, state, scheduled: 12_000 });
  expect(summary.error).toEqual({ code: 'SERVICE_UNREACHABLE', message: 'Kafka is gone.' });
  expect(summary).toMatchObject({ unacknowledged: 1_000, unsent: 2_000, maxBehindSeconds: 2.5 });
  const text = summaryText(summary);
  expect(text).toContain('1,000 not acknowledged (they may or may not be in the topic)');
  expect(text).toContain('50 sent again without an answer');
  expect(text).toContain('up to 2.5s behind the schedule');
  expect(text).toContain('2,000 of the schedule not sent');
});

it('latencies of several workers are those of one, and those since a look are the difference', () => {
  const [a, b] = [
    [
      [1, 5],
      [3, 1],
    ],
    [
      [1, 2],
      [9, 2],
    ],
  ] as const;
  expect(mergeLatencies([a, b])).toEqual([
    [1, 7],
    [3, 1],
    [9, 2],
  ]);
  expect(latencySummary(mergeLatencies([a, b]))).toEqual({ p50: 1, p99: 9, max: 9 });
  expect(latencySummary([])).toBeUndefined();
  expect(
    latenciesSince(
      [
        [1, 7],
        [9, 2],
      ],
      a,
    ),
  ).toEqual([
    [1, 2],
    [9, 2],
  ]);
});
