import { topics } from '../topics.js';
import { hops, type HopName } from './hops.js';
import { measurementsOfOperator } from './operator-counters.js';
import type { PipelineState } from './state.js';

/** Two say how fast something grows, and a third that it goes on. */
const measurementsWanted = 3;

/** Whether rates are known as far as they can be: who does not answer, or does not run, is not waited for. */
export function ratesAreKnown(state: PipelineState, now: number): boolean {
  const { latest, health } = state;
  const known = hops(state, now).filter(({ perSecond }) => perSecond !== null);
  const isKnown = (name: HopName): boolean => known.some(({ hop }) => hop === name);
  const isRead = latest.clickhouse?.messagesRead[topics.aggregates] !== undefined;
  return (
    (health.kafka.silentSince !== null || isKnown('raw_in')) &&
    (health.clickhouse.silentSince !== null || !isRead || isKnown('clickhouse_rows')) &&
    (health.flink.silentSince !== null || isMeasured(state))
  );
}

/** Flink counts once all tasks of a job run. */
function isMeasured(state: PipelineState): boolean {
  const job = state.latest.flink?.job ?? null;
  if (job?.state !== 'RUNNING' || job.tasks.running < job.tasks.total) return true;
  const [source] = job.operators;
  return source === undefined || measurementsOfOperator(state, source.id) >= measurementsWanted;
}
