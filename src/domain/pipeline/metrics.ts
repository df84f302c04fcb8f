import { countedBy } from './hops.js';
import type { GroupView } from './lag.js';
import type { SourceName } from './samples.js';
import type { PipelineView } from './view.js';

/** A number that is kept over time, in the table pipeline_metrics; docs/contracts.md lists them. */
export interface Measurement {
  metric: string;
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** What is known now, from the systems that answer: what one said before it fell silent is not measured again. */
export function measurementsOf(view: PipelineView): Measurement[] {
  const answering = new Set(view.sources.filter((source) => source.answering).map(({ source }) => source));
  const found: [SourceName, Unsure[]][] = [
    ['kafka', ofKafka(view)],
    ['flink', ofFlink(view)],
    [
      'clickhouse',
      view.verdicts.map(({ verdict, perSecond }) => one('verdict_rate', perSecond, { verdict })),
    ],
    ...view.hops.map(({ hop, perSecond }): [SourceName, Unsure[]] => [
      countedBy[hop],
      [one('hop_rate', perSecond, { hop })],
    ]),
  ];
  return found
    .filter(([source]) => answering.has(source))
    .flatMap(([, measurements]) => measurements)
    .filter(isKnown);
}

type Unsure = Omit<Measurement, 'value'> & { value: number | null };

function one(metric: string, value: number | null, labels: Measurement['labels'] = {}): Unsure {
  return { metric, labels, value };
}

function isKnown(measurement: Unsure): measurement is Measurement {
  return measurement.value !== null && Number.isFinite(measurement.value);
}

function ofKafka({ groups, endToEndSeconds }: PipelineView): Unsure[] {
  return [
    ...groups.flatMap(({ group, topic, partitions, unreadRecords }) => [
      one('kafka_unread_records', unreadRecords, { group, topic }),
      ...partitions.flatMap(({ partition, lagRecords, lagSeconds }) => {
        const labels = { group, topic, partition: String(partition) };
        return [one('kafka_lag_records', lagRecords, labels), one('kafka_lag_seconds', lagSeconds, labels)];
      }),
    ]),
    ...[...endsByTopic(groups)].map(([topic, end]) => one('kafka_end_offset', end, { topic })),
    one('end_to_end_latency_seconds', endToEndSeconds),
  ];
}

function endsByTopic(groups: readonly GroupView[]): Map<string, number> {
  return new Map(
    groups.map(({ topic, partitions }) => [topic, partitions.reduce((sum, { end }) => sum + end, 0)]),
  );
}

function ofFlink({ job, watermark, operators }: PipelineView): Unsure[] {
  if (job === null) return [one('job_running', 0)];
  const { checkpoint, restarts, state } = job;
  return [
    one('job_running', state === 'RUNNING' ? 1 : 0),
    one('job_restarts', restarts),
    one('checkpoints_completed', checkpoint.completed),
    one('checkpoints_failed', checkpoint.failed),
    one('checkpoint_age_seconds', inSeconds(checkpoint.ageMs)),
    one('checkpoint_duration_ms', checkpoint.durationMs),
    one('checkpoint_size_bytes', checkpoint.sizeBytes),
    one('watermark_lag_seconds', inSeconds(watermark.lagMs)),
    ...watermark.partitions.map(({ partition, lagMs }) =>
      one('watermark_lag_seconds', inSeconds(lagMs), { partition: String(partition) }),
    ),
    ...operators.flatMap(({ name, busy, backpressured, idle }, index) => {
      const labels = { operator: distinct(name, index, operators) };
      return [
        one('operator_busy', busy, labels),
        one('operator_backpressured', backpressured, labels),
        one('operator_idle', idle, labels),
      ];
    }),
  ];
}

/** `sink`, `sink 2`: two operators of one short name are two series. */
function distinct(name: string, index: number, operators: readonly { name: string }[]): string {
  const before = operators.slice(0, index).filter((other) => other.name === name).length;
  return before === 0 ? name : `${name} ${String(before + 1)}`;
}

function inSeconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1_000;
}
