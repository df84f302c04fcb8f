import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { inLetterProcess } from '../adapters/console/letter-process.js';
import type { LettersBackend } from '../adapters/console/letter-routes.js';
import { packageRoot } from '../adapters/files/paths.js';
import type { Config } from '../domain/config.js';
import { listRequest, replayOrder, taskId } from '../domain/console/letter-request.js';
import type { LetterAnswers, LetterTask } from '../domain/console/letter-task.js';
import { StreamlabError } from '../errors.js';
import { withDeadline } from '../services/deadline.js';
import { ReplayDesk, type DeskTools } from '../services/replay-desk.js';
import { Turns } from '../services/turns.js';

/** Reading ten million letters takes longer; whoever wants that has the command line. */
const limitMs = 30_000;
const program = join(packageRoot, 'dist', 'wiring', 'console-letter-work.js');

export interface ConsoleLetters extends LettersBackend {
  close(): Promise<void>;
}

/** The dead letters of the lab, as the console asks for them. */
export function consoleLetters(config: Config, tools: Pick<DeskTools, 'say' | 'onDefect'>): ConsoleLetters {
  const turns = new Turns(2);
  const desk = new ReplayDesk({
    ...tools,
    run: (order, { dryRun, report, signal }) =>
      inLetterProcess<'replay'>(
        program,
        { config, task: { kind: 'replay', order, dryRun } },
        { signal, onProgress: report },
      ),
    now: Date.now,
    newId: randomUUID,
  });
  function read<K extends 'list' | 'counts' | 'show'>(
    task: Extract<LetterTask, { kind: K }>,
    signal: AbortSignal,
  ): Promise<LetterAnswers[K]> {
    return turns.take(signal, () =>
      inTime(signal, (within) =>
        inLetterProcess<K>(program, { config, task }, { signal: within, onProgress: () => undefined }),
      ),
    );
  }
  return {
    list: async (params, signal) =>
      read<'list'>({ kind: 'list', ...listRequest(params, Date.now()) }, signal),
    counts: async (params, signal) =>
      read<'counts'>({ kind: 'counts', filter: listRequest(params, Date.now()).filter }, signal),
    show: (target, isWhole, signal) => read<'show'>({ kind: 'show', target, isWhole }, signal),
    dryRun: (body) => desk.dryRun(replayOrder(body, Date.now())),
    confirm: (body) => desk.confirm(taskId(body)),
    stop: (body) => desk.stop(taskId(body)),
    task: (id) => desk.task(id),
    replays: () => desk.replays(),
    close: () => desk.close(),
  };
}

async function inTime<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return withDeadline(signal, limitMs, async (within) => {
    try {
      return await work(within);
    } catch (error) {
      if (within.aborted && !signal.aborted) throw tooLong(error);
      throw error;
    }
  });
}

function tooLong(cause: unknown): StreamlabError {
  return new StreamlabError('TIMED_OUT', `Reading the dead letters took longer than ${limitMs / 1_000} s.`, {
    suggestions: ['Choose a shorter time, or use streamlab dlq list, which takes as long as it needs.'],
    cause,
  });
}
