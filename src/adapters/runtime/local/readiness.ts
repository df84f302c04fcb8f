import { setTimeout as delay } from 'node:timers/promises';
import { formatDuration } from '../../../domain/duration.js';
import type { ProcessRecord } from '../../../domain/lab-state.js';
import { reasonOf, StreamlabError } from '../../../errors.js';
import { usefulLines } from './log-files.js';
import { isAlive } from './processes.js';

export interface Wait {
  service: string;
  process: ProcessRecord;
  logFile: string;
  /** Resolves to undefined when the service really answers, or to a word on what it still lacks. */
  probe: () => Promise<string | undefined>;
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
      const answer = await wait.probe();
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
