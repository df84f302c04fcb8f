import type { ManifestMismatch } from './differences.js';
import type { ManifestFile } from './manifest.js';
import { outcomeNames, type OutcomeName } from './outcomes.js';

/** How many entries that were meant to be one thing became which: intended verdict, actual verdict, number. */
export type VerdictMatrix = Partial<Record<OutcomeName, Partial<Record<OutcomeName, number>>>>;

/** What one replay made of the entries of a manifest. */
export interface ReplaySums {
  replayId: string;
  /** Came back through it, and count. */
  counted: number;
  /** Of those: changed on the way. */
  repaired: number;
  /** Counted already, and were counted again: by force, or by mistake. */
  countedAgain: number;
  /** Were not valid again. */
  stillInvalid: number;
}

/** The entries of manifests, compared with what the topics hold. */
export interface ManifestResult {
  /** Every acknowledged record is where the broker said, and nothing was judged in a way that is wrong. */
  ok: boolean;
  files: (ManifestFile & { found: number; missing: number; different: number })[];
  entries: number;
  acknowledged: number;
  /** Acknowledged entries at whose place the record is that the manifest says. */
  found: number;
  /** At whose place nothing is. */
  missing: number;
  /** At whose place another record is, or that another entry claims too. */
  different: number;
  /** By id and partition. Those without an id cannot be looked for: `withoutId`, in neither of the other two. */
  unacknowledged: { total: number; found: number; absent: number; withoutId: number };
  /** Entries that were sent again without an answer, and how many further copies of them are on the topic. */
  resent: { entries: number; copies: number };
  /** Raw records that no manifest explains: other traffic, and replays. */
  unlisted: number;
  verdicts: {
    /** From the audit topic, which tells on time and late apart; else they are one class. */
    audited: boolean;
    /** Found entries. */
    compared: number;
    asIntended: number;
    /** All that were compared. */
    matrix: VerdictMatrix;
    /** Of the matrix: other than intended, and no mistake, as around the border of a window. */
    judgedOtherwise: VerdictMatrix;
    /** Other than intended, and a mistake. */
    wrong: number;
  };
  /** The replays of dead letters that entries had become. */
  replays: ReplaySums[];
  /** The first thousand. */
  mismatches: ManifestMismatch[];
  mismatchesTotal: number;
}

export function addToMatrix(matrix: VerdictMatrix, intended: OutcomeName, actual: OutcomeName): void {
  const row = (matrix[intended] ??= {});
  row[actual] = (row[actual] ?? 0) + 1;
}

/** The sum of all cells. */
export function matrixTotal(matrix: VerdictMatrix): number {
  let total = 0;
  for (const row of Object.values(matrix)) for (const n of Object.values(row)) total += n;
  return total;
}

/** The columns that occur, in their usual order. */
export function matrixColumns(matrix: VerdictMatrix): OutcomeName[] {
  return outcomeNames.filter((name) => Object.values(matrix).some((row) => row[name] !== undefined));
}
