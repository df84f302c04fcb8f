import { failedAt, type FoundLetter } from './found-letter.js';

/** The `--json` of `streamlab dlq stats`. Counts of letters; whatever is by something sums up to the total. */
export interface LetterStats {
  total: number;
  outstanding: number;
  /** Letters that the journal names. */
  replayed: number;
  /** `unreadable` are those that are no dead letters, whatever they are. */
  byReason: Record<string, number>;
  outstandingByReason: Record<string, number>;
  /** `unknown` where the type could not be read. */
  byType: Record<string, number>;
  outstandingByType: Record<string, number>;
  /** By the time they failed at, oldest first; minutes without letters are left out. */
  byMinute: MinuteStats[];
}

export interface MinuteStats {
  /** Start of the minute, epoch milliseconds; null for letters of more minutes than are kept apart. */
  minute: number | null;
  letters: number;
  outstanding: number;
  byReason: Record<string, number>;
}

const minuteMs = 60_000;
/** Two weeks of minutes. A topic keeps letters a week; only letters of invented times have more. */
const MOST_MINUTES = 20_160;
/** Names kept apart; the job gives some thirty reasons, but a letter may say anything. */
const MOST_NAMES = 500;
const otherName = 'other';
const unreadable = 'unreadable';

interface Count {
  all: number;
  outstanding: number;
}

/** Counts dead letters; memory does not grow with their number. */
export class LetterTally {
  private readonly reasons = new Counts();
  private readonly types = new Counts();
  private readonly minutes = new Map<number, Minute>();
  private readonly otherMinutes = new Minute();

  add(found: FoundLetter): void {
    const { letter, replayed } = found;
    const isOutstanding = replayed === undefined;
    const reason = this.reasons.add(letter?.reason ?? unreadable, isOutstanding);
    this.types.add(letter?.eventType ?? 'unknown', isOutstanding);
    this.minuteOf(failedAt(found)).add(reason, isOutstanding);
  }

  get stats(): LetterStats {
    const { all: total, outstanding } = this.reasons.sum;
    const minutes: [number | null, Minute][] = [...this.minutes].sort(([a], [b]) => a - b);
    if (this.otherMinutes.letters > 0) minutes.push([null, this.otherMinutes]);
    return {
      total,
      outstanding,
      replayed: total - outstanding,
      byReason: this.reasons.all,
      outstandingByReason: this.reasons.outstanding,
      byType: this.types.all,
      outstandingByType: this.types.outstanding,
      byMinute: minutes.map(([minute, { letters, outstanding: left, byReason }]) => ({
        minute,
        letters,
        outstanding: left,
        byReason: Object.fromEntries(byReason),
      })),
    };
  }

  private minuteOf(ms: number): Minute {
    const number = Math.floor(ms / minuteMs) * minuteMs;
    const known = this.minutes.get(number);
    if (known !== undefined) return known;
    if (this.minutes.size >= MOST_MINUTES) return this.otherMinutes;
    const minute = new Minute();
    this.minutes.set(number, minute);
    return minute;
  }
}

class Minute {
  letters = 0;
  outstanding = 0;
  readonly byReason = new Map<string, number>();

  add(reason: string, isOutstanding: boolean): void {
    this.letters++;
    if (isOutstanding) this.outstanding++;
    this.byReason.set(reason, (this.byReason.get(reason) ?? 0) + 1);
  }
}

class Counts {
  private readonly byName = new Map<string, Count>();

  /** The name under which it was counted. */
  add(name: string, isOutstanding: boolean): string {
    let count = this.byName.get(name);
    if (count === undefined && this.byName.size >= MOST_NAMES && name !== otherName)
      return this.add(otherName, isOutstanding);
    if (count === undefined) {
      count = { all: 0, outstanding: 0 };
      this.byName.set(name, count);
    }
    count.all++;
    if (isOutstanding) count.outstanding++;
    return name;
  }

  get sum(): Count {
    const sum = { all: 0, outstanding: 0 };
    for (const { all, outstanding } of this.byName.values()) {
      sum.all += all;
      sum.outstanding += outstanding;
    }
    return sum;
  }

  get all(): Record<string, number> {
    return this.pick(({ all }) => all);
  }

  /** Names with none left out. */
  get outstanding(): Record<string, number> {
    return this.pick(({ outstanding }) => outstanding);
  }

  private pick(of: (count: Count) => number): Record<string, number> {
    const counts = [...this.byName].map(([name, count]) => [name, of(count)] as const);
    return Object.fromEntries(counts.filter(([, count]) => count > 0));
  }
}
