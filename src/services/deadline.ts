/**
 * Works under a signal that is aborted with the given one, or with a `TimeoutError` after so many milliseconds. Once the
 * work has ended, the signal follows neither.
 *
 * Not `AbortSignal.any([signal, AbortSignal.timeout(ms)])`: neither signal keeps the other alive, so in Node 20 the next
 * garbage collection takes the deadline away, and the wait has no end. Besides, each `any` stays in the memory of a signal
 * that lives on, 2 kB a time.
 */
export async function withDeadline<T>(
  signal: AbortSignal,
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const bounded = new AbortController();
  const follow = (): void => {
    bounded.abort(signal.reason);
  };
  if (signal.aborted) follow();
  signal.addEventListener('abort', follow, { once: true });
  const timer = setTimeout(() => {
    bounded.abort(new DOMException('The deadline has passed.', 'TimeoutError'));
  }, timeoutMs);
  try {
    return await work(bounded.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', follow);
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

/** Resolves when the work has ended, however, or the signal is aborted; leaves nothing at the signal. */
export async function endedOrAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const end = (): void => {
      signal.removeEventListener('abort', end);
      resolve();
    };
    signal.addEventListener('abort', end, { once: true });
    work.then(end, end);
  });
}
