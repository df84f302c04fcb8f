import { expect, test } from 'vitest';
import { blindness, jobLook, labSample } from '../../../src/domain/alerts/lab-sample.js';
import { flinkGroup } from '../../../src/domain/clickhouse.js';
import { observed } from '../../../src/domain/pipeline/reducer.js';
import type {
  FlinkSample,
  KafkaSample,
  LabFacts,
  Observation,
} from '../../../src/domain/pipeline/samples.js';
import { nothingSeen } from '../../../src/domain/pipeline/state.js';
import { topics } from '../../../src/domain/topics.js';
import { minute, T0 } from './support.js';

const facts: LabFacts = {
  lab: 'default',
  runtime: 'local',
  settings: {
    ...{ guarantee: 'exactly-once', checkpointInterval: 5_000, watermarkDelay: 5_000 },
    ...{ allowedLateness: 60_000, idleTimeout: 10_000, parallelism: 2, rawPartitions: 4 },
  },
};

const operator = (id: string, inputs: string[], watermarks: (number | null)[]) => ({
  ...{ id, name: id, inputs, clockMs: null, members: [] },
  subtasks: watermarks.map((watermark, index) => ({ index, watermark, busy: 0, backpressured: 0, idle: 1 })),
});

const flink: FlinkSample = {
  ...{ taskManagers: 1, slotsTotal: 2, slotsFree: 0 },
  job: {
    ...{ id: 'job', state: 'RUNNING', startedAt: T0, restarts: 3, tasks: { total: 2, running: 2 } },
    checkpoints: {
      ...{ completed: 9, failed: 4, latestFailure: null, runningSince: null },
      latest: { id: 9, triggeredAt: T0 - 2_000, durationMs: 100, sizeBytes: 1 },
    },
    ...{ lastFailure: null, splits: [], pendingRecords: 0 },
    operators: [operator('source', [], [T0, T0]), operator('dedupe', ['source'], [T0 - 7_000, T0 - 5_000])],
  },
};

const kafka: KafkaSample = {
  topics: [
    {
      topic: topics.raw,
      partitions: [{ partition: 0, begin: 0, lastStable: 10, end: 10, newestAt: T0 - 1_000 }],
    },
  ],
  groups: [
    {
      group: flinkGroup,
      topic: topics.raw,
      partitions: [{ partition: 0, committed: 4, headAt: T0 - 30_000 }],
    },
  ],
};

const seen = (...observations: Observation[]) =>
  observations.reduce((state, observation) => observed(state, observation), nothingSeen(facts));

test('the sample says what Kafka and Flink said', () => {
  const state = seen({ source: 'flink', at: T0, sample: flink }, { source: 'kafka', at: T0, sample: kafka });
  expect(labSample(state, T0)).toEqual({
    ...{ at: T0, jobId: 'job', watermark: T0 - 7_000, newestRecordAt: T0 - 1_000 },
    ...{ checkpointsFailed: 4, restarts: 3, lags: [{ group: flinkGroup, seconds: 30 }] },
  });
  expect(jobLook(state)).toEqual({ at: T0, watermark: T0 - 7_000, checkpointTriggeredAt: T0 - 2_000 });
});

test('of a system that no longer answers nothing is said, whatever it said before', () => {
  const state = seen(
    { source: 'flink', at: T0, sample: flink },
    { source: 'kafka', at: T0, sample: kafka },
    { source: 'flink', at: minute(1), failure: 'no answer' },
    { source: 'kafka', at: minute(1), failure: 'no answer' },
  );
  expect(labSample(state, minute(1))).toEqual({
    ...{ at: minute(1), jobId: null, watermark: null, newestRecordAt: null },
    ...{ checkpointsFailed: null, restarts: null, lags: null },
  });
  expect(jobLook(state)).toBeUndefined();
});

test('before anything was seen nothing is said', () => {
  expect(labSample(seen(), T0)).toMatchObject({ jobId: null, lags: null, newestRecordAt: null });
  expect(jobLook(seen())).toBeUndefined();
});

test('that nothing can be judged is said: while Flink does not answer, and where it has no job', () => {
  const flinkSays = (sample: FlinkSample): Observation => ({ source: 'flink', at: T0, sample });
  const away: Observation = { source: 'flink', at: minute(1), failure: 'connect ECONNREFUSED' };
  expect(blindness(undefined, T0)).toBeUndefined();
  expect(blindness(seen(), T0)).toBeUndefined();
  expect(blindness(seen(flinkSays(flink)), T0)).toBeUndefined();
  expect(blindness(seen(flinkSays(flink), away), minute(1) + 5_000)).toBeUndefined();
  expect(blindness(seen(flinkSays(flink), away), minute(1) + 10_000)).toMatch(
    /does not answer .*ECONNREFUSED/,
  );
  expect(blindness(seen(flinkSays({ ...flink, job: null })), T0)).toMatch(/no job/);
});
