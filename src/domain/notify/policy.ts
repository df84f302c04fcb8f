import { pause, type Budget, type Reading } from './answer.js';

export interface Backoff {
  firstMs: number;
  mostMs: number;
}

export const backoff: Backoff = { firstMs: 1_000, mostMs: 300_000 };

/** What to do after an answer. */
export type Decision =
  | { do: 'deliver' }
  /** The same once more at `atMs`, and nothing else to this channel, or to this host, before. */
  | { do: 'retry'; atMs: number; reason: string; everywhere: boolean }
  | { do: 'stop'; reason: string; next: string }
  | { do: 'drop'; reason: string };

/**
 * Milliseconds before the next attempt: drawn from none to an upper bound that doubles with each failure ("full jitter",
 * Marc Brooker, Exponential Backoff And Jitter, 2015), so that those who failed together do not come back together.
 * @param failures how many there were in a row, from 1
 * @param random from 0 to less than 1
 */
export function backoffMs(failures: number, random: number, { firstMs, mostMs }: Backoff = backoff): number {
  // 2^30 seconds is past every bound, and keeps the number finite.
  const bound = Math.min(mostMs, firstMs * 2 ** Math.min(30, failures - 1));
  return Math.ceil(bound * random);
}

/**
 * Decides what to do after an answer.
 * @param failures how often this one failed in a row, with this time
 */
export function decide(reading: Reading, nowMs: number, failures: number, random: number): Decision {
  switch (reading.says) {
    case 'accepted':
      return { do: 'deliver' };
    case 'limited':
      return {
        do: 'retry',
        atMs: nowMs + (reading.pauseMs ?? Math.max(backoff.firstMs, backoffMs(failures, random))),
        reason: 'too many requests (HTTP 429)',
        everywhere: reading.everywhere,
      };
    case 'failed': {
      const waitMs = Math.max(reading.pauseMs ?? 0, backoffMs(failures, random));
      return { do: 'retry', atMs: nowMs + pause(waitMs), reason: reading.reason, everywhere: false };
    }
    case 'closed':
      return { do: 'stop', reason: reading.reason, next: reading.next };
    case 'refused':
      return { do: 'drop', reason: reading.reason };
  }
}

/**
 * When an address may be asked again. What its answers allow is counted down with each request, also with those that had
 * no answer: the server has counted them.
 */
export class Pace {
  private left = Number.POSITIVE_INFINITY;
  private resetAt = 0;

  constructor(private notBefore = 0) {}

  /** Epoch milliseconds. */
  readyAt(): number {
    return this.left > 0 ? this.notBefore : Math.max(this.notBefore, this.resetAt);
  }

  waitUntil(at: number): void {
    this.notBefore = Math.max(this.notBefore, at);
  }

  /** Before a request. */
  spend(nowMs: number): void {
    if (nowMs >= this.resetAt) this.left = Number.POSITIVE_INFINITY;
    this.left -= 1;
  }

  /** After an answer. */
  allow({ requests, ms }: Budget, nowMs: number): void {
    this.left = requests;
    this.resetAt = nowMs + ms;
  }
}
