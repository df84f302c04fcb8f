import type { PartitionOffsets, TopicReader } from '../adapters/kafka/reader.js';
import { flinkGroup, queues } from '../domain/clickhouse.js';
import { topics } from '../domain/topics.js';
import { auditOffsets } from './manifests.js';

/** The ends of the topics at a moment when everything before them was processed. */
export interface Snapshot {
  raw: readonly PartitionOffsets[];
  aggregates: readonly PartitionOffsets[];
  deadLetters: readonly PartitionOffsets[];
  /** The journal of replays. */
  replays: readonly PartitionOffsets[];
  /** Only where it was asked for, and where there is such a topic. */
  verdicts?: readonly PartitionOffsets[] | undefined;
}

export interface PipelineOffsets {
  reader: Pick<TopicReader, 'offsets' | 'read'>;
  /** Offsets a group has committed, by partition. */
  committed: (group: string, topic: string) => Promise<ReadonlyMap<number, number>>;
}

/** What is still on its way, in a sentence for people; or the snapshot, when nothing is. */
export type CatchUp =
  { snapshot: Snapshot; waitingFor?: undefined } | { snapshot?: undefined; waitingFor: string };

/**
 * Whether everything on the raw topic has come out at the other end.
 *
 * 1. No transaction is open on raw: a replay in flight is neither there nor not there.
 * 2. The job has committed offsets past every raw record. It does so when a checkpoint completes, and a checkpoint
 *    (aligned, as streamlab configures it) completes only after everything before it went through every operator and
 *    was flushed by the sinks.
 * 3. After that, no transaction is open on the result topics: the sinks commit theirs on the same completion, and
 *    records that wait for it are above the last stable offset.
 * 4. ClickHouse has committed offsets past every result record; it does so after the rows are in the tables.
 * 5. No transaction is open on the journal of replays, and raw has not grown meanwhile: what a replay wrote is on both
 *    or on none.
 *
 * Each step is looked at after the one before it. Offsets alone do not tell: consumers commit the offset after the
 * last record they saw, and control records of transactions are behind that. So where a committed offset is below the
 * end, the rest is read, and only a record counts.
 */
export async function lookWhetherCaughtUp(
  pipeline: PipelineOffsets,
  { withVerdicts = false }: { withVerdicts?: boolean } = {},
): Promise<CatchUp> {
  const { reader } = pipeline;
  const raw = await reader.offsets(topics.raw);
  if (hasOpenTransaction(raw)) return { waitingFor: 'a replay is being written to the raw topic' };
  const job = await recordsBehind(pipeline, flinkGroup, topics.raw, raw);
  if (job > 0)
    return { waitingFor: `the job has ${String(job)} raw records to process and cover with a checkpoint` };

  const aggregates = await reader.offsets(topics.aggregates);
  const deadLetters = await reader.offsets(topics.deadLetters);
  const verdicts = withVerdicts ? await auditOffsets(reader) : undefined;
  if ([aggregates, deadLetters, verdicts ?? []].some(hasOpenTransaction)) {
    return { waitingFor: 'the job has not committed its last results yet' };
  }
  const ends = new Map<string, readonly PartitionOffsets[]>([
    [topics.aggregates, aggregates],
    [topics.deadLetters, deadLetters],
  ]);
  for (const { topic, group } of queues) {
    const offsets = ends.get(topic);
    if (offsets === undefined) continue;
    const behind = await recordsBehind(pipeline, group, topic, offsets);
    if (behind > 0) return { waitingFor: `ClickHouse has ${String(behind)} records of ${topic} to read` };
  }
  const replays = await reader.offsets(topics.replays);
  if (hasOpenTransaction(replays)) return { waitingFor: 'a replay is being written to the journal' };
  const grown = newRecords(raw, await reader.offsets(topics.raw));
  if (grown > 0) return { waitingFor: `traffic is still flowing: ${String(grown)} new raw records` };
  return { snapshot: { raw, aggregates, deadLetters, replays, verdicts } };
}

/** By how much a topic has grown, in offsets. */
export function newRecords(before: readonly PartitionOffsets[], after: readonly PartitionOffsets[]): number {
  const known = new Map(before.map((offsets) => [offsets.partition, offsets.highWatermark]));
  return after.reduce((sum, now) => sum + now.highWatermark - (known.get(now.partition) ?? 0), 0);
}

function hasOpenTransaction(offsets: readonly PartitionOffsets[]): boolean {
  return offsets.some((partition) => partition.lastStable < partition.highWatermark);
}

/** How many offsets a group is behind, counting only partitions where records (not just markers) are left. */
async function recordsBehind(
  { reader, committed }: PipelineOffsets,
  group: string,
  topic: string,
  ends: readonly PartitionOffsets[],
): Promise<number> {
  const done = await committed(group, topic);
  let behind = 0;
  for (const { partition, begin, lastStable } of ends) {
    const from = Math.max(begin, done.get(partition) ?? begin);
    if (await hasRecord(reader, topic, { partition, from, to: lastStable })) behind += lastStable - from;
  }
  return behind;
}

const oneLookBytes = 64 * 1024;

async function hasRecord(
  reader: Pick<TopicReader, 'read'>,
  topic: string,
  range: { partition: number; from: number; to: number },
): Promise<boolean> {
  if (range.from >= range.to) return false;
  for await (const batch of reader.read(topic, [range], { fetchBytes: oneLookBytes })) {
    if (batch.length > 0) return true;
  }
  return false;
}
