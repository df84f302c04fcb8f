import type { Observation, Samples, SourceName } from '../domain/pipeline/samples.js';
import { reasonOf } from '../errors.js';
import { withDeadline } from './deadline.js';

/** One look at each system. A look that throws is an observation too. */
export type Looks = { [S in SourceName]: (signal: AbortSignal) => Promise<Samples[S]> };

export interface ObserveTools {
  looks: Looks;
  clock: { now: () => number; sleep: (ms: number, signal: AbortSignal) => Promise<void> };
  /** Receives every observation. */
  emit: (observation: Observation) => void;
  signal: AbortSignal;
}

/** How often each system is looked at, and how long a look may take. Milliseconds. */
export const paces: Readonly<Record<SourceName, { everyMs: number; deadlineMs: number }>> = {
  flink: { everyMs: 2_000, deadlineMs: 5_000 },
  kafka: { everyMs: 1_000, deadlineMs: 5_000 },
  clickhouse: { everyMs: 2_000, deadlineMs: 5_000 },
  letters: { everyMs: 2_000, deadlineMs: 5_000 },
  services: { everyMs: 5_000, deadlineMs: 10_000 },
};

/**
 * Looks at every system, each at its own pace, until the signal is aborted. There is never more than one look at a system:
 * the next begins after the last has ended or was given up.
 */
export async function observe(tools: ObserveTools): Promise<void> {
  const sources = Object.keys(tools.looks) as SourceName[];
  await Promise.all(sources.map((source) => watch(source, tools)));
}

async function watch(source: SourceName, tools: ObserveTools): Promise<void> {
  const { clock, signal } = tools;
  const { everyMs } = paces[source];
  while (!signal.aborted) {
    const begun = clock.now();
    const observation = await look(source, tools);
    if (observation !== undefined) tools.emit(observation);
    await clock.sleep(Math.max(0, everyMs - (clock.now() - begun)), signal).catch(() => undefined);
  }
}

/** Undefined when it was interrupted. */
async function look(
  source: SourceName,
  { clock, looks, signal }: ObserveTools,
): Promise<Observation | undefined> {
  try {
    const ask: (signal: AbortSignal) => Promise<unknown> = looks[source];
    const sample = await withDeadline(signal, paces[source].deadlineMs, ask);
    return { source, at: clock.now(), sample } as Observation;
  } catch (error) {
    return signal.aborted ? undefined : { source, at: clock.now(), failure: reasonOf(error) };
  }
}
