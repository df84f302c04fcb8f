import type { LetterStory } from '../dlq/letter-story.js';
import type { CountedIn, JudgedSighting, Place } from './sighting.js';

/** One total that the event is part of, as the aggregate topic and ClickHouse have it. Times are epoch milliseconds. */
export interface WindowTotal {
  windowStartMs: number;
  eventType: string;
  channel: string;
  contribution: string;
  /** The latest record of the key; undefined when there is none yet. */
  aggregate: (Place & { events: number; cents: number; writtenAtMs: number }) | undefined;
  /** ClickHouse's row; undefined when it has none, or was not asked. */
  clickhouse: { events: number; cents: number } | undefined;
}

/** Everything that was found about an event. */
export interface Explanation {
  eventId: string;
  /** In the order in which they were written. */
  records: JudgedSighting[];
  /** In order of place. */
  letters: LetterStory[];
  windows: WindowTotal[];
  /** Of the letters, those that are rows in ClickHouse, by place; undefined when it did not answer. */
  storedLetters: ReadonlySet<string> | undefined;
  /** Records read by topic, and how long it took. */
  scanned: { raw: number; deadLetters: number; verdicts: number; aggregates: number };
  seconds: number;
  /** Further raw records that have to do with the event, and were left out. */
  more: number;
  isAudited: boolean;
}

/** How often the event was counted, and what waits. */
export interface Fate {
  counted: number;
  outstanding: number;
  sentence: string;
}

export function sameWindow(a: CountedIn, b: Omit<CountedIn, 'contributions'>): boolean {
  return a.windowStartMs === b.windowStartMs && a.eventType === b.eventType && a.channel === b.channel;
}
