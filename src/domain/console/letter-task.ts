import type { LetterFilter } from '../dlq/filter.js';
import type { ReplayResult } from '../dlq/replay-result.js';
import type { ProgressEvent } from '../progress.js';
import type { LetterCounts, LetterList, LetterPage } from './letter-answer.js';
import type { ListRequest, ReplayOrder } from './letter-request.js';

/** What the console lets a process of its own do with dead letters. */
export type LetterTask =
  | ({ kind: 'list' } & ListRequest)
  | { kind: 'counts'; filter: LetterFilter }
  /** @see `dlq show`: a place, or an event's id */
  | { kind: 'show'; target: string; isWhole: boolean }
  | { kind: 'replay'; order: ReplayOrder; dryRun: boolean };

export interface LetterAnswers {
  list: LetterList;
  counts: LetterCounts;
  show: {
    letters: LetterPage[];
    /** Further letters of the event. */
    more: number;
  };
  replay: ReplayResult;
}

/** What such a process says: how far it is, and at the end one of the others. */
export type LetterMessage =
  | { progress: ProgressEvent }
  | { answer: LetterAnswers[LetterTask['kind']] }
  | { failure: { code: string; message: string; suggestions: readonly string[] } }
  | { defect: string };
