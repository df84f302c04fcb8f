/**
 * Works under a signal that is aborted with the given one, or with a `TimeoutError` after so many milliseconds.
 *
 * Not `AbortSignal.any([signal, AbortSignal.timeout(ms)])`: neither signal keeps the other alive, so in Node 20 the next
 * garbage collection takes the deadline away, and the wait has no end.
 */
export async function withDeadline<T>(
  signal: AbortSignal,
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = new AbortController();
  const timer = setTimeout(() => {
    deadline.abort(new DOMException('The deadline has passed.', 'TimeoutError'));
  }, timeoutMs);
  try {
    return await work(AbortSignal.any([signal, deadline.signal]));
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Rejects when the signal is aborted: for a race with what takes no signal.
 * @param reason by default the signal's own
 */
export function rejectedOn(signal: AbortSignal, reason?: Error): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (): void => {
      reject(reason ?? (signal.reason as Error));
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
