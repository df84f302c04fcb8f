import { expect, it } from 'vitest';
import { summarize, summaryText, type RunResult } from '../../../src/domain/traffic/summary.js';
import { StreamlabError } from '../../../src/errors.js';

const run: RunResult = {
  tally: { onTime: 9_000, late: 500, tooLate: 100, duplicate: 300, invalid: 100 },
  delivery: { acknowledged: 10_000, resent: 0, latencyMs: { p50: 12, p99: 40, max: 55 } },
  elapsedMs: 10_004,
  startMs: 1_760_000_000_000,
  seed: 42,
  skippedMs: 0,
  interrupted: false,
  failure: undefined,
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
  });
  expect(summary).not.toHaveProperty('error');
});

it('a person reads counts, rate, intents and how to get the same traffic again', () => {
  expect(summaryText(summarize(run)).split('\n')).toEqual([
    '10,000 sent in 10.0 s (1,000/s), all acknowledged',
    '  meant to be: 9,000 on time, 500 late, 100 too late, 300 duplicates, 100 invalid',
    '  the same traffic again: --seed 42',
  ]);
});

it('what was not acknowledged, sent again or left out is said', () => {
  const failure = new StreamlabError('SERVICE_UNREACHABLE', 'Kafka is gone.');
  const delivery = { ...run.delivery, acknowledged: 9_000, resent: 50 };
  const summary = summarize({ ...run, delivery, failure, skippedMs: 2_500 });
  expect(summary.error).toEqual({ code: 'SERVICE_UNREACHABLE', message: 'Kafka is gone.' });
  const text = summaryText(summary);
  expect(text).toContain('1,000 not acknowledged (they may or may not be in the topic)');
  expect(text).toContain('50 sent again without an answer');
  expect(text).toContain('2.5 s left out of the schedule');
});
