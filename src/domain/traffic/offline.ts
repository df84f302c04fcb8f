import type { LateBy } from './plan.js';
import type { IndexedRandom } from './random.js';
import type { Sessions, SessionStep } from './sessions.js';
import { OFFLINE_EVENTS } from './slots.js';
import { END, nextStep, step } from './walk.js';
import type { Zipf } from './zipf.js';

type OfflineBy = Extract<LateBy, { kind: 'offline' }>;

/** Phones that were off-line: each sends a burst of events, spread over the time it was away, oldest first. */
export class OfflinePhones {
  private group = -1;
  private offlineMs = 0;
  private user = 0;
  private last: SessionStep | undefined;

  constructor(
    private readonly sessions: Sessions,
    private readonly zipf: Zipf,
  ) {}

  /** The next event of the phone that a record belongs to, and how far in the past it happened, milliseconds. */
  next(index: number, by: OfflineBy, random: IndexedRandom): SessionStep & { behindMs: number } {
    const group = Math.floor(index / OFFLINE_EVENTS);
    if (group !== this.group) {
      this.group = group;
      this.offlineMs = by.minMs + random.below(by.maxMs - by.minMs + 1);
      this.user = this.zipf.rankOf(random.unit());
      this.last = undefined;
    }
    this.last = this.walkOn(this.last, this.user, random);
    const left = OFFLINE_EVENTS - (index % OFFLINE_EVENTS);
    return { ...this.last, behindMs: Math.floor((this.offlineMs * (left - random.unit())) / OFFLINE_EVENTS) };
  }

  /** The step after another of the same session; of a new session where there is none. */
  walkOn(from: SessionStep | undefined, user: number, random: IndexedRandom): SessionStep {
    const type = from === undefined ? END : nextStep(from.type, random.unit());
    return from === undefined || type === END
      ? { user, session: this.sessions.number(), type: step.pageView }
      : { user, session: from.session, type };
  }
}
