import { eventTypes } from '../events.js';
import type { AggregateSeen, AlertInput, LetterSeen } from './inputs.js';
import { isOnWindows, type AlertRule } from './rule.js';

/** Times are epoch milliseconds; `from` and `until` are those of event time. */
export interface RecordedSpan {
  /** Windows that start before are not looked at. */
  fromMs: number;
  /** Windows that end later are not judged. */
  untilMs: number;
  windowMs: number;
}

interface Recorded {
  /** By event type and channel, the last totals that were recorded. */
  onTime: Map<string, AggregateSeen>;
  late: Map<string, AggregateSeen>;
  /** By reason and event type. */
  letters: Map<string, LetterSeen & { count: number }>;
}

export interface ClosedWindows {
  count: number;
  /** The start of the first and the end of the last; null where there is none. */
  fromMs: number | null;
  untilMs: number | null;
}

/** What is recorded of a lab's windows, in whatever order it is read, and as the engine would have been told of it. */
export class RecordedWindows {
  private readonly windows = new Map<number, Recorded>();
  private readonly endMs: number;
  /** The first window after the span in which anything came: it closes the last one of the span. */
  private nextStart = Infinity;

  constructor(private readonly span: RecordedSpan) {
    this.endMs = Math.floor(span.untilMs / span.windowMs) * span.windowMs;
  }

  /** Of one partition, in order of offset: the latest of a key wins. */
  addAggregates(records: readonly AggregateSeen[]): void {
    for (const record of records) {
      const { windowStart, contribution, eventType, channel, events } = record;
      // A replay comes when the window was judged long ago.
      if (contribution !== 'on_time' && contribution !== 'late') continue;
      if (windowStart >= this.endMs) {
        if (contribution === 'on_time' && events > 0) this.nextStart = Math.min(this.nextStart, windowStart);
        continue;
      }
      const window = this.window(windowStart);
      const totals = contribution === 'on_time' ? window?.onTime : window?.late;
      totals?.set(`${eventType}|${channel}`, record);
    }
  }

  addLetters(letters: readonly LetterSeen[]): void {
    for (const letter of letters) {
      const start = Math.floor(letter.at / this.span.windowMs) * this.span.windowMs;
      if (start >= this.endMs) continue;
      // Of what is no event, anybody may name a type: they are one.
      const eventType = eventTypes.find((type) => type === letter.eventType) ?? null;
      const key = `${eventType ?? ''}|${letter.reason}`;
      const letters = this.window(start)?.letters;
      const count = (letters?.get(key)?.count ?? 0) + 1;
      letters?.set(key, { ...letter, at: start, eventType, count });
    }
  }

  /**
   * The inputs that say it all, window by window. A window closes when the next one in which something came on time begins,
   * as the watermark goes by that; the last one never does. What came late is told after that, as it was then.
   */
  *inputs(): Generator<AlertInput> {
    const starts = this.starts();
    const places = new Places();
    let given = 0;
    for (const watermark of this.watermarks()) {
      const begin = given;
      while ((starts[given] ?? Infinity) < watermark) given++;
      if (given === begin) continue;
      const windows = starts.slice(begin, given).flatMap((start) => this.windows.get(start) ?? []);
      const all = <T>(of: (window: Recorded) => Map<string, T>): T[] =>
        windows.flatMap((window) => [...of(window).values()]);
      yield { kind: 'aggregates', records: all(({ onTime }) => onTime).map(places.next) };
      yield { kind: 'letters', letters: all(({ letters }) => letters).map(places.next) };
      yield { kind: 'watermark', watermark };
      yield { kind: 'aggregates', records: all(({ late }) => late).map(places.next) };
    }
  }

  /** The windows that the inputs close, of those that end after a time. */
  closedSince(sinceMs: number): ClosedWindows {
    const last = this.watermarks().at(-1) ?? -Infinity;
    const ends = this.starts()
      .filter((start) => start < last)
      .map((start) => start + this.span.windowMs)
      .filter((end) => end > sinceMs);
    const [first] = ends;
    if (first === undefined) return { count: 0, fromMs: null, untilMs: null };
    return { count: ends.length, fromMs: first - this.span.windowMs, untilMs: ends.at(-1) ?? first };
  }

  private starts(): number[] {
    return [...this.windows.keys()].sort((a, b) => a - b);
  }

  private watermarks(): number[] {
    const all = [...this.starts().filter((start) => this.isOnTime(start)), this.nextStart];
    return all.filter((start) => start !== Infinity);
  }

  private window(start: number): Recorded | undefined {
    if (start < this.span.fromMs) return undefined;
    const known = this.windows.get(start);
    if (known !== undefined) return known;
    const window: Recorded = { onTime: new Map(), late: new Map(), letters: new Map() };
    this.windows.set(start, window);
    return window;
  }

  private isOnTime(start: number): boolean {
    return [...(this.windows.get(start)?.onTime.values() ?? [])].some(({ events }) => events > 0);
  }
}

/** The engine takes no offset twice, and here they come in order of windows: each gets a new one. */
class Places {
  private offset = 0;
  readonly next = <T extends object>(record: T): T & { partition: number; offset: number } => ({
    ...record,
    ...{ partition: 0, offset: this.offset++ },
  });
}

/** As long as the engine remembers that an alert comes and goes. */
const LEAST_JUDGED_MS = 3_600_000;

/**
 * From when on rules have to be judged, so that at the beginning of a span they know what they would have known: what is
 * pending, what fires, and what fired a moment ago.
 */
export function judgedFrom(rules: readonly AlertRule[], sinceMs: number): number {
  const spans = rules.map((rule) => rule.for + rule.keep_firing_for + rule.cooldown);
  return Math.max(0, sinceMs - Math.max(LEAST_JUDGED_MS, ...spans));
}

/** From when on windows have to be known, so that from a time on there is something to compare with. */
export function knownFrom(rules: readonly AlertRule[], judgedFromMs: number, windowMs: number): number {
  const windows = rules.map((rule) => (rule.kind === 'revenue_anomaly' ? rule.windows : 0));
  // The window before the first says whether that is whole.
  return Math.max(0, judgedFromMs - (Math.max(0, ...windows) + 2) * windowMs);
}

/** Enabled rules that recorded windows say something about, and the others with the reason why not. */
export function judgeable(rules: readonly AlertRule[]): { judged: AlertRule[]; notJudged: NotJudged[] } {
  const judged = rules.filter((rule) => rule.enabled && isOnWindows(rule));
  const notJudged = rules.flatMap((rule): NotJudged[] => {
    if (!rule.enabled) return [{ rule: rule.name, why: 'disabled' }];
    return isOnWindows(rule) ? [] : [{ rule: rule.name, why: 'not_recorded' }];
  });
  return { judged, notJudged };
}

export interface NotJudged {
  rule: string;
  /** `not_recorded`: it is about the lab itself, as Kafka and Flink tell it at that moment; no topic has that. */
  why: 'disabled' | 'not_recorded';
}
