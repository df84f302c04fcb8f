import type { FlinkSample, Observation, SourceName } from './samples.js';
import type { Change, PipelineState, SourceHealth } from './state.js';

/** How the systems are called in sentences. */
export const sourceTitles: Record<SourceName, string> = {
  flink: 'Flink',
  kafka: 'Kafka',
  clickhouse: 'ClickHouse',
  letters: 'The dead-letter topic',
  services: 'The runtime',
};

const changesKept = 100;

/** Takes down the sample, whether the system answered, and what changed by it. */
export function heard(state: PipelineState, observation: Observation): PipelineState {
  const { source, at } = observation;
  const before = state.health[source];
  const changes = changesBy(state, observation).map((sentence): Change => ({ at, sentence }));
  const now: SourceHealth =
    observation.failure === undefined
      ? { answeredAt: at, silentSince: null, failure: null }
      : { ...before, silentSince: before.silentSince ?? at, failure: observation.failure };
  return {
    ...state,
    latest:
      observation.failure === undefined ? { ...state.latest, [source]: observation.sample } : state.latest,
    health: { ...state.health, [source]: now },
    changes: changes.length === 0 ? state.changes : [...changes, ...state.changes].slice(0, changesKept),
  };
}

function changesBy(state: PipelineState, observation: Observation): string[] {
  const { source, at } = observation;
  const { silentSince, answeredAt } = state.health[source];
  const title = sourceTitles[source];
  if (observation.failure !== undefined) {
    return silentSince === null && answeredAt !== null
      ? [`${title} stopped answering: ${observation.failure}`]
      : [];
  }
  const back =
    silentSince === null ? [] : [`${title} answers again, after ${seconds(at - silentSince)} s of silence`];
  if (observation.source === 'flink') return [...back, ...jobChanges(state.latest.flink, observation.sample)];
  return back;
}

function jobChanges(before: FlinkSample | null, now: FlinkSample): string[] {
  if (before === null) return [];
  const changes: string[] = [];
  if (now.taskManagers !== before.taskManagers) {
    changes.push(`${String(now.taskManagers)} TaskManager(s), ${String(before.taskManagers)} before`);
  }
  const [was, is] = [before.job?.state ?? 'no job', now.job?.state ?? 'no job'];
  if (was !== is) changes.push(`The job is ${is}, ${was} before`);
  return changes;
}

function seconds(ms: number): string {
  return String(Math.max(1, Math.round(ms / 1_000)));
}
