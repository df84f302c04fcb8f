import type { ProcessRecord } from '../../../domain/lab-state.js';
import { StreamlabError } from '../../../errors.js';
import { lastLines } from '../log-files.js';
import { waitUntilReady } from '../readiness.js';
import type { StartRequest } from '../runtime.js';
import type { LocalService } from './services.js';

const readyTimeoutMs = 90_000;

/**
 * Waits until a service of the lab answers, and says so.
 * @throws StreamlabError SERVICE_FAILED, TIMED_OUT
 */
export async function serviceReady(
  service: LocalService,
  probe: () => Promise<string | undefined>,
  {
    process: starting,
    port,
    logFile,
    isStarted,
    onCrash,
    request: { report, signal },
  }: {
    process: ProcessRecord | Promise<ProcessRecord> | undefined;
    port: number | undefined;
    logFile: string;
    isStarted: boolean;
    /** Called when the service is a JVM that crashed. */
    onCrash: () => Promise<void>;
    request: StartRequest;
  },
): Promise<void> {
  const process = await starting;
  if (process === undefined) throw new StreamlabError('SERVICE_FAILED', `${service} was not started.`);
  const begun = Date.now();
  const step = { type: 'step', id: service, title: service } as const;
  try {
    await waitUntilReady({ service, process, port, logFile, probe, timeoutMs: readyTimeoutMs, signal });
  } catch (error) {
    report({ ...step, state: 'failed' });
    if (await hasCrashed(logFile)) await onCrash();
    throw error;
  }
  const detail = isStarted ? `ready after ${((Date.now() - begun) / 1000).toFixed(1)}s` : 'already running';
  report({ ...step, state: 'done', detail });
}

/** The first line of what a JVM says when it is killed by its own fault (SIGSEGV, SIGBUS). */
async function hasCrashed(logFile: string): Promise<boolean> {
  const crash = 'A fatal error has been detected by the Java Runtime Environment';
  return (await lastLines(logFile, 200)).some((line) => line.includes(crash));
}
