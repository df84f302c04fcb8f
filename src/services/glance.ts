import { observed } from '../domain/pipeline/reducer.js';
import { sourceNames, type LabFacts, type Observation, type SourceName } from '../domain/pipeline/samples.js';
import { nothingSeen, type PipelineState } from '../domain/pipeline/state.js';

export interface GlanceTools {
  facts: LabFacts;
  /** Looks at every system until the signal is aborted. */
  observe: (emit: (observation: Observation) => void, signal: AbortSignal) => Promise<void>;
  /** Aborted when it has taken long enough. */
  deadline: AbortSignal;
  signal: AbortSignal;
}

/** Rates need several looks; the others say all at once. */
const looksWanted: Readonly<Record<SourceName, number>> = {
  flink: 3,
  kafka: 4,
  clickhouse: 3,
  letters: 1,
  services: 1,
};

/**
 * Looks at every system just long enough for rates. One that does not answer is not waited for again: the state says so.
 */
export async function glance({ facts, observe, deadline, signal }: GlanceTools): Promise<PipelineState> {
  const enough = new AbortController();
  const looks = new Map<SourceName, number>();
  let state = nothingSeen(facts);
  const emit = (observation: Observation): void => {
    const { source, failure } = observation;
    state = observed(state, observation);
    looks.set(source, failure === undefined ? (looks.get(source) ?? 0) + 1 : Infinity);
    if (sourceNames.every((name) => (looks.get(name) ?? 0) >= looksWanted[name])) enough.abort();
  };
  await observe(emit, AbortSignal.any([enough.signal, deadline, signal]));
  signal.throwIfAborted();
  return state;
}
