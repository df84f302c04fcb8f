import type {
  LetterAnswers,
  LetterList,
  LetterStories,
  LetterTask,
  ReplayOrder,
} from '../domain/console/letter-task.js';
import {
  requestedConfirmation,
  requestedLetter,
  requestedList,
  requestedReplay,
} from '../domain/console/letter-request.js';
import { replayQuestion, type ReplayResult } from '../domain/dlq/replay-result.js';
import type { ProgressEvent } from '../domain/progress.js';
import { reasonOf, StreamlabError } from '../errors.js';
import { withDeadline } from './deadline.js';
import { Turns } from './turns.js';

/** Does one task in a process of its own. A replay whose signal is aborted still answers, with what it sent until then. */
export type LetterWork = <K extends LetterTask['kind']>(
  task: Extract<LetterTask, { kind: K }>,
  call: { signal: AbortSignal; onProgress: (event: ProgressEvent) => void },
) => Promise<LetterAnswers[K]>;

export interface DryRun {
  /** Given back to start the very replay that was tried; null when it would send nothing. */
  confirmation: string | null;
  /** Epoch milliseconds until which it is good. */
  validUntil: number | null;
  /** What a person says yes to. */
  question: string | null;
  result: ReplayResult;
}

/** What is known of the console's replay. */
export type ReplayStatus =
  | { state: 'none' }
  | {
      state: 'running';
      selection: string;
      startedAt: number;
      step: string | null;
      detail: string | null;
      /** 0 to 1, where it is known. */
      fraction: number | null;
      stopping: boolean;
    }
  | { state: 'done'; selection: string; startedAt: number; endedAt: number; result: ReplayResult }
  | {
      state: 'failed';
      selection: string;
      startedAt: number;
      endedAt: number;
      error: { code: string; message: string; suggestions: readonly string[] };
    };

export interface DeskTools {
  work: LetterWork;
  now: () => number;
  /** A text that nobody guesses. */
  newId: () => string;
  /** Receives what happens, a sentence each. */
  say: (sentence: string) => void;
}

export const confirmationMs = 15 * 60_000;
const mostConfirmations = 20;
const readingMs = 60_000;
const dryRunMs = 30 * 60_000;

/**
 * Dead letters as the console browses and replays them. Nothing is sent that was not tried in a dry run before and then
 * confirmed; a replay goes on when whoever started it has closed the page.
 */
export class LetterDesk {
  private readonly reading = new Turns(2);
  private readonly trying = new Turns(1);
  private readonly confirmable = new Map<string, { order: ReplayOrder; validUntil: number }>();
  private current: ReplayStatus = { state: 'none' };
  private running: { stop: AbortController; over: Promise<void> } | undefined;

  constructor(private readonly tools: DeskTools) {}

  /** @throws StreamlabError INVALID_USAGE, TIMED_OUT, and what the lab says */
  list(params: URLSearchParams, signal: AbortSignal): Promise<LetterList> {
    return this.read<'list'>(requestedList(params, this.tools.now()), signal);
  }

  /** @throws StreamlabError NOT_FOUND, and as `list` */
  show(params: URLSearchParams, signal: AbortSignal): Promise<LetterStories> {
    return this.read<'show'>(requestedLetter(params), signal);
  }

  /** @throws StreamlabError as `list` */
  async dryRun(body: unknown, signal: AbortSignal): Promise<DryRun> {
    const order = requestedReplay(body, this.tools.now());
    const result = await this.trying.take(signal, () =>
      bounded(signal, dryRunMs, (ended) =>
        this.tools.work<'replay'>(
          { kind: 'replay', dryRun: true, ...order },
          { signal: ended, onProgress: () => undefined },
        ),
      ),
    );
    if (result.replayed === 0) return { confirmation: null, validUntil: null, question: null, result };
    const confirmation = this.tools.newId();
    const validUntil = this.tools.now() + confirmationMs;
    this.confirmable.set(confirmation, { order, validUntil });
    const [oldest] = this.confirmable.keys();
    if (this.confirmable.size > mostConfirmations && oldest !== undefined) this.confirmable.delete(oldest);
    return { confirmation, validUntil, question: replayQuestion(result), result };
  }

  /** @throws StreamlabError NEEDS_CONFIRMATION without a dry run before it, LOCKED while another replay runs */
  start(body: unknown): ReplayStatus {
    const confirmation = requestedConfirmation(body);
    if (this.running !== undefined)
      throw new StreamlabError('LOCKED', 'A replay of this console is under way.', {
        suggestions: ['Wait until it has ended, or stop it.'],
      });
    const found = this.confirmable.get(confirmation);
    this.confirmable.delete(confirmation);
    if (found === undefined || found.validUntil < this.tools.now())
      throw new StreamlabError('NEEDS_CONFIRMATION', 'This replay was not tried, or too long ago.', {
        suggestions: ['Try it first: a dry run says what it would send.'],
      });
    const stop = new AbortController();
    const over = this.replay(found.order, stop.signal).finally(() => {
      this.running = undefined;
    });
    this.running = { stop, over };
    return this.current;
  }

  status(): ReplayStatus {
    return this.current;
  }

  /** Ends the replay that runs, if one does; what it sent stays sent. */
  stop(): ReplayStatus {
    this.running?.stop.abort(new StreamlabError('INTERRUPTED', 'Interrupted.'));
    if (this.current.state === 'running') this.current = { ...this.current, stopping: true };
    return this.current;
  }

  /** Resolves when no replay runs any more. */
  async close(): Promise<void> {
    this.stop();
    await this.running?.over;
  }

  private async replay(order: ReplayOrder, signal: AbortSignal): Promise<void> {
    const { work, now, say } = this.tools;
    const facts = { selection: order.selection, startedAt: now() };
    this.current = {
      state: 'running',
      ...facts,
      step: null,
      detail: null,
      fraction: null,
      stopping: false,
    };
    say(`A replay begins${order.selection === '' ? '' : ` (${order.selection})`}.`);
    try {
      const onProgress = (event: ProgressEvent): void => {
        this.current = progressed(this.current, event);
      };
      const result = await work<'replay'>(
        { kind: 'replay', dryRun: false, ...order },
        { signal, onProgress },
      );
      this.current = { state: 'done', ...facts, endedAt: now(), result };
      say(`The replay ${result.replayId ?? ''} ended: ${result.replayed} of ${result.matched} were sent.`);
    } catch (error) {
      this.current = { state: 'failed', ...facts, endedAt: now(), error: toldError(error) };
      say(`The replay ended: ${reasonOf(error)}`);
    }
  }

  private read<K extends 'list' | 'show'>(task: LetterTask, signal: AbortSignal): Promise<LetterAnswers[K]> {
    return this.reading.take(signal, () =>
      bounded(signal, readingMs, (ended) =>
        this.tools.work<K>(task as Extract<LetterTask, { kind: K }>, {
          signal: ended,
          onProgress: () => undefined,
        }),
      ),
    );
  }
}

function progressed(status: ReplayStatus, event: ProgressEvent): ReplayStatus {
  if (status.state !== 'running' || event.type !== 'step') return status;
  return {
    ...status,
    step: event.title,
    detail: event.detail ?? null,
    fraction: event.fraction ?? null,
  };
}

function toldError(error: unknown): { code: string; message: string; suggestions: readonly string[] } {
  if (error instanceof StreamlabError)
    return { code: error.code, message: error.message, suggestions: error.suggestions };
  return { code: 'SERVICE_FAILED', message: 'This should not have happened.', suggestions: [] };
}

async function bounded<T>(
  signal: AbortSignal,
  limitMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  try {
    return await withDeadline(signal, limitMs, work);
  } catch (error) {
    if (!(error instanceof Error && error.name === 'TimeoutError')) throw error;
    throw new StreamlabError('TIMED_OUT', `It took longer than ${limitMs / 1_000} s.`, {
      suggestions: ['Choose fewer letters, for instance by since.'],
    });
  }
}
