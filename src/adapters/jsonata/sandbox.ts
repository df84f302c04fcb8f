import { fork, type ChildProcess } from 'node:child_process';
import type { FixRule } from '../../domain/dlq/fix-rules.js';
import type { Fixed, FixRequest } from '../../domain/dlq/replay-plan.js';
import { StreamlabError } from '../../errors.js';
import { compileFix, fixLimits, tookTooLong } from './expression.js';

export type ToEvaluator = { rules: readonly FixRule[] } | { requests: readonly FixRequest[] };

/** Repairs events as rules say. */
export interface Fixer {
  /**
   * One answer for each request, in order.
   * @throws StreamlabError INVALID_USAGE when a fix takes too much for too many letters; the signal's reason when it is
   *   aborted
   */
  fix(requests: readonly FixRequest[]): Promise<Fixed[]>;
  close(): void;
}

/** What jsonata cannot end by itself: one regular expression, one huge text. */
const SILENCE_MS = fixLimits.timeMs + 2_000;
/** A process starts within a second where nothing else is going on, and then gives a sign. */
const START_MS = 15_000;
const MAX_HEAP_MB = 256;
/** Letters that a fix was stopped for; each costs seconds. */
const MAX_STRIKES = 10;

const endings = {
  silent: { trouble: `${tookTooLong} ${SILENCE_MS / 1_000} s` },
  gone: { trouble: `takes more than ${MAX_HEAP_MB} MB of memory` },
} as const satisfies Record<string, Fixed>;

/**
 * A fixer whose expressions run in a process of their own, without the environment of this one: whatever they do, for one
 * letter they take a bounded time and a bounded memory.
 * @param evaluator the program of that process
 * @param signal ends that process, whatever it is doing
 * @throws StreamlabError INVALID_FILE or INVALID_USAGE for an expression that has a fault
 */
export function openFixer(rules: readonly FixRule[], evaluator: string, signal: AbortSignal): Fixer {
  for (const rule of rules) compileFix(rule);
  return new ForkedFixer(rules, evaluator, signal);
}

class ForkedFixer implements Fixer {
  private child: ChildProcess | undefined;
  /** Answers of what was stopped, by place and rule: a replay passes over its letters more than once. */
  private readonly struck = new Map<string, Fixed>();

  constructor(
    private readonly rules: readonly FixRule[],
    private readonly evaluator: string,
    private readonly signal: AbortSignal,
  ) {}

  async fix(requests: readonly FixRequest[]): Promise<Fixed[]> {
    const known = requests.map((request) => this.struck.get(strikeOf(request)));
    const answers = await this.fixNew(requests.filter((_, n) => known[n] === undefined));
    let next = 0;
    return known.map((answer) => answer ?? answers[next++] ?? { trouble: 'was not tried' });
  }

  private async fixNew(requests: readonly FixRequest[]): Promise<Fixed[]> {
    if (requests.length === 0) return [];
    const { answers } = await this.ask(requests);
    // Of what is left something ended the process: alone, it shows.
    for (const request of requests.slice(answers.length)) {
      const { answers: own, ending } = await this.ask([request]);
      const answer = own[0] ?? endings[ending ?? 'gone'];
      const tooMuch = own.length === 0 ? this.look(request, answer) : undefined;
      if (tooMuch !== undefined) throw tooMuch;
      answers.push(answer);
    }
    return answers;
  }

  close(): void {
    this.child?.kill('SIGKILL');
    this.child = undefined;
  }

  /** The answers, and why there are not more of them. */
  private ask(requests: readonly FixRequest[]): Promise<{ answers: Fixed[]; ending?: keyof typeof endings }> {
    this.signal.throwIfAborted();
    const isNew = this.child === undefined;
    const child = (this.child ??= this.start());
    return new Promise((resolve, reject) => {
      const answers: Fixed[] = [];
      let timer: NodeJS.Timeout | undefined;
      const finish = (ending?: keyof typeof endings): void => {
        clearTimeout(timer);
        child.off('message', onAnswers).off('exit', onExit);
        this.signal.removeEventListener('abort', onAbort);
        if (ending !== undefined) this.close();
        resolve(ending === undefined ? { answers } : { answers, ending });
      };
      const wait = (ms: number): void => {
        clearTimeout(timer);
        timer = setTimeout(finish, ms, 'silent');
      };
      const onAnswers = (some: unknown): void => {
        wait(SILENCE_MS);
        for (const answer of some as Fixed[]) {
          const tooMuch = this.look(requests[answers.push(answer) - 1], answer);
          if (tooMuch === undefined) continue;
          reject(tooMuch);
          finish('silent');
          return;
        }
        if (answers.length === requests.length) finish();
      };
      const onExit = (): void => {
        finish('gone');
      };
      const onAbort = (): void => {
        reject(this.signal.reason as Error);
        finish('gone');
      };
      child.on('message', onAnswers).on('exit', onExit);
      this.signal.addEventListener('abort', onAbort);
      wait(isNew ? START_MS : SILENCE_MS);
      child.send({ requests } satisfies ToEvaluator);
    });
  }

  /** An error when it was one too many that had to be stopped. */
  private look(request: FixRequest | undefined, answer: Fixed): StreamlabError | undefined {
    const { trouble } = answer;
    if (trouble === undefined || request === undefined) return undefined;
    if (trouble !== endings.gone.trouble && !trouble.startsWith(tookTooLong)) return undefined;
    this.struck.set(strikeOf(request), answer);
    if (this.struck.size < MAX_STRIKES) return undefined;
    const where = this.rules[request.rule]?.where ?? '';
    return new StreamlabError(
      'INVALID_USAGE',
      `The fix (${where}) ${trouble}, for ${MAX_STRIKES} dead letters already.`,
      { suggestions: ['Look for a loop without an end, or choose fewer letters with --reason.'] },
    );
  }

  private start(): ChildProcess {
    const child = fork(this.evaluator, [], {
      serialization: 'advanced',
      execArgv: [`--max-old-space-size=${MAX_HEAP_MB}`],
      env: {},
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    // A process that ended before it was sent something tells so by `exit`.
    child.on('error', () => undefined);
    child.send({ rules: this.rules } satisfies ToEvaluator);
    return child;
  }
}

const strikeOf = ({ place, rule }: FixRequest): string => `${place} ${rule}`;
