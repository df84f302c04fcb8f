import type { ReplayRecord } from './journal.js';
import type { DeadLetter } from './letter.js';
import { skipReasons, type Skip, type SkipReason } from './replay-plan.js';

/** Dead letters a replay did not send, by why; `filtered` were read and not wanted. */
export type Skipped = Record<SkipReason | 'filtered', number>;

/** A dead letter that was not sent, and why. */
export interface SkippedLetter {
  partition: number;
  offset: number;
  /** Null where they cannot be read. */
  event_id: string | null;
  reason: string | null;
  skipped: SkipReason;
  why: string;
}

/** Letters that stay, named in the summary; `--skipped` lists all. */
const NAMED = 20;
/** These are where they belong: nobody needs to look after them. */
const settled: readonly SkipReason[] = ['alreadyReplayed', 'alreadyCounted'];

/** What a replay did so far. */
export class ReplayCount {
  replayed = 0;
  repaired = 0;
  forced = 0;
  readonly skipped: Skipped = {
    alreadyReplayed: 0,
    filtered: 0,
    unrepairable: 0,
    tooManyAttempts: 0,
    alreadyCounted: 0,
    unreadable: 0,
  };
  /** The first letters that stay and that somebody should look at. */
  readonly stay: SkippedLetter[] = [];

  /** @param onSkipped told of every letter that the filters took and that is not sent */
  constructor(private readonly onSkipped?: (letter: SkippedLetter) => void) {}

  /** Letters that the filters took. */
  get matched(): number {
    return skipReasons.reduce((sum, reason) => sum + this.skipped[reason], this.replayed);
  }

  sent({ repaired, forced }: { repaired: boolean; forced: boolean }): void {
    this.replayed++;
    if (repaired) this.repaired++;
    if (forced) this.forced++;
  }

  skip(
    { partition, offset }: { partition: number; offset: number },
    letter: DeadLetter | undefined,
    { skip, why }: Skip,
  ): void {
    this.skipped[skip]++;
    const isNamed = this.stay.length < NAMED && !settled.includes(skip);
    if (!isNamed && this.onSkipped === undefined) return;
    const skipped: SkippedLetter = {
      partition,
      offset,
      event_id: letter?.eventId ?? null,
      reason: letter?.reason ?? null,
      skipped: skip,
      why,
    };
    if (isNamed) this.stay.push(skipped);
    this.onSkipped?.(skipped);
  }

  /** For the journal. */
  asRecord(): Pick<ReplayRecord, 'matched' | 'replayed' | 'repaired' | 'skipped'> {
    const { matched, replayed, repaired, skipped } = this;
    return { matched, replayed, repaired, skipped: { ...skipped } };
  }
}
