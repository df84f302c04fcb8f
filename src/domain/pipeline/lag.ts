import { flinkGroup, queues } from '../clickhouse.js';
import type { CommittedOffset, PartitionEnds } from './samples.js';
import { hops } from './hops.js';
import { endsOf, lagOf } from './reducer.js';
import { passedAt, slopePerSecond } from './series.js';
import { seriesOf, type PipelineState } from './state.js';
import { trendPerSecond } from './trend.js';

export interface GroupView {
  group: string;
  /** Who reads: for people. */
  reader: string;
  topic: string;
  /**
   * End of the topic less what is committed, as Kafka's consumer-groups tool counts it. The job commits only when a
   * checkpoint completes, so this goes up between checkpoints and says little by itself.
   */
  lagRecords: number;
  /** How long ago the oldest record came that is not committed; of the slowest partition. */
  lagSeconds: number | null;
  /** Records nobody has read yet. Of the job by Flink's own reckoning; of others it is the lag. */
  unreadRecords: number;
  /** Of `unreadRecords`: above 0 it grows; 0 while it only moves to and fro. */
  trendPerSecond: number | null;
  /** Null while it does not shrink. */
  secondsToClear: number | null;
  partitions: PartitionLag[];
}

export interface PartitionLag {
  partition: number;
  begin: number;
  end: number;
  committed: number | null;
  lagRecords: number;
  lagSeconds: number | null;
  /** Of the job: records that the source has read and not yet covered by a checkpoint. */
  position: number | null;
  endPerSecond: number | null;
  /** Of the lag, over several commits: above 0 it grows; 0 while it only moves to and fro. */
  trendPerSecond: number | null;
  /** Null while it does not shrink. */
  secondsToClear: number | null;
}

const trendMs = 30_000;
/** Lag falls at commits: before it was followed over two of them, it only seems to grow. */
const leastCommits = 2;
const leastMs = (state: PipelineState): number => leastCommits * state.facts.settings.checkpointInterval;
const windowMs = (state: PipelineState): number => Math.max(trendMs, 2 * leastMs(state));

export function groupViews(state: PipelineState, now: number): GroupView[] {
  const sample = state.latest.kafka;
  if (sample === null) return [];
  return sample.groups.map(({ group, topic, partitions }) => {
    const rows = partitions.flatMap((offset) => {
      const ends = endsOf(sample, topic).find((p) => p.partition === offset.partition);
      return ends === undefined ? [] : [partitionLag(state, { group, topic, ends, offset }, now)];
    });
    return { group, topic, reader: readerOf(group), ...summed(state, group, rows, now), partitions: rows };
  });
}

/** A group by its place in the pipeline. */
export function readerOf(group: string): string {
  if (group === flinkGroup) return 'Flink job';
  return queues.some((queue) => queue.group === group) ? 'ClickHouse' : group;
}

function summed(
  state: PipelineState,
  group: string,
  rows: readonly PartitionLag[],
  now: number,
): Pick<GroupView, 'lagRecords' | 'lagSeconds' | 'unreadRecords' | 'trendPerSecond' | 'secondsToClear'> {
  const lagRecords = rows.reduce((sum, row) => sum + row.lagRecords, 0);
  const job = state.latest.flink?.job ?? null;
  // Of a job that does not run it is what it was before.
  const pending = group === flinkGroup && job?.state === 'RUNNING' ? job.pendingRecords : null;
  const unreadRecords = pending ?? lagRecords;
  const over = { windowMs: windowMs(state), leastMs: leastMs(state) };
  const trend =
    pending === null
      ? (trendPerSecond(state.series[seriesOf.lag(group)], now, over) ?? null)
      : (unreadTrend(state, now) ?? null);
  return {
    lagRecords,
    lagSeconds: rows.reduce<number | null>(
      (max, { lagSeconds }) => (lagSeconds === null ? max : Math.max(max ?? 0, lagSeconds)),
      null,
    ),
    unreadRecords,
    trendPerSecond: trend,
    secondsToClear: toClear(unreadRecords, trend),
  };
}

/** Below such a share of what comes, the two rates are the same. */
const sameShare = 0.03;

/**
 * What comes less what the job reads. Flink's own number of what is not read goes up and down with the consumer's fetches: it is
 * followed only where the rates are not known.
 */
function unreadTrend(state: PipelineState, now: number): number | undefined {
  const rates = hops(state, now);
  const [come, read] = (['raw_in', 'flink_in'] as const).map(
    (name) => rates.find(({ hop }) => hop === name)?.perSecond ?? null,
  );
  if (come === null || come === undefined || read === null || read === undefined)
    return trendPerSecond(state.series[seriesOf.pending], now, { windowMs: windowMs(state), leastMs: 0 });
  return Math.abs(come - read) <= sameShare * Math.max(come, read) ? 0 : come - read;
}

function toClear(records: number, trend: number | null): number | null {
  return trend !== null && trend < 0 && records > 0 ? records / -trend : null;
}

interface Place {
  group: string;
  topic: string;
  ends: PartitionEnds;
  offset: CommittedOffset;
}

function partitionLag(state: PipelineState, place: Place, now: number): PartitionLag {
  const { group, topic, ends, offset } = place;
  const { partition, begin, end } = ends;
  const splits = group === flinkGroup ? (state.latest.flink?.job?.splits ?? []) : [];
  const lagRecords = lagOf(ends, offset.committed);
  const endPerSecond =
    slopePerSecond(state.series[seriesOf.partitionEnd(topic, partition)], now, trendMs) ?? null;
  const behind = state.series[seriesOf.partitionLag(group, partition)];
  const over = { windowMs: windowMs(state), leastMs: leastMs(state) };
  const trend = trendPerSecond(behind, now, over) ?? null;
  return {
    partition,
    begin,
    end,
    committed: offset.committed,
    lagRecords,
    lagSeconds: lagSeconds(state, place, now),
    position: splits.find((split) => split.partition === partition)?.position ?? null,
    endPerSecond,
    trendPerSecond: trend,
    secondsToClear: toClear(lagRecords, trend),
  };
}

/**
 * For how long the oldest record that is not committed has been there: since the topic's end passed the committed
 * offset, or, where that was before the first look, since the record's own timestamp. 0 where only transaction markers are left.
 */
function lagSeconds(state: PipelineState, { group, topic, ends, offset }: Place, now: number): number | null {
  const lag = lagOf(ends, offset.committed);
  if (lag === 0 || offset.headAt === null) return 0;
  const { partition } = ends;
  const cleared = state.readToEnd[seriesOf.partitionLag(group, partition)];
  const readTo = cleared?.committed === offset.committed ? cleared.end : undefined;
  const committed = readTo ?? offset.committed ?? ends.begin;
  const since =
    passedAt(state.series[seriesOf.partitionEnd(topic, partition)] ?? [], committed) ??
    passedAt(state.series[seriesOf.hourOfEnds(topic, partition)] ?? [], committed) ??
    offset.headAt;
  return since === undefined ? null : Math.max(0, (now - since) / 1_000);
}
