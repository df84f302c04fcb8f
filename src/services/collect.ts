import type { Measurement } from '../domain/pipeline/metrics.js';
import { reasonOf } from '../errors.js';
import { withDeadline } from './deadline.js';

/** What the collector did since it began. */
export interface CollectorStatus {
  /** Measurements that ClickHouse took. */
  written: number;
  /** Measurements that nobody took: they are not kept for later. */
  dropped: number;
  /** Epoch milliseconds of the first write that failed since the last that did not. */
  failingSince: number | null;
  failure: string | null;
}

export const idleCollector: CollectorStatus = { written: 0, dropped: 0, failingSince: null, failure: null };

export interface CollectTools {
  /** What is known now; empty where nothing is, or where somebody else writes it. */
  measure: () => Promise<readonly Measurement[]>;
  /** Writes all of them, or none. */
  write: (at: number, measurements: readonly Measurement[], signal: AbortSignal) => Promise<void>;
  clock: { now: () => number; sleep: (ms: number, signal: AbortSignal) => Promise<void> };
  /** Receives what has become of it after each batch. */
  onStatus: (status: CollectorStatus) => void;
  /** Receives a sentence when ClickHouse stops taking measurements, and when it takes them again. */
  say: (sentence: string) => void;
  signal: AbortSignal;
}

export const collectEveryMs = 5_000;
/** Less than the pace: a batch is over, or given up, before the next. */
const writeMs = 4_000;

/**
 * Writes what is known every few seconds until the signal is aborted. What cannot be written is dropped: there is one
 * batch at a time, and nothing waits for ClickHouse to come back.
 * @param status to go on from
 */
export async function collect(tools: CollectTools, status: CollectorStatus): Promise<void> {
  const { measure, clock, onStatus, say, signal } = tools;
  const isOver = (): boolean => signal.aborted;
  let now = status;
  for (;;) {
    await clock.sleep(collectEveryMs, signal).catch(() => undefined);
    if (isOver()) return;
    const measurements = await measure();
    if (measurements.length === 0) continue;
    const before = now;
    now = await written(tools, before, measurements);
    if (isOver()) return;
    onStatus(now);
    const sentence = changeOf(before, now);
    if (sentence !== undefined) say(sentence);
  }
}

async function written(
  { write, clock, signal }: CollectTools,
  status: CollectorStatus,
  measurements: readonly Measurement[],
): Promise<CollectorStatus> {
  const at = clock.now();
  try {
    await withDeadline(signal, writeMs, (bounded) => write(at, measurements, bounded));
    return { ...status, written: status.written + measurements.length, failingSince: null, failure: null };
  } catch (error) {
    return {
      ...status,
      dropped: status.dropped + measurements.length,
      failingSince: status.failingSince ?? at,
      failure: reasonOf(error),
    };
  }
}

function changeOf(before: CollectorStatus, now: CollectorStatus): string | undefined {
  if (before.failingSince === null && now.failingSince !== null)
    return `Measurements are dropped until ClickHouse takes them again: ${now.failure ?? ''}`;
  if (before.failingSince !== null && now.failingSince === null)
    return `ClickHouse takes measurements again; ${String(now.dropped)} were dropped.`;
  return undefined;
}
