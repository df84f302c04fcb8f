import type { LetterJob } from '../adapters/console/letter-process.js';
import type { Config } from '../domain/config.js';
import type { LetterAnswers, LetterMessage, LetterTask } from '../domain/console/letter-task.js';
import { letterCounts, letterPage, letterRow } from '../domain/console/letter-answer.js';
import type { LetterFilter } from '../domain/dlq/filter.js';
import { defaultAttempts } from '../domain/dlq/replay-plan.js';
import type { Report } from '../domain/progress.js';
import { reasonOf, StreamlabError } from '../errors.js';
import { runDlqReplay } from './dlq-replay.js';
import { runList } from './letter-list.js';
import { runShow } from './letter-show.js';
import { runLetterStats } from './letter-stats.js';

// One task of the console's with dead letters, in a process of its own (src/adapters/console/letter-process.ts). It ends
// with its answer, or when nobody waits for that any more.

const progressEveryMs = 200;
/** Beyond what a replay takes to end. */
const exitMs = 20_000;

const end = new AbortController();
function interrupt(): void {
  end.abort(new StreamlabError('INTERRUPTED', 'Interrupted.'));
  setTimeout(() => process.exit(1), exitMs).unref();
}
// Not `once`: signal-exit, which comes with the lock of the lab, kills a process whose only listener has gone by its turn.
process.on('SIGTERM', interrupt);
// A console in the foreground gets Ctrl-C, and so does this.
process.on('SIGINT', interrupt);
process.once('disconnect', interrupt);
process.once('message', (job: LetterJob) => {
  void work(job);
});

async function work({ config, task }: LetterJob): Promise<void> {
  await tell(await outcomeOf(config, task));
  process.removeListener('disconnect', interrupt);
  if (process.connected) process.disconnect();
  process.exit();
}

async function outcomeOf(config: Config, task: LetterTask): Promise<LetterMessage> {
  try {
    return { answer: await done(config, task) };
  } catch (error) {
    if (!(error instanceof StreamlabError))
      return { defect: (error instanceof Error ? error.stack : undefined) ?? reasonOf(error) };
    const { code, message, suggestions } = error;
    return { failure: { code, message, suggestions } };
  }
}

function done(config: Config, task: LetterTask): Promise<LetterAnswers[LetterTask['kind']]> {
  switch (task.kind) {
    case 'list':
      return list(config, task);
    case 'counts':
      return counts(config, task.filter);
    case 'show':
      return show(config, task);
    case 'replay':
      return replay(config, task);
  }
}

async function list(
  config: Config,
  { filter, limit }: Extract<LetterTask, { kind: 'list' }>,
): Promise<LetterAnswers['list']> {
  const call = { filter, limit, report, signal: end.signal };
  const { letters, more, complete, unreadable } = await runList(config, call, letterRow);
  return { letters: letters.reverse(), more, complete, unreadable };
}

async function counts(config: Config, filter: LetterFilter): Promise<LetterAnswers['counts']> {
  return letterCounts(await runLetterStats(config, { filter, report, signal: end.signal }));
}

async function show(
  config: Config,
  { target, isWhole }: Extract<LetterTask, { kind: 'show' }>,
): Promise<LetterAnswers['show']> {
  const { stories, more, settings } = await runShow(config, { target, report, signal: end.signal });
  const page = (story: (typeof stories)[number]) => letterPage(story, settings, isWhole, stories.length);
  return { letters: stories.map(page), more };
}

function replay(
  config: Config,
  { order, dryRun }: Extract<LetterTask, { kind: 'replay' }>,
): Promise<LetterAnswers['replay']> {
  return runDlqReplay(config, {
    ...order,
    dryRun,
    // The page has asked.
    yes: true,
    confirm: () => Promise.resolve(),
    force: false,
    maxAttempts: defaultAttempts,
    skippedFile: undefined,
    report,
    signal: end.signal,
  });
}

let toldAt = -Infinity;
function report(...[event]: Parameters<Report>): void {
  if (event.type !== 'step') return;
  const isUnderWay = event.state === 'running' && event.fraction !== undefined;
  if (isUnderWay && Date.now() - toldAt < progressEveryMs) return;
  toldAt = Date.now();
  void tell({ progress: event });
}

function tell(message: LetterMessage): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected) resolve();
    else
      process.send?.(message, undefined, undefined, () => {
        resolve();
      });
  });
}
