import { asCommand, type ReplayOrder } from '../domain/console/letter-request.js';
import { shownResult, type ReplayTask } from '../domain/console/replay-task.js';
import { replayQuestion, type ReplayResult } from '../domain/dlq/replay-result.js';
import type { ProgressEvent } from '../domain/progress.js';
import { StreamlabError } from '../errors.js';

export interface DeskTools {
  /** Plans the replay or does it, as `dlq replay` would. */
  run: (
    order: ReplayOrder,
    call: { dryRun: boolean; report: (event: ProgressEvent) => void; signal: AbortSignal },
  ) => Promise<ReplayResult>;
  now: () => number;
  newId: () => string;
  /** Receives what happens, a sentence each. */
  say: (sentence: string) => void;
  /** Receives what went wrong and is no StreamlabError. */
  onDefect: (error: unknown) => void;
}

interface Kept {
  task: ReplayTask;
  order: ReplayOrder;
  end: AbortController;
  over: Promise<void>;
  /** Epoch milliseconds; undefined while it runs. */
  endedAt: number | undefined;
}

/** What a dry run said is old so long after it has said it. */
const validMs = 15 * 60_000;
const mostKept = 20;
const mostDryRuns = 2;

/**
 * Replays that a page asks for: nothing is sent but what a dry run showed, and that once. Answers come at once; a task goes on
 * without its page, and tells how far it is when it is asked.
 */
export class ReplayDesk {
  readonly #kept = new Map<string, Kept>();

  constructor(private readonly tools: DeskTools) {}

  /** @throws StreamlabError LOCKED while others run */
  dryRun(order: ReplayOrder): ReplayTask {
    if (this.#running('dryRun').length >= mostDryRuns)
      throw new StreamlabError('LOCKED', 'Other dry runs are under way.', {
        suggestions: ['Wait for them, or stop one.'],
      });
    return this.#begin('dryRun', order);
  }

  /**
   * Sends what a dry run showed.
   * @throws StreamlabError NOT_FOUND, INVALID_USAGE for one that has nothing to confirm any more, LOCKED while another replay
   *   runs
   */
  confirm(id: string): ReplayTask {
    const { task, order, endedAt = 0 } = this.#find(id);
    if (task.question === null)
      throw new StreamlabError(
        'INVALID_USAGE',
        'There is nothing to confirm: this was sent, or has no dry run.',
        {
          suggestions: ['Make a dry run first.'],
        },
      );
    if (this.tools.now() - endedAt > validMs)
      throw new StreamlabError('INVALID_USAGE', 'This dry run is too old to be relied on.', {
        suggestions: ['Make a new dry run.'],
      });
    if (this.#running('replay').length > 0)
      throw new StreamlabError('LOCKED', 'Another replay is under way.', {
        suggestions: ['Wait until it has ended, and make a new dry run.'],
      });
    task.question = null;
    return this.#begin('replay', order);
  }

  /** Ends a task; what a replay has sent stays sent. */
  stop(id: string): ReplayTask {
    const { task, end } = this.#find(id);
    end.abort(new StreamlabError('INTERRUPTED', 'It was stopped.'));
    return task;
  }

  /** @throws StreamlabError NOT_FOUND */
  task(id: string): ReplayTask {
    return this.#find(id).task;
  }

  /** Replays, newest first. */
  replays(): ReplayTask[] {
    return [...this.#kept.values()].flatMap(({ task }) => (task.kind === 'replay' ? [task] : [])).reverse();
  }

  /** Ends all that is under way, and waits for it. */
  async close(): Promise<void> {
    const kept = [...this.#kept.values()];
    for (const { end } of kept) end.abort(new StreamlabError('INTERRUPTED', 'The console ends.'));
    await Promise.all(kept.map(({ over }) => over));
  }

  #find(id: string): Kept {
    const kept = this.#kept.get(id);
    if (kept !== undefined) return kept;
    throw new StreamlabError('NOT_FOUND', 'This is not known any more: the console was started anew.', {
      suggestions: ['Make a new dry run. streamlab dlq replays lists the replays that were made.'],
    });
  }

  #running(kind: ReplayTask['kind']): Kept[] {
    return [...this.#kept.values()].filter(({ task }) => task.kind === kind && task.state === 'running');
  }

  #begin(kind: ReplayTask['kind'], order: ReplayOrder): ReplayTask {
    const task: ReplayTask = {
      id: this.tools.newId(),
      kind,
      command: `${asCommand(order)}${kind === 'dryRun' ? ' --dry-run' : ''}`,
      startedAt: this.tools.now(),
      state: 'running',
      progress: null,
      result: null,
      question: null,
      failure: null,
    };
    const end = new AbortController();
    const over = this.#run(task, order, end.signal);
    const kept: Kept = { task, order, end, over, endedAt: undefined };
    void over.then(() => (kept.endedAt = this.tools.now()));
    this.#kept.set(task.id, kept);
    this.#forgetOld();
    return task;
  }

  async #run(task: ReplayTask, order: ReplayOrder, signal: AbortSignal): Promise<void> {
    const { run, say } = this.tools;
    const isReplay = task.kind === 'replay';
    if (isReplay) say(`A replay begins: ${task.command}`);
    const report = (event: ProgressEvent): void => {
      if (event.type !== 'step') return;
      task.progress = { title: event.title, detail: event.detail ?? '', fraction: event.fraction ?? null };
    };
    try {
      const result = await run(order, { dryRun: !isReplay, report, signal });
      task.result = shownResult(result);
      if (!isReplay && result.replayed > 0) task.question = replayQuestion(result);
      task.state = 'done';
      if (isReplay)
        say(`The replay ${result.replayId ?? ''} ended: ${result.replayed} of ${result.matched} were sent.`);
    } catch (error) {
      task.failure = this.#failure(error, signal);
      task.state = 'failed';
      if (isReplay) say(`The replay ended: ${task.failure.message}`);
    }
  }

  #failure(error: unknown, signal: AbortSignal): NonNullable<ReplayTask['failure']> {
    // What a replay says itself comes first, also of one that was stopped: it tells how many were sent by then.
    const told: unknown = error instanceof StreamlabError || !signal.aborted ? error : signal.reason;
    if (told instanceof StreamlabError) {
      const { code, message, suggestions } = told;
      return { code, message, suggestions };
    }
    this.tools.onDefect(error);
    return { code: 'SERVICE_FAILED', message: 'This should not have happened.', suggestions: [] };
  }

  #forgetOld(): void {
    for (const [id, { task }] of this.#kept) {
      if (this.#kept.size <= mostKept) return;
      if (task.state !== 'running') this.#kept.delete(id);
    }
  }
}
