import { groupViews } from '../pipeline/lag.js';
import type { SourceName } from '../pipeline/samples.js';
import type { PipelineState } from '../pipeline/state.js';
import { watermarkOf } from '../pipeline/watermark.js';
import type { LabSample } from './inputs.js';
import type { JobLook } from './visible-watermark.js';

/** What the rules on the lab are judged by. A system that does not answer says nothing, whatever it said before. */
export function labSample(state: PipelineState, nowMs: number): LabSample {
  const job = isAnswering(state, 'flink') ? (state.latest.flink?.job ?? null) : null;
  const hasKafka = isAnswering(state, 'kafka') && state.latest.kafka !== null;
  const arrivals = state.raw.map(({ arrivedAt }) => arrivedAt).filter((at) => at !== null);
  return {
    at: nowMs,
    jobId: job?.id ?? null,
    lags: hasKafka
      ? groupViews(state, nowMs).map(({ group, lagSeconds }) => ({ group, seconds: lagSeconds }))
      : null,
    watermark: watermarkOf(job),
    newestRecordAt: hasKafka && arrivals.length > 0 ? Math.max(...arrivals) : null,
    checkpointsFailed: job?.checkpoints.failed ?? null,
    restarts: job?.restarts ?? null,
  };
}

/** What a look at the job says of how far its results can be read; undefined where Flink did not answer. */
export function jobLook(state: PipelineState): JobLook | undefined {
  const { answeredAt } = state.health.flink;
  const job = isAnswering(state, 'flink') ? state.latest.flink?.job : null;
  if (job === null || job === undefined || answeredAt === null) return undefined;
  return {
    at: answeredAt,
    watermark: watermarkOf(job),
    checkpointTriggeredAt: job.checkpoints.latest?.triggeredAt ?? null,
  };
}

/** Flink may be slow for a moment. */
const blindFromMs = 10_000;

/**
 * Why nothing is judged by what Flink says, so that nobody takes silence for peace; undefined where all is well. `state` is
 * undefined while the lab cannot be watched at all.
 */
export function blindness(state: PipelineState | undefined, nowMs: number): string | undefined {
  if (state === undefined) return undefined;
  const { silentSince, failure } = state.health.flink;
  if (silentSince !== null) {
    if (nowMs - silentSince < blindFromMs) return undefined;
    return `Flink does not answer (${failure ?? 'no reason given'}): no window is judged, nor the job`;
  }
  if (state.latest.flink?.job !== null) return undefined;
  return 'Flink has no job of this lab: no window closes, and none is judged';
}

function isAnswering({ health }: PipelineState, source: SourceName): boolean {
  return health[source].answeredAt !== null && health[source].silentSince === null;
}
