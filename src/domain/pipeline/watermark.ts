import type { SplitSample } from './samples.js';
import type { PipelineState, RawPartition } from './state.js';

export interface WatermarkView {
  /** Event time up to which the job takes its input for complete; null before the first watermark. */
  at: number | null;
  lagMs: number | null;
  partitions: WatermarkPartition[];
  /** The partition that holds it back: the others are ahead. */
  heldBy: number | null;
}

export interface WatermarkPartition {
  partition: number;
  at: number | null;
  lagMs: number | null;
  /** Since its newest record came; null where that is not known. */
  silentMs: number | null;
  /**
   * `silent`: nothing comes, and it still holds the watermark. `idle`: nothing comes, and Flink no longer waits for it.
   * `stuck`: records come, but none moves its watermark.
   */
  state: 'moving' | 'silent' | 'idle' | 'stuck' | 'none';
}

/** A silence shorter than this is a pause. */
const silentFromMs = 5_000;
/** One partition is behind the others from here on. */
const heldFromMs = 10_000;

export function watermarkView(state: PipelineState, now: number): WatermarkView {
  const job = state.latest.flink?.job;
  const partitions = (job?.splits ?? []).map((split) => watermarkPartition(state, split, now));
  const subtasks = (job?.operators ?? []).flatMap((operator) => operator.subtasks.map((s) => s.watermark));
  const known = subtasks.filter((at) => at !== null);
  const at = known.length === 0 ? null : Math.min(...known);
  return { at, lagMs: at === null ? null : now - at, partitions, heldBy: holder(partitions) };
}

function holder(partitions: readonly WatermarkPartition[]): number | null {
  const waitedFor = partitions.filter((p) => p.state !== 'idle');
  if (waitedFor.length < 2) return null;
  const [slowest, next] = [...waitedFor].sort((a, b) => (a.at ?? -Infinity) - (b.at ?? -Infinity));
  const ahead = next?.at ?? null;
  if (slowest === undefined || ahead === null) return null;
  const behind = ahead - (slowest.at ?? -Infinity);
  return behind >= heldFromMs ? slowest.partition : null;
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
): WatermarkPartition['state'] {
  const isSilent = silentMs !== null && silentMs >= silentFromMs;
  if ((split.idle ?? 0) > 0.5) return 'idle';
  if (isSilent) return 'silent';
  if (split.watermark === null) return 'none';
  const stillMs = now - (known?.movedAt ?? now);
  return stillMs >= heldFromMs && silentMs !== null ? 'stuck' : 'moving';
}
