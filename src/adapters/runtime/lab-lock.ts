import { dirname } from 'node:path';
import type { Report } from '../../domain/progress.js';
import { StreamlabError } from '../../errors.js';
import { makeFolder } from '../files/folders.js';

/** `Runtime.exclusively` of every runtime: under the lock of the lab's folder, saying so where it has to wait. */
export function exclusively<T>(
  folder: string,
  work: () => Promise<T>,
  { report, signal }: { report: Report; signal: AbortSignal },
): Promise<T> {
  const text = 'Another streamlab command is changing this lab: waiting for it.';
  return withLock(folder, work, {
    patienceMs: 120_000,
    signal,
    onWait: () => {
      report({ type: 'message', text });
    },
  });
}

interface LockOptions {
  patienceMs: number;
  /** The lock is another's now, or gone: this process was suspended for longer than it lasts, or the folder was deleted. */
  onLost?: () => void;
  onWait?: () => void;
  signal?: AbortSignal;
}

/**
 * Runs `work` while no other streamlab process does the same for this folder; waits for one that does. The lock
 * of a killed process goes stale after 10 s.
 * @throws StreamlabError LOCKED after `patienceMs`
 */
export async function withLock<T>(folder: string, work: () => Promise<T>, options: LockOptions): Promise<T> {
  await makeFolder(folder);
  return whileLocked(folder, work, options);
}

/** The same for a file, which need not be there yet. */
export async function withFileLock<T>(
  path: string,
  work: () => Promise<T>,
  options: LockOptions,
): Promise<T> {
  await makeFolder(dirname(path));
  return whileLocked(path, work, options);
}

async function whileLocked<T>(path: string, work: () => Promise<T>, options: LockOptions): Promise<T> {
  const end = Date.now() + options.patienceMs;
  let told = false;
  for (;;) {
    options.signal?.throwIfAborted();
    const release = await tryLock(path, options.onLost);
    if (release !== undefined) {
      try {
        return await work();
      } finally {
        await release().catch(() => undefined);
      }
    }
    if (Date.now() > end) {
      throw new StreamlabError('LOCKED', `Another streamlab command is still working on ${path}.`, {
        suggestions: ['Wait for it to end, or end it, and try again.'],
      });
    }
    if (!told) options.onWait?.();
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

async function tryLock(path: string, onLost?: () => void): Promise<(() => Promise<void>) | undefined> {
  // Loaded here: most commands lock nothing.
  const { lock } = await import('proper-lockfile');
  try {
    // A lost lock is noticed by the next holder, not by a crash here; whoever works for long wants to know.
    return await lock(path, {
      stale: 10_000,
      update: 2_500,
      realpath: false,
      onCompromised: () => onLost?.(),
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ELOCKED') return undefined;
    throw error;
  }
}
