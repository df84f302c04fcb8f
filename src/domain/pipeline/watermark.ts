import type { JobSample, SplitSample } from './samples.js';
import type { PipelineState, RawPartition } from './state.js';

export interface WatermarkView {
  /** Event time up to which the job takes its input for complete; null before the first watermark. */
  at: number | null;
  lagMs: number | null;
  partitions: WatermarkPartition[];
  /** The partition that holds it back: the others are ahead of it. */
  heldBy: number | null;
}

export interface WatermarkPartition {
  partition: number;
  at: number | null;
  lagMs: number | null;
  /** Since its newest record came; null where that is not known. */
  silentMs: number | null;
  state: PartitionState;
}

/**
 * `silent`: nothing comes, and the watermark waits for it. `idle`: nothing comes, and Flink no longer waits for it.
 * `stuck`: records come, but none moves its watermark. `none`: it has no watermark yet.
 */
export type PartitionState = 'moving' | 'silent' | 'idle' | 'stuck' | 'none';

/** A silence shorter than this is a pause. */
export const silentFromMs = 3_000;
/** So far behind the others a partition holds the watermark back. */
const heldFromMs = 3_000;
const stuckFromMs = 10_000;

export function watermarkView(state: PipelineState, now: number): WatermarkView {
  const job = state.latest.flink?.job ?? null;
  const at = watermarkOf(job);
  const partitions = (job?.splits ?? []).map((split) => watermarkPartition(state, split, now));
  return { at, lagMs: at === null ? null : now - at, partitions, heldBy: holder(partitions) };
}

/** The lowest that arrives behind the source: there what comes late is judged. */
export function watermarkOf(job: JobSample | null): number | null {
  const operators = job?.operators ?? [];
  const behind = operators.filter(({ inputs }) => inputs.length > 0);
  const subtasks = (behind.length > 0 ? behind : operators).flatMap((operator) => operator.subtasks);
  const known = subtasks.map(({ watermark }) => watermark).filter((at) => at !== null);
  return known.length === 0 ? null : Math.min(...known);
}

function holder(partitions: readonly WatermarkPartition[]): number | null {
  const waitedFor = partitions.filter((p) => p.state !== 'idle');
  const [slowest, next] = [...waitedFor].sort((a, b) => (a.at ?? -Infinity) - (b.at ?? -Infinity));
  const ahead = next?.at ?? null;
  if (slowest === undefined || ahead === null) return null;
  return ahead - (slowest.at ?? -Infinity) >= heldFromMs ? slowest.partition : null;
}

function watermarkPartition(state: PipelineState, split: SplitSample, now: number): WatermarkPartition {
  const known = state.raw.find(({ partition }) => partition === split.partition);
  const arrivedAt = known?.arrivedAt ?? null;
  const silentMs = arrivedAt === null ? null : Math.max(0, now - arrivedAt);
  return {
    partition: split.partition,
    at: split.watermark,
    lagMs: split.watermark === null ? null : now - split.watermark,
    silentMs,
    state: stateOf(split, known, silentMs, now),
  };
}

function stateOf(
  split: SplitSample,
  known: RawPartition | undefined,
  silentMs: number | null,
  now: number,
): PartitionState {
  if (split.idle !== null && split.idle > 0.5) return 'idle';
  if (silentMs !== null && silentMs >= silentFromMs) return 'silent';
  if (split.watermark === null) return 'none';
  const stillMs = now - (known?.movedAt ?? now);
  return stillMs >= stuckFromMs ? 'stuck' : 'moving';
}
