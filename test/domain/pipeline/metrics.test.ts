import { expect, test } from 'vitest';
import { flinkGroup } from '../../../src/domain/clickhouse.js';
import { measurementsOf, type Measurement } from '../../../src/domain/pipeline/metrics.js';
import { observed } from '../../../src/domain/pipeline/reducer.js';
import type { FlinkSample, KafkaSample, Observation } from '../../../src/domain/pipeline/samples.js';
import { nothingSeen } from '../../../src/domain/pipeline/state.js';
import { pipelineView } from '../../../src/domain/pipeline/view.js';
import { topics } from '../../../src/domain/topics.js';

const second = 1_000;

/** Two partitions of the raw topic that get 100 records a second each; the job has covered half of them. */
function kafka(seconds: number): KafkaSample {
  const partitions = [0, 1].map((partition) => {
    const end = 100 * seconds;
    return { partition, begin: 0, lastStable: end, end, newestAt: null };
  });
  const committed = partitions.map(({ partition, end }) => ({ partition, committed: end / 2 }));
  return {
    topics: [{ topic: topics.raw, partitions }],
    groups: [{ group: flinkGroup, topic: topics.raw, partitions: committed }],
  };
}

function flink(now: number): FlinkSample {
  const task = (id: string, name: string, busy: number) => ({
    id,
    name,
    inputs: [],
    clockMs: now,
    subtasks: [{ index: 0, busy, backpressured: 0, idle: null, watermark: now - 6 * second }],
    members: [],
  });
  return {
    taskManagers: 1,
    slotsTotal: 2,
    slotsFree: 0,
    job: {
      id: 'j',
      state: 'RUNNING',
      startedAt: 0,
      restarts: 1,
      tasks: { total: 3, running: 3 },
      checkpoints: {
        completed: 9,
        failed: 2,
        latest: { id: 9, triggeredAt: now - 3 * second, durationMs: 500, sizeBytes: 1_000 },
        latestFailure: null,
        runningSince: null,
      },
      lastFailure: null,
      operators: [
        task('a', 'Source: raw[1]', 0.25),
        task('b', 'x: Writer', 0.5),
        task('c', 'y: Writer', 0.75),
      ],
      splits: [{ partition: 1, watermark: now - 8 * second, position: 5, idle: 0 }],
      pendingRecords: 7,
    },
  };
}

function measured(observations: readonly Observation[], now: number): string[] {
  const facts = { lab: 'x', runtime: 'local', settings: {} } as Parameters<typeof nothingSeen>[0];
  const state = observations.reduce(observed, nothingSeen(facts));
  return measurementsOf(pipelineView(state, now)).map(lineOf);
}

const lineOf = ({ metric, labels, value }: Measurement): string =>
  `${metric}{${Object.entries(labels)
    .map(([name, text]) => `${name}=${text}`)
    .join(',')}} ${String(value)}`;

const looks = [10, 20].flatMap((seconds): Observation[] => [
  { source: 'kafka', at: seconds * second, sample: kafka(seconds) },
  { source: 'flink', at: seconds * second, sample: flink(seconds * second) },
]);

test('of each system, what it says of lag, throughput, watermark, checkpoints and operators', () => {
  expect(measured(looks, 20 * second)).toEqual([
    `kafka_unread_records{group=${flinkGroup},topic=${topics.raw}} 7`,
    `kafka_lag_records{group=${flinkGroup},topic=${topics.raw},partition=0} 1000`,
    `kafka_lag_seconds{group=${flinkGroup},topic=${topics.raw},partition=0} 10`,
    `kafka_lag_records{group=${flinkGroup},topic=${topics.raw},partition=1} 1000`,
    `kafka_lag_seconds{group=${flinkGroup},topic=${topics.raw},partition=1} 10`,
    `kafka_end_offset{topic=${topics.raw}} 4000`,
    'job_running{} 1',
    'job_restarts{} 1',
    'checkpoints_completed{} 9',
    'checkpoints_failed{} 2',
    'checkpoint_age_seconds{} 2.5',
    'checkpoint_duration_ms{} 500',
    'checkpoint_size_bytes{} 1000',
    'watermark_lag_seconds{} 6',
    'watermark_lag_seconds{partition=1} 8',
    'operator_busy{operator=source} 0.25',
    'operator_backpressured{operator=source} 0',
    'operator_busy{operator=sink} 0.5',
    'operator_backpressured{operator=sink} 0',
    'operator_busy{operator=sink 2} 0.75',
    'operator_backpressured{operator=sink 2} 0',
    'hop_rate{hop=raw_in} 200',
  ]);
});

test('nothing of a system that does not answer, and that there is no job where Flink says so', () => {
  const now = 21 * second;
  const silent: Observation[] = [
    { source: 'kafka', at: now, failure: 'no answer' },
    { source: 'flink', at: now, sample: { ...flink(now), job: null } },
  ];
  expect(measured([...looks, ...silent], now)).toEqual(['job_running{} 0']);
  expect(measured([], now)).toEqual([]);
});
