import { topics } from '../topics.js';
import { heard } from './health.js';
import type {
  ClickHouseSample,
  FlinkSample,
  KafkaSample,
  Observation,
  PartitionEnds,
  SplitSample,
  WindowSample,
} from './samples.js';
import { append, seriesLength, type Series } from './series.js';
import { seriesOf, type Contributions, type PipelineState, type RawPartition } from './state.js';
import { isSameMeasurement, withOperators } from './operator-counters.js';
import { watermarkOf } from './watermark.js';

/** With so many steps a history is an hour long. */
const hourStepMs = 3_600_000 / seriesLength;

/** Windows kept; the newest of them are shown. */
const windowsKept = 60;

/** The state after a look at one system. */
export function observed(state: PipelineState, observation: Observation): PipelineState {
  const next = heard(state, observation);
  if (observation.failure !== undefined) return next;
  switch (observation.source) {
    case 'flink':
      return afterFlink(next, observation.sample, observation.at);
    case 'kafka':
      return afterKafka(next, observation.sample, observation.at);
    case 'clickhouse':
      return afterClickHouse(next, observation.sample, observation.at);
    case 'letters':
    case 'services':
      return next;
  }
}

type Values = Record<string, number | null>;

function withSeries(state: PipelineState, at: number, values: Values): PipelineState {
  const series: Record<string, Series> = { ...state.series };
  for (const [name, value] of Object.entries(values)) {
    if (value !== null) series[name] = append(series[name], at, value);
  }
  return { ...state, series };
}

function afterFlink(state: PipelineState, { job }: FlinkSample, at: number): PipelineState {
  if (job === null) return state;
  const raw = job.splits.reduce((all, split) => withSplit(all, split, at), state.raw);
  const counted = withOperators(state, job.operators, at);
  const [source] = job.operators;
  const isOld = source !== undefined && isSameMeasurement(counted, state, source.id);
  const values: Values = {
    [seriesOf.pending]: isOld ? null : job.pendingRecords,
    [seriesOf.watermark]: watermarkOf(job),
    [seriesOf.checkpointsFailed]: job.checkpoints.failed,
  };
  return { ...withSeries(counted, at, values), raw };
}

function withSplit(raw: readonly RawPartition[], split: SplitSample, at: number): readonly RawPartition[] {
  const { partition, watermark } = split;
  const known = rawPartition(raw, partition);
  if (known.watermark === watermark) return known.movedAt === null ? replaced(raw, known) : raw;
  return replaced(raw, { ...known, watermark, movedAt: at });
}

function afterKafka(state: PipelineState, sample: KafkaSample, at: number): PipelineState {
  const values: Values = {};
  for (const { topic, partitions } of sample.topics) {
    values[seriesOf.end(topic)] = partitions.reduce((sum, { end }) => sum + end, 0);
    for (const { partition, end } of partitions) {
      values[seriesOf.partitionEnd(topic, partition)] = end;
      const hour = seriesOf.hourOfEnds(topic, partition);
      if (at - (state.series[hour]?.at(-1)?.[0] ?? 0) >= hourStepMs) values[hour] = end;
    }
  }
  const readToEnd = { ...state.readToEnd };
  for (const { group, topic, partitions } of sample.groups) {
    let sum = 0;
    for (const { partition, committed, headAt } of partitions) {
      const ends = endsOf(sample, topic).find((p) => p.partition === partition);
      if (ends === undefined) continue;
      if (committed !== null && headAt === null)
        readToEnd[seriesOf.partitionLag(group, partition)] = { committed, end: ends.end };
      const lag = lagOf(ends, committed);
      sum += lag;
      values[seriesOf.partitionLag(group, partition)] = lag;
    }
    values[seriesOf.lag(group)] = sum;
  }
  const raw = endsOf(sample, topics.raw).reduce((all, ends) => withArrival(all, ends, state, at), state.raw);
  return { ...withSeries(state, at, values), raw, readToEnd };
}

export function endsOf(sample: KafkaSample, topic: string): readonly PartitionEnds[] {
  return sample.topics.find((t) => t.topic === topic)?.partitions ?? [];
}

/** As Kafka's consumer-groups tool counts it; a group that has committed nothing has all that is kept before it. */
export function lagOf(ends: PartitionEnds, committed: number | null): number {
  return Math.max(0, ends.end - (committed ?? ends.begin));
}

function withArrival(
  raw: readonly RawPartition[],
  { partition, end, newestAt }: PartitionEnds,
  before: PipelineState,
  at: number,
): readonly RawPartition[] {
  const known = rawPartition(raw, partition);
  const previous = before.series[seriesOf.partitionEnd(topics.raw, partition)]?.at(-1);
  const grown = previous !== undefined && end > previous[1] ? at : undefined;
  const arrivedAt = grown ?? known.arrivedAt ?? newestAt;
  return replaced(raw, { ...known, arrivedAt });
}

function rawPartition(raw: readonly RawPartition[], partition: number): RawPartition {
  const fresh = { partition, arrivedAt: null, watermark: null, movedAt: null };
  return raw.find((p) => p.partition === partition) ?? fresh;
}

function replaced(raw: readonly RawPartition[], changed: RawPartition): RawPartition[] {
  const others = raw.filter((p) => p.partition !== changed.partition);
  return [...others, changed].sort((a, b) => a.partition - b.partition);
}

function afterClickHouse(state: PipelineState, sample: ClickHouseSample, at: number): PipelineState {
  const counted = withWindows(state, sample.windows);
  const windows = mergedWindows(state.windows, sample.windows);
  const values: Values = {
    [seriesOf.contribution('onTime')]: counted.onTime,
    [seriesOf.contribution('late')]: counted.late,
    [seriesOf.contribution('replayed')]: counted.replayed,
  };
  for (const [topic, messages] of Object.entries(sample.messagesRead)) {
    values[seriesOf.messagesRead(topic)] = messages;
  }
  for (const { reason, total } of sample.letters.byReason) values[seriesOf.letters(reason)] = total;
  return { ...withSeries(withNewReasons(state, sample), at, values), counted, windows };
}

/** Of a reason that was not there at the last look there were none. */
function withNewReasons(state: PipelineState, { letters }: ClickHouseSample): PipelineState {
  const before = state.series[seriesOf.contribution('onTime')]?.at(-1)?.[0];
  if (before === undefined) return state;
  const fresh = letters.byReason.filter(({ reason }) => state.series[seriesOf.letters(reason)] === undefined);
  return withSeries(
    state,
    before,
    Object.fromEntries(fresh.map(({ reason }) => [seriesOf.letters(reason), 0])),
  );
}

/**
 * What came since the last look. A window that was not known is new if it is newer than all that were; an older one
 * (a replay changed it) only tells of its next change.
 */
function withWindows(state: PipelineState, windows: readonly WindowSample[]): Contributions {
  const newest = state.windows[0]?.start;
  const counted = { ...state.counted };
  for (const window of windows) {
    const known = state.windows.find((w) => w.start === window.start);
    if (known === undefined && (newest === undefined || window.start < newest)) continue;
    counted.onTime += Math.max(0, window.onTime - (known?.onTime ?? 0));
    counted.late += Math.max(0, window.late - (known?.late ?? 0));
    counted.replayed += Math.max(0, window.replayed - (known?.replayed ?? 0));
  }
  return counted;
}

function mergedWindows(known: readonly WindowSample[], found: readonly WindowSample[]): WindowSample[] {
  const byStart = new Map([...known, ...found].map((window) => [window.start, window]));
  return [...byStart.values()].sort((a, b) => b.start - a.start).slice(0, windowsKept);
}
