import { flinkGroup, queues } from '../../../src/domain/clickhouse.js';
import { observed } from '../../../src/domain/pipeline/reducer.js';
import type {
  ClickHouseSample,
  FlinkSample,
  KafkaSample,
  LabFacts,
  LettersSample,
  Observation,
  OperatorSample,
} from '../../../src/domain/pipeline/samples.js';
import { nothingSeen, type PipelineState } from '../../../src/domain/pipeline/state.js';
import { topics } from '../../../src/domain/topics.js';

/** Looks at a lab that gets 5 000 records a second and cannot keep up: its last operator is the bottleneck. */

export const start = Date.UTC(2026, 0, 2, 12, 0, 0);

export const facts: LabFacts = {
  lab: 'default',
  runtime: 'local',
  settings: {
    guarantee: 'exactly-once',
    checkpointInterval: 5_000,
    watermarkDelay: 5_000,
    allowedLateness: 60_000,
    idleTimeout: 10_000,
    parallelism: 2,
    rawPartitions: 4,
  },
};

export function kafka(seconds: number, partitions = 4): KafkaSample {
  const perPartition = 5_000 / partitions;
  const ends = (rate: number, count: number) =>
    Array.from({ length: count }, (_, partition) => {
      const end = Math.round(rate * seconds);
      return { partition, begin: 0, lastStable: end, end, newestAt: start + seconds * 1_000 };
    });
  const committed = (rate: number, count: number) =>
    Array.from({ length: count }, (_, partition) => ({
      partition,
      committed: Math.round(rate * seconds),
    }));
  const queueTopics = queues.map(({ topic }) => topic);
  return {
    topics: [
      { topic: topics.raw, partitions: ends(perPartition, partitions) },
      ...queueTopics.map((topic) => ({ topic, partitions: ends(30, 2) })),
    ],
    groups: [
      { group: flinkGroup, topic: topics.raw, partitions: committed(0.8 * perPartition, partitions) },
      ...queues.map(({ group, topic }) => ({ group, topic, partitions: committed(29, 2) })),
    ],
  };
}

export function flink(seconds: number, operators = 3, partitions = 4): FlinkSample {
  const now = start + seconds * 1_000;
  const last = operators - 1;
  const operator = (i: number): OperatorSample => ({
    id: `op${String(i)}`,
    name: [
      'Source: raw_events[1] -> Calc[2]',
      'Deduplicate[3] -> Calc[4]',
      'GlobalGroupAggregate[5] -> agg: Writer',
    ][i === last ? 2 : Math.min(i, 1)]!,
    inputs: i === 0 ? [] : [`op${String(i - 1)}`],
    clockMs: 600_000 + seconds * 1_000,
    subtasks: [0, 1].map((index) => ({
      index,
      busy: i === last ? 0.97 : 0.2,
      backpressured: i === last ? 0 : 0.75,
      idle: 0.03,
      watermark: now - 41_000,
    })),
    members: [
      {
        name: i === last ? 'GlobalGroupAggregate[5]' : i === 0 ? 'Source: raw_events[1]' : 'Deduplicate[3]',
        recordsIn: i === 0 ? null : 4_000 * seconds,
        recordsOut: 3_900 * seconds,
        producer: null,
      },
      {
        name: i === last ? 'agg: Writer' : 'Calc',
        recordsIn: 4_000 * seconds,
        recordsOut: 4_000 * seconds,
        producer: i === last ? { latencyMs: 12, throttleMs: 0 } : null,
      },
    ],
  });
  return {
    taskManagers: 1,
    slotsTotal: 2,
    slotsFree: 0,
    job: {
      id: 'a1b2c3',
      state: 'RUNNING',
      startedAt: start - 600_000,
      restarts: 0,
      tasks: { total: operators * 2, running: operators * 2 },
      checkpoints: {
        completed: 120,
        failed: 0,
        latest: { id: 120, triggeredAt: now - 3_000, durationMs: 240, sizeBytes: 1_340_000 },
        latestFailure: null,
        runningSince: null,
      },
      lastFailure: null,
      operators: Array.from({ length: operators }, (_, i) => operator(i)),
      splits: Array.from({ length: partitions }, (_, partition) => ({
        partition,
        watermark: now - (partition === 2 ? 41_000 : 6_000),
        position: Math.round((4_000 / partitions) * seconds),
        idle: 0,
      })),
      pendingRecords: 1_000 * seconds,
    },
  };
}

export function clickhouse(seconds: number): ClickHouseSample {
  const open = start + Math.floor(seconds / 60) * 60_000;
  return {
    messagesRead: { [topics.aggregates]: 110 * seconds, [topics.deadLetters]: 12 * seconds },
    queueErrors: [],
    letters: {
      total: 12 * seconds,
      byReason: [
        { reason: 'too_late', total: 8 * seconds, lastMinute: 480 },
        { reason: 'missing_field:user_id', total: 4 * seconds, lastMinute: 240 },
      ],
    },
    windows: [0, 1, 2].map((n) => ({
      start: open - n * 60_000,
      onTime: n === 0 ? 3_900 * (seconds % 60) : 234_000,
      late: n === 0 ? 0 : 1_200,
      replayed: 0,
      revenue: '123456.78',
      emittedAt: start + seconds * 1_000,
    })),
    alerts: [
      {
        id: 'a1',
        rule: 'revenue_drop',
        severity: 'warning',
        status: 'firing',
        summary: 'Revenue fell by 60 % within 5 minutes',
        firedAt: start,
      },
    ],
  };
}

/** What terminals would take for commands: clear the screen, a title, a link, colours, right-to-left, a bell. */
export const hostile =
  '\u001b[2J\u001b]0;owned\u0007\u001b]8;;http://evil\u001b\\\u009b31m\u202eabc\r\n\u0000<b>';

export function letters(seconds: number): LettersSample {
  return {
    replayed: 10,
    newest: Array.from({ length: 12 }, (_, i) => ({
      partition: i % 4,
      offset: seconds * 3 + i,
      reason: i === 1 ? `missing_field:${hostile}` : i % 3 === 0 ? 'too_late' : 'missing_field:user_id',
      eventId: `00000000-0000-4000-8000-0000000000${String(10 + i)}`,
      eventType: 'page_view',
      eventTime: start - 200_000,
      watermark: start - 41_000,
      failedAt: start + (seconds - i) * 1_000,
      attempt: 1,
      source: { partition: i % 4, offset: 1_000 + i },
      payload: i === 0 ? hostile : '{"event_type":"page_view","page":"/日本語/🛒","referrer":""}',
    })),
  };
}

const services = ['kafka', 'flink-jobmanager', 'flink-taskmanager', 'flink-sql-gateway', 'clickhouse'];

/** So many seconds of looks, each system at its own pace. */
export function looks(
  seconds: number,
  size: { operators?: number; partitions?: number } = {},
): Observation[] {
  return Array.from({ length: seconds }, (_, i) => i + 1).flatMap((second): Observation[] => {
    const at = start + second * 1_000;
    const slow: Observation[] = [
      { source: 'flink', at, sample: flink(second, size.operators, size.partitions) },
      { source: 'clickhouse', at, sample: clickhouse(second) },
      { source: 'letters', at, sample: letters(second) },
      {
        source: 'services',
        at,
        sample: { services: services.map((name) => ({ name, state: 'running', endpoint: null })) },
      },
    ];
    return [
      { source: 'kafka', at, sample: kafka(second, size.partitions) },
      ...(second % 2 === 0 ? slow : []),
    ];
  });
}

export function stateAfter(observations: readonly Observation[]): PipelineState {
  return observations.reduce(observed, nothingSeen(facts));
}
