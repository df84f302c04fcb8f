import type { Observation, Samples, SourceName } from '../domain/pipeline/samples.js';
import { reasonOf } from '../errors.js';
import { endedOrAborted, rejectedOn, withDeadline } from './deadline.js';

/** One look at each system that is looked at. A look that throws is an observation too. */
export type Looks = { readonly [S in SourceName]?: (signal: AbortSignal) => Promise<Samples[S]> };

export interface ObserveTools {
  looks: Looks;
  clock: { now: () => number; sleep: (ms: number, signal: AbortSignal) => Promise<void> };
  /** Receives every observation. */
  emit: (observation: Observation) => void;
  /** How many times slower than `paces` to look now; 1 where it is absent. */
  slowness?: () => number;
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
 * the next begins after the last has ended, also where it was given up and does not heed the signal.
 */
export async function observe(tools: ObserveTools): Promise<void> {
  const looks = Object.entries(tools.looks) as [SourceName, Look][];
  await Promise.all(looks.map(([source, look]) => watch(source, look, tools)));
}

type Look = (signal: AbortSignal) => Promise<unknown>;

async function watch(source: SourceName, look: Look, tools: ObserveTools): Promise<void> {
  const { clock, signal, slowness = () => 1 } = tools;
  while (!signal.aborted) {
    const begun = clock.now();
    await lookOnce(source, look, tools);
    const left = paces[source].everyMs * slowness() - (clock.now() - begun);
    if (left > 0) await clock.sleep(left, signal).catch(() => undefined);
  }
}

async function lookOnce(
  source: SourceName,
  look: Look,
  { clock, emit, signal }: ObserveTools,
): Promise<void> {
  const { deadlineMs } = paces[source];
  let ended: Promise<unknown> = Promise.resolve();
  try {
    const sample = await withDeadline(signal, deadlineMs, (bounded) => {
      const running = look(bounded);
      ended = running.catch(() => undefined);
      return Promise.race([running, rejectedOn(bounded)]);
    });
    emit({ source, at: clock.now(), sample } as Observation);
  } catch (error) {
    if (signal.aborted) return;
    emit({ source, at: clock.now(), failure: failureOf(error, deadlineMs) });
    await endedOrAborted(ended, signal);
  }
}

function failureOf(error: unknown, deadlineMs: number): string {
  const isDeadline = error instanceof Error && error.name === 'TimeoutError';
  return isDeadline ? `no answer within ${String(deadlineMs / 1_000)} s` : reasonOf(error);
}
