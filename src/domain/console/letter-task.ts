import type { LetterJson } from '../dlq/letter-json.js';
import type { LetterStoryJson } from '../dlq/letter-page.js';
import type { LetterOptions } from '../dlq/filter.js';
import type { ViewLine } from '../dlq/payload-view.js';
import type { ReplayResult } from '../dlq/replay-result.js';
import type { ProgressEvent } from '../progress.js';

/** What the console lets a process of its own do with dead letters. */
export type LetterTask =
  | { kind: 'list'; options: LetterOptions; nowMs: number; limit: number }
  /** @see `dlq show`: a place, or an event's id */
  | { kind: 'show'; target: string }
  | ({ kind: 'replay'; dryRun: boolean } & ReplayOrder);

/** Which letters are replayed, and how. */
export interface ReplayOrder {
  options: LetterOptions;
  /** What durations among the options count back from, epoch milliseconds. */
  nowMs: number;
  /** The filters as they were given, for the journal. */
  selection: string;
  /** A JSONata expression, or the rules that ship with streamlab. */
  fix: { expression: string } | { file: 'all' } | null;
  limit: number | null;
}

/** The newest letters that were asked for, newest last. */
export interface LetterList {
  letters: LetterJson[];
  /** Older ones that match as well. */
  more: number;
  /** Everything was read: `more` and `unreadable` are exact. */
  complete: boolean;
  unreadable: number;
}

export interface LetterStories {
  letters: LetterStoryJson[];
  /** The page of `dlq show` for each of them, line by line. */
  pages: ViewLine[][];
  /** Further letters of the event. */
  more: number;
}

export interface LetterAnswers {
  list: LetterList;
  show: LetterStories;
  replay: ReplayResult;
}

/** What such a process says: how far it is, and at the end one of the others. */
export type LetterMessage =
  | { progress: ProgressEvent }
  | { answer: LetterAnswers[LetterTask['kind']] }
  | { failure: { code: string; message: string; suggestions: readonly string[] } }
  | { defect: string };
