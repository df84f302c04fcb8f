import { z } from 'zod';
import { EventIds } from '../ledger/event-ids.js';
import { isUuid } from '../reason.js';
import { deadLetterPlace, parseRecord } from './contract.js';

/**
 * The replay journal, topic events.dlq-replays.v1, compacted. It has records of two kinds, told apart by their keys:
 * what became of one dead letter, and what one replay did so far. Both are written in the Kafka transaction that sends
 * the raw records, so that they never say more or less than what was sent.
 */

/** Key of what became of a dead letter: its place on the dead-letter topic. */
export const journalKeySchema = z.object({ partition: z.int().min(0), offset: z.int().min(0) });
export type JournalKey = z.infer<typeof journalKeySchema>;

const attemptSchema = z.looseObject({
  replay_id: z.string().min(1),
  attempt: z.int().min(1).describe('1 for the first replay of the event'),
  replayed_at: z.int().describe('Epoch milliseconds'),
});

/** Value of what became of a dead letter. */
export const journalEntrySchema = attemptSchema.extend({
  event_id: z.string().nullish().describe('Of the event as it was sent, repaired or not'),
  repaired: z.boolean().nullish().describe('It was changed on the way'),
  forced: z.boolean().nullish().describe('It had been replayed before, and was sent again on demand'),
  earlier: z.array(attemptSchema).nullish().describe('Earlier replays of the same letter, oldest first'),
});
export type JournalEntry = z.infer<typeof journalEntrySchema>;

/** Key of what a replay did. */
export const replayKeySchema = z.object({ replay_id: z.string().min(1) });

export const replayStates = ['running', 'done', 'interrupted', 'failed'] as const;

/** Value of what a replay did so far; the last one counts. One that stays `running` was killed. */
export const replayRecordSchema = z.looseObject({
  state: z.enum(replayStates),
  started_at: z.int().describe('Epoch milliseconds'),
  updated_at: z.int().describe('Epoch milliseconds'),
  selection: z.string().describe('The filters, as they were typed'),
  fix: z.string().nullish().describe('The expression or the file of rules'),
  forced: z.boolean(),
  matched: z.int().min(0),
  replayed: z.int().min(0),
  repaired: z.int().min(0),
  skipped: z
    .record(z.string(), z.int().min(0))
    .describe('By why: alreadyReplayed, filtered, unrepairable, …'),
});
export type ReplayRecord = z.infer<typeof replayRecordSchema>;

/** A record of the journal, as it stands on the topic. */
export interface JournalLine {
  key: Uint8Array | null;
  value: Uint8Array | null;
}

/** What the journal says became of a dead letter. */
export interface Replayed {
  replayId: string;
  attempt: number;
  repaired: boolean;
  forced: boolean;
}

/** Attempts beyond are kept as this; no cap on attempts is near it. */
const MAX_ATTEMPT = 63;

/**
 * What the journal says, the latest of each key; a tombstone takes it back. Four bytes a dead letter, and some 25 more
 * of one that was repaired: there may be millions. Whole entries are kept of those letters only that somebody wants to
 * know more of.
 */
export class Journal {
  /** Records that are of neither kind. */
  unreadable = 0;
  /** Entries of the letters that were wanted, by place. */
  readonly entries = new Map<string, JournalEntry>();
  /** Number of dead letters that were replayed. */
  size = 0;
  private readonly places = new PlaceNumbers();
  /** Only of letters that were sent more than once. */
  private readonly earlier = new Map<string, readonly string[]>();
  private readonly takenBack = new Set<string>();
  private readonly repairedEvents = new EventIds();
  private readonly ids: string[] = [];
  private readonly numbers = new Map<string, number>();
  private readonly replays = new Map<string, ReplayRecord>();

  /** @param wanted places of the letters whose entries are kept whole */
  constructor(private readonly wanted: ReadonlySet<string> = new Set()) {}

  add({ key, value }: JournalLine): void {
    const place = parseRecord(journalKeySchema, key);
    if (place !== undefined) {
      this.addEntry(place, value);
      return;
    }
    const replay = parseRecord(replayKeySchema, key);
    const record = parseRecord(replayRecordSchema, value);
    if (replay === undefined || (record === undefined && value !== null)) this.unreadable++;
    else if (record === undefined) this.replays.delete(replay.replay_id);
    else this.replays.set(replay.replay_id, record);
  }

  /** What became of the dead letter at a place; undefined when it was not replayed. */
  at({ partition, offset }: JournalKey): Replayed | undefined {
    const number = this.places.get(partition, offset);
    if (number === 0) return undefined;
    return {
      replayId: this.ids[number >>> 8] ?? '',
      attempt: (number >>> 2) & MAX_ATTEMPT,
      repaired: (number & 2) !== 0,
      forced: (number & 1) !== 0,
    };
  }

  has({ partition, offset }: JournalKey): boolean {
    return this.places.get(partition, offset) !== 0;
  }

  /** Ids of the replays before the last one of a dead letter, oldest first. */
  earlierAt({ partition, offset }: JournalKey): readonly string[] {
    return this.earlier.get(deadLetterPlace(partition, offset)) ?? [];
  }

  /** A tombstone took back what it said of the dead letter. Compaction removes tombstones in the end. */
  isTakenBack({ partition, offset }: JournalKey): boolean {
    return this.takenBack.has(deadLetterPlace(partition, offset));
  }

  /** An event of this id was sent, repaired, out of some dead letter; also where a tombstone took that back. */
  hasRepaired(eventId: string): boolean {
    return this.repairedEvents.find(eventId) >= 0;
  }

  /** The dead letters that were replayed. */
  replayed(): Iterable<JournalKey> {
    return this.places.entries();
  }

  /** Past replays by id, in order of their first record. */
  get past(): ReadonlyMap<string, ReplayRecord> {
    return this.replays;
  }

  private addEntry({ partition, offset }: JournalKey, value: Uint8Array | null): void {
    const entry = parseRecord(journalEntrySchema, value);
    if (entry === undefined && value !== null) {
      this.unreadable++;
      return;
    }
    if (this.wanted.size > 0) this.keepWhole(deadLetterPlace(partition, offset), entry);
    const known = this.places.get(partition, offset) !== 0;
    this.size += (entry === undefined ? 0 : 1) - (known ? 1 : 0);
    this.places.set(partition, offset, entry === undefined ? 0 : this.numberOf(entry));
    this.note(deadLetterPlace(partition, offset), entry);
    if (entry?.repaired === true && isUuid(entry.event_id)) this.repairedEvents.add(entry.event_id);
  }

  /** What few dead letters have. */
  private note(place: string, entry: JournalEntry | undefined): void {
    if (entry === undefined) this.takenBack.add(place);
    else this.takenBack.delete(place);
    const earlier = (entry?.earlier ?? []).map(({ replay_id: id }) => id);
    if (earlier.length > 0) this.earlier.set(place, earlier);
    else this.earlier.delete(place);
  }

  private keepWhole(place: string, entry: JournalEntry | undefined): void {
    if (!this.wanted.has(place)) return;
    if (entry === undefined) this.entries.delete(place);
    else this.entries.set(place, entry);
  }

  private numberOf(entry: JournalEntry): number {
    let id = this.numbers.get(entry.replay_id);
    if (id === undefined) {
      // The number of a place is 0 when nothing is known of it, so ids count from 1.
      if (this.ids.length === 0) this.ids.push('');
      id = this.ids.push(entry.replay_id) - 1;
      this.numbers.set(entry.replay_id, id);
    }
    const flags = (entry.repaired === true ? 2 : 0) | (entry.forced === true ? 1 : 0);
    return id * 256 + Math.min(entry.attempt, MAX_ATTEMPT) * 4 + flags;
  }
}

const PAGE = 65_536;
/** Above every page of a partition, and small enough that partition and page are exact as one number. */
const PAGES = 2 ** 37;

/** A number for each place of a topic, 0 where none was set; in pages, since offsets may begin anywhere. */
class PlaceNumbers {
  private readonly pages = new Map<number, Page>();

  get(partition: number, offset: number): number {
    return this.pages.get(pageOf(partition, offset))?.numbers[offset % PAGE] ?? 0;
  }

  set(partition: number, offset: number, value: number): void {
    const number = pageOf(partition, offset);
    let page = this.pages.get(number);
    if (page === undefined) {
      page = { partition, first: offset - (offset % PAGE), numbers: new Uint32Array(PAGE) };
      this.pages.set(number, page);
    }
    page.numbers[offset % PAGE] = value;
  }

  /** The places that have a number. */
  *entries(): Generator<JournalKey> {
    for (const { partition, first, numbers } of this.pages.values()) {
      for (let n = 0; n < PAGE; n++) if (numbers[n] !== 0) yield { partition, offset: first + n };
    }
  }
}

interface Page {
  partition: number;
  first: number;
  numbers: Uint32Array;
}

function pageOf(partition: number, offset: number): number {
  return partition * PAGES + Math.floor(offset / PAGE);
}
