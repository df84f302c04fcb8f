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

function isAnswering({ health }: PipelineState, source: SourceName): boolean {
  return health[source].answeredAt !== null && health[source].silentSince === null;
}
