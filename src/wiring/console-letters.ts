import { randomUUID } from 'node:crypto';
import type { LettersBackend } from '../adapters/console/letter-routes.js';
import type { Config } from '../domain/config.js';
import { letterCounts, letterPage, letterRow } from '../domain/console/letter-answer.js';
import { listRequest, replayOrder, taskId } from '../domain/console/letter-request.js';
import { defaultAttempts } from '../domain/dlq/replay-plan.js';
import { StreamlabError } from '../errors.js';
import { withDeadline } from '../services/deadline.js';
import { ReplayDesk, type DeskTools } from '../services/replay-desk.js';
import { runDlqReplay } from './dlq-replay.js';
import { runList } from './letter-list.js';
import { runShow } from './letter-show.js';
import { runLetterStats } from './letter-stats.js';

/** Reading ten million letters takes longer; whoever wants that has the command line. */
const limitMs = 30_000;
const report = (): void => undefined;

export interface ConsoleLetters extends LettersBackend {
  close(): Promise<void>;
}

/** The dead letters of the lab, as the console asks for them. */
export function consoleLetters(config: Config, onDefect: DeskTools['onDefect']): ConsoleLetters {
  const desk = new ReplayDesk({
    run: (order, { dryRun, ...call }) => runReplay(config, order, dryRun, call),
    now: Date.now,
    newId: randomUUID,
    onDefect,
  });
  return {
    list: (params, signal) =>
      inTime(signal, async (within) => {
        const { filter, limit } = listRequest(params, Date.now());
        const call = { filter, limit, report, signal: within };
        const { letters, more, complete, unreadable } = await runList(config, call, letterRow);
        return { letters: letters.reverse(), more, complete, unreadable };
      }),
    counts: (params, signal) =>
      inTime(signal, async (within) => {
        const { filter } = listRequest(params, Date.now());
        return letterCounts(await runLetterStats(config, { filter, report, signal: within }));
      }),
    show: (target, isWhole, signal) =>
      inTime(signal, async (within) => {
        const shown = await runShow(config, { target, report, signal: within });
        const { stories, settings, more } = shown;
        return { letters: stories.map((story) => letterPage(story, settings, isWhole)), more };
      }),
    dryRun: (body) => desk.dryRun(replayOrder(body, Date.now())),
    confirm: (body) => desk.confirm(taskId(body)),
    stop: (body) => desk.stop(taskId(body)),
    task: (id) => desk.task(id),
    replays: () => desk.replays(),
    close: () => desk.close(),
  };
}

function runReplay(
  config: Config,
  order: Parameters<DeskTools['run']>[0],
  dryRun: boolean,
  call: Pick<Parameters<DeskTools['run']>[1], 'report' | 'signal'>,
): ReturnType<DeskTools['run']> {
  return runDlqReplay(config, {
    ...order,
    ...call,
    dryRun,
    // The page has asked.
    yes: true,
    confirm: () => Promise.resolve(),
    force: false,
    maxAttempts: defaultAttempts,
    skippedFile: undefined,
  });
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
