import { setTimeout as delay } from 'node:timers/promises';
import { isTransient } from './producer-errors.js';

/** How long to try, and what ends it earlier. */
export interface Patience {
  /** Milliseconds from the first attempt on; one that was begun before is waited for. */
  forMs: number;
  /** Once aborted, nothing is tried again. */
  signal: AbortSignal;
}

/** A coordinator that finishes the transaction before is done within milliseconds, a broker that starts within seconds. */
const PAUSE_MS = { first: 5, most: 1_000 };

/** Tries until it works, the broker says that it never will, or the time is over; then the last error is thrown. */
export async function persist<T>({ forMs, signal }: Patience, attempt: () => Promise<T>): Promise<T> {
  const untilMs = performance.now() + forMs;
  for (let pauseMs = PAUSE_MS.first; ; pauseMs = Math.min(PAUSE_MS.most, pauseMs * 2)) {
    try {
      return await attempt();
    } catch (error) {
      if (!isTransient(error) || performance.now() + pauseMs >= untilMs) throw error;
      await delay(pauseMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) throw error;
    }
  }
}
