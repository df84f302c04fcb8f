import type { ReplayResult } from '../dlq/replay-result.js';

/** A dry run or a replay that the page asked for. Times are epoch milliseconds. */
export interface ReplayTask {
  id: string;
  kind: 'dryRun' | 'replay';
  /** The same as a command. */
  command: string;
  startedAt: number;
  state: 'running' | 'done' | 'failed';
  progress: { title: string; detail: string; fraction: number | null } | null;
  /** Once it is done; of the totals that change, the first hundreds. */
  result: ReplayResult | null;
  /** What is to be confirmed: of a dry run that found something to send, and that was not confirmed yet. */
  question: string | null;
  failure: { code: string; message: string; suggestions: readonly string[] } | null;
}

const totalsShown = 200;

/** The result as the page gets it. */
export function shownResult(result: ReplayResult): ReplayResult {
  return { ...result, effect: { ...result.effect, totals: result.effect.totals.slice(0, totalsShown) } };
}
