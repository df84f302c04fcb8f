import type { IndexedRandom } from './random.js';
import { awaitedStep, END, nextStep, openSessions, remainingThinkMs, step, thinkMs } from './walk.js';
import type { Zipf } from './zipf.js';

/** At most so many sessions are open at once; beyond about 7 000 events a second people think faster instead. */
const MAX_OPEN = 131_072;
const BUCKET_MS = 100;
/** Who would think longer than 409 s comes back then. */
const BUCKETS = 4_096;
const NONE = -1;

/** One event of a session. */
export interface SessionStep {
  /** Rank of the user by activity, from 0. */
  user: number;
  /** Of the session, from 0 in the order in which sessions began. */
  session: number;
  /** Index in `eventTypes`. */
  type: number;
}

/**
 * The people in the shop. Whoever is due takes the next event; when nobody is, somebody new comes in. So the rate of events
 * is what it is told to be, and the number of open sessions follows from it. Sessions wait in a timer wheel (Varghese and
 * Lauck, 1987), in arrays of numbers: a hundred thousand of them cost as little as ten.
 */
export class Sessions {
  private readonly heads = new Int32Array(BUCKETS).fill(NONE);
  private readonly following = new Int32Array(MAX_OPEN);
  private readonly users = new Uint32Array(MAX_OPEN);
  private readonly numbers = new Float64Array(MAX_OPEN);
  private readonly awaited = new Uint8Array(MAX_OPEN);
  private free = NONE;
  private unused = 0;
  private open = 0;
  /** The bucket that is being emptied, counted from the start of the run. */
  private bucket = 0;
  private started = 0;

  constructor(private readonly zipf: Zipf) {}

  /** Lets in the people who are already there when the run begins, so that it does not begin with page views alone. */
  populate(eventsPerSecond: number, random: IndexedRandom): void {
    const count = Math.min(MAX_OPEN - 1, Math.round(openSessions(eventsPerSecond)));
    for (let n = 0; n < count; n++) {
      random.seek(n);
      const awaited = awaitedStep(random.unit());
      const user = this.zipf.rankOf(random.unit());
      this.put(user, this.started++, awaited, remainingThinkMs(awaited, random.unit(), random.unit()));
    }
  }

  /** Number for a session that is not kept here. */
  number(): number {
    return this.started++;
  }

  /** @param nowMs from the start of the run; never less than before */
  next(nowMs: number, random: IndexedRandom): SessionStep {
    const slot = this.takeDue(Math.floor(nowMs / BUCKET_MS));
    const event =
      slot === NONE
        ? { user: this.zipf.rankOf(random.unit()), session: this.started++, type: step.pageView }
        : { user: this.users[slot] ?? 0, session: this.numbers[slot] ?? 0, type: this.awaited[slot] ?? 0 };
    const following = nextStep(event.type, random.unit());
    if (following !== END) {
      const fromMs = Math.max(nowMs, this.bucket * BUCKET_MS);
      this.put(event.user, event.session, following, fromMs + thinkMs(following, random.unit()));
    }
    return event;
  }

  /** The slot of a session whose time has come, freed; with all slots taken, of the one whose time comes next. */
  private takeDue(now: number): number {
    if (this.open === 0) {
      this.bucket = Math.max(this.bucket, now);
      return NONE;
    }
    const until = this.open >= MAX_OPEN ? Number.POSITIVE_INFINITY : now;
    while (this.bucket < until && this.heads[this.bucket % BUCKETS] === NONE) this.bucket++;
    const place = this.bucket % BUCKETS;
    const slot = this.bucket <= until ? (this.heads[place] ?? NONE) : NONE;
    if (slot === NONE) return NONE;
    this.heads[place] = this.following[slot] ?? NONE;
    this.following[slot] = this.free;
    this.free = slot;
    this.open--;
    return slot;
  }

  private put(user: number, session: number, awaited: number, dueMs: number): void {
    const slot = this.free === NONE ? this.unused++ : this.free;
    if (this.free !== NONE) this.free = this.following[slot] ?? NONE;
    this.open++;
    this.users[slot] = user;
    this.numbers[slot] = session;
    this.awaited[slot] = awaited;
    const bucket = Math.min(Math.floor(dueMs / BUCKET_MS), this.bucket + BUCKETS - 1);
    const place = Math.max(bucket, this.bucket) % BUCKETS;
    this.following[slot] = this.heads[place] ?? NONE;
    this.heads[place] = slot;
  }
}
