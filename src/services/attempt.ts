import type { Channel } from '../adapters/notify/channel.js';
import { formatDuration } from '../domain/duration.js';
import type { Reading } from '../domain/notify/answer.js';
import type { Queued } from '../domain/notify/backlog.js';
import { withDeadline } from './deadline.js';

const defaultTimeoutMs = 10_000;

/**
 * One attempt to deliver, and what came of it: for a delivery, and for a test that a person waits for.
 * @throws the signal's reason when it is aborted
 */
export async function attempt(
  channel: Channel,
  queued: Queued,
  signal: AbortSignal,
  timeoutMs = defaultTimeoutMs,
): Promise<Reading> {
  try {
    return await withDeadline(signal, timeoutMs, (bounded) => channel.send(queued, bounded));
  } catch (error) {
    const isLate = error instanceof Error && error.name === 'TimeoutError';
    if (signal.aborted || !isLate) throw error;
    return { says: 'failed', reason: `no answer within ${formatDuration(timeoutMs)}` };
  }
}
