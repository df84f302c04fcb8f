import type { CheckpointsSample, JobSample } from './samples.js';
import { seriesOf, type PipelineState } from './state.js';

export interface JobView {
  id: string;
  state: string;
  uptimeMs: number;
  restarts: number | null;
  tasks: JobSample['tasks'];
  taskManagers: number;
  checkpoint: CheckpointView;
  lastFailure: JobSample['lastFailure'];
}

export interface CheckpointView {
  completed: number;
  failed: number;
  /** As long as the histories go back. */
  failedLately: number;
  /** Since the last one was complete. */
  ageMs: number | null;
  durationMs: number | null;
  sizeBytes: number | null;
  /** How long the present one has been under way. */
  runningMs: number | null;
  latestFailure: string | null;
}

/** Null where Flink has no job of the lab, or was never heard. */
export function jobView(state: PipelineState, now: number): JobView | null {
  const { flink } = state.latest;
  const job = flink?.job ?? null;
  if (flink === null || job === null) return null;
  const { id, state: jobState, startedAt, restarts, tasks, checkpoints, lastFailure } = job;
  return {
    id,
    state: jobState,
    uptimeMs: now - startedAt,
    restarts,
    tasks,
    taskManagers: flink.taskManagers,
    checkpoint: checkpointView(checkpoints, state.series[seriesOf.checkpointsFailed]?.[0]?.[1], now),
    lastFailure,
  };
}

function checkpointView(
  checkpoints: CheckpointsSample,
  failedBefore: number | undefined,
  now: number,
): CheckpointView {
  const { completed, failed, latest, latestFailure, runningSince } = checkpoints;
  return {
    completed,
    failed,
    failedLately: failed - Math.min(failed, failedBefore ?? failed),
    ageMs: latest === null ? null : Math.max(0, now - latest.triggeredAt - latest.durationMs),
    durationMs: latest?.durationMs ?? null,
    sizeBytes: latest?.sizeBytes ?? null,
    runningMs: runningSince === null ? null : Math.max(0, now - runningSince),
    latestFailure,
  };
}
