import { fork, type ChildProcess } from 'node:child_process';
import type { Config } from '../../domain/config.js';
import type { LetterAnswers, LetterMessage, LetterTask } from '../../domain/console/letter-task.js';
import type { ProgressEvent } from '../../domain/progress.js';
import { StreamlabError, type ErrorCode } from '../../errors.js';

/** What the program is told first. */
export interface LetterJob {
  config: Config;
  task: LetterTask;
}

/** Longer than a replay takes to give up what it has under way. */
const stopMs = 25_000;

/**
 * Does a task in a process of its own, which has the memory and the processor for it, and which nothing else of the
 * console waits for. When the signal is aborted, a replay is asked to end and still answers; all else is killed.
 * @param program its module (src/wiring/console-letter-work.ts)
 * @throws StreamlabError what the task throws, SERVICE_FAILED when the process ends without an answer; the signal's reason
 */
export async function inLetterProcess<K extends LetterTask['kind']>(
  program: string,
  job: LetterJob,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (event: ProgressEvent) => void },
): Promise<LetterAnswers[K]> {
  signal.throwIfAborted();
  // Not with this process's own small heap.
  const child = fork(program, {
    execArgv: [],
    // A filter has bounds that JSON does not know.
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const isReplay = job.task.kind === 'replay' && !job.task.dryRun;
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    child.kill(isReplay ? 'SIGTERM' : 'SIGKILL');
    if (isReplay) timer = setTimeout(() => child.kill('SIGKILL'), stopMs);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return (await answerOf(child, job, onProgress)) as LetterAnswers[K];
  } catch (error) {
    // By SIGTERM a replay ends only before it has begun.
    if (signal.aborted && (!isReplay || child.signalCode === 'SIGTERM')) throw signal.reason;
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

function answerOf(
  child: ChildProcess,
  job: LetterJob,
  onProgress: (event: ProgressEvent) => void,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.on('message', (message: LetterMessage) => {
      if ('progress' in message) onProgress(message.progress);
      else if ('answer' in message) resolve(message.answer);
      else if ('failure' in message) reject(errorOf(message.failure));
      else reject(new Error(message.defect));
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      reject(endedWithoutAnswer(code, signal));
    });
    child.send(job, (error) => {
      if (error !== null) reject(error);
    });
  });
}

function errorOf({
  code,
  message,
  suggestions,
}: {
  code: string;
  message: string;
  suggestions: readonly string[];
}) {
  return new StreamlabError(code as ErrorCode, message, { suggestions });
}

function endedWithoutAnswer(code: number | null, signal: NodeJS.Signals | null): StreamlabError {
  const how = signal === null ? `with exit code ${String(code)}` : `by ${signal}`;
  return new StreamlabError('SERVICE_FAILED', `What read the dead letters ended ${how}.`, {
    suggestions: ['streamlab logs console may say why.'],
  });
}
