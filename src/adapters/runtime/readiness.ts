import { setTimeout as delay } from 'node:timers/promises';
import { formatDuration } from '../../domain/duration.js';
import type { ProcessRecord } from '../../domain/lab-state.js';
import { reasonOf, StreamlabError } from '../../errors.js';
import { usefulLines } from './log-files.js';
import { portOwner } from './port-owner.js';
import { isAlive } from './processes.js';

export interface Wait {
  service: string;
  process: ProcessRecord;
  logFile: string;
  /** Resolves to undefined when the service really answers, or to a word on what it still lacks. */
  probe: () => Promise<string | undefined>;
  /** The port on which it must be this very process that answers; undefined for a service without one. */
  port: number | undefined;
  timeoutMs: number;
  signal: AbortSignal;
}

/**
 * Waits until a service answers.
 * @throws StreamlabError SERVICE_FAILED with the useful lines of its log if the process ends, TIMED_OUT if it never answers
 */
export async function waitUntilReady(wait: Wait): Promise<void> {
  const end = Date.now() + wait.timeoutMs;
  let lacking = 'no answer yet';
  for (;;) {
    wait.signal.throwIfAborted();
    try {
      const answer = (await wait.probe()) ?? (await stranger(wait));
      if (answer === undefined) return;
      lacking = answer;
    } catch (error) {
      lacking = reasonOf(error);
    }
    if (!(await isAlive(wait.process)))
      throw await failure('SERVICE_FAILED', `${wait.service} ended while it started.`, wait);
    if (Date.now() > end) {
      throw await failure(
        'TIMED_OUT',
        `${wait.service} is not ready after ${formatDuration(wait.timeoutMs)}: ${lacking}.`,
        wait,
      );
    }
    await delay(100, undefined, { signal: wait.signal });
  }
}

/**
 * Another process may have taken the port between its choice and the start of ours: it would answer in our place,
 * while ours ends for want of a port.
 */
async function stranger({ port, process }: Wait): Promise<string | undefined> {
  const owner = port === undefined ? undefined : await portOwner(port);
  return owner === undefined || owner.pid === process.pid
    ? undefined
    : `port ${port ?? ''} belongs to ${owner.name} (pid ${owner.pid})`;
}

async function failure(
  code: 'SERVICE_FAILED' | 'TIMED_OUT',
  sentence: string,
  wait: Wait,
): Promise<StreamlabError> {
  return new StreamlabError(code, sentence, {
    evidence: await usefulLines(wait.logFile),
    suggestions: [
      `The whole log: streamlab logs ${wait.service}`,
      'Check the machine with: streamlab doctor',
    ],
  });
}
