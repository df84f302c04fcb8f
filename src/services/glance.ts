import { ratesAreKnown } from '../domain/pipeline/known-rates.js';
import { observed } from '../domain/pipeline/reducer.js';
import { sourceNames, type LabFacts, type Observation, type SourceName } from '../domain/pipeline/samples.js';
import { nothingSeen, type PipelineState } from '../domain/pipeline/state.js';
import { withDeadline } from './deadline.js';

export interface GlanceTools {
  facts: LabFacts;
  /** Looks at every system until the signal is aborted, `slowness` times slower than usual. */
  observe: (
    emit: (observation: Observation) => void,
    signal: AbortSignal,
    slowness: () => number,
  ) => Promise<void>;
  /** As long as it may take. */
  deadlineMs: number;
  signal: AbortSignal;
}

/** Somebody waits for it. */
const slowness = 0.5;

/** Rates need several looks, over two seconds or more; the others say all at once. */
const looksWanted: Readonly<Record<SourceName, number>> = {
  flink: 3,
  kafka: 6,
  clickhouse: 3,
  letters: 1,
  services: 1,
};

/**
 * Looks at every system just long enough for rates. One that does not answer is not waited for again: the state says so.
 */
export async function glance({ facts, observe, deadlineMs, signal }: GlanceTools): Promise<PipelineState> {
  const looks = new Map<SourceName, number>();
  let state = nothingSeen(facts);
  await withDeadline(signal, deadlineMs, async (bounded) => {
    const enough = new AbortController();
    const end = (): void => {
      enough.abort();
    };
    bounded.addEventListener('abort', end);
    if (bounded.aborted) end();
    const emit = (observation: Observation): void => {
      const { source, failure, at } = observation;
      state = observed(state, observation);
      looks.set(source, failure === undefined ? (looks.get(source) ?? 0) + 1 : Infinity);
      const isLooked = sourceNames.every((name) => (looks.get(name) ?? 0) >= looksWanted[name]);
      if (isLooked && ratesAreKnown(state, at)) end();
    };
    await observe(emit, enough.signal, () => slowness);
  });
  signal.throwIfAborted();
  return state;
}
