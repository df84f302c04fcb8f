import { judgePayload } from '../reason.js';
import { Arrivals } from './arrivals.js';
import { EventTimes } from './event-times.js';
import { drawFault, losesId, spoil } from './invalid.js';
import { partitionOf } from './partitioner.js';
import type { Intent, TrafficMix } from './plan.js';
import { deriveKey, IndexedRandom } from './random.js';
import type { PlannedRecord } from './record.js';
import { Repeats } from './repeats.js';
import { Slots, type Slot } from './slots.js';
import type { TrafficOptions } from './traffic-options.js';

export interface FileTrafficOptions extends TrafficOptions {
  /** Event times are set to when each event is due, less what lateness takes away; otherwise they stay. */
  retimed: boolean;
}

/** An event of the file as it is sent. */
interface Item {
  payload: string;
  key: string | null;
  partition: number;
  eventId: string | null;
  eventTimeMs: number;
}

const userId = /"user_id"\s*:\s*"((?:[^"\\]|\\.)*)"/;
const eventIdText = /"event_id"\s*:\s*"([0-9a-fA-F-]{36})"/;

/** Somebody's own events, at the rate and with the lateness, duplicates and faults of a plan. Key: the event's user_id. */
export class FileTraffic {
  private readonly random: IndexedRandom;
  private readonly arrivals: Arrivals;
  private readonly slots: Slots;
  private readonly times: EventTimes;
  private readonly repeats: Repeats<Item>;
  private readonly known = new RecentIds();
  private lines: readonly string[] = [];
  private position = 0;
  private isOver = false;
  private next = 0;

  constructor(private readonly options: FileTrafficOptions) {
    const { plan, seed, limits, lateness, dedupeHorizonMs } = options;
    this.random = new IndexedRandom(deriveKey(1, seed));
    this.arrivals = new Arrivals(plan, seed, limits);
    this.slots = new Slots(seed);
    this.times = new EventTimes(seed, lateness, plan.population.producers, options.priorMs);
    this.repeats = new Repeats(dedupeHorizonMs);
  }

  /** When the next record is due, milliseconds from the start; infinite after the last line. */
  get nextMs(): number {
    return this.isOver && this.position === this.lines.length
      ? Number.POSITIVE_INFINITY
      : this.arrivals.nextMs;
  }

  get phase(): number {
    return this.arrivals.phase;
  }

  get targetPerSecond(): number {
    return this.arrivals.ratePerSecond;
  }

  /** Whether lines have to be given before the next record can be planned. */
  get isHungry(): boolean {
    return !this.isOver && this.position === this.lines.length;
  }

  /** Gives the next lines; none means that the file has ended. */
  feed(lines: readonly string[]): void {
    this.lines = lines;
    this.position = 0;
    this.isOver = lines.length === 0;
  }

  take(baseMs: number, dueMs: number, sentMs = dueMs): PlannedRecord {
    const index = this.next++;
    const mix = this.options.plan.phases[0]?.mix;
    if (mix === undefined) throw new RangeError('the plan is over');
    this.random.seek(index);
    const slot = this.slots.of(index, mix, this.random.unit());
    const { afterMs } = mix.duplicates;
    const repeated = slot === 'duplicate' ? this.repeats.pick(this.nextMs, afterMs, this.random) : undefined;
    const { item, intent } =
      repeated === undefined
        ? this.takeLine(index, slot, baseMs, sentMs, mix)
        : { item: repeated, intent: { kind: 'duplicate' } as const };
    this.arrivals.advance();
    const { key, payload, partition, eventId, eventTimeMs } = item;
    return { index, key, payload, partition, dueMs, intent, eventId, eventTimeMs };
  }

  private takeLine(
    index: number,
    slot: Slot,
    baseMs: number,
    sentMs: number,
    mix: TrafficMix,
  ): { item: Item; intent: Intent } {
    const line = this.lines[this.position++] ?? '';
    const key = keyOf(line);
    const partition =
      key === null ? index % this.options.partitions : partitionOf(key, this.options.partitions);
    const timed = this.options.retimed ? this.retime(line, slot, baseMs, mix, key ?? '') : line;
    const { valid, reason } = judgePayload(bytesOf(timed), sentMs, this.options.maxFutureSkewMs);
    const eventId = valid?.eventId ?? eventIdText.exec(timed)?.[1] ?? null;
    const item = {
      key,
      partition,
      payload: timed,
      eventId,
      eventTimeMs: valid?.eventTimeMs ?? Math.floor(baseMs),
    };
    if (valid === undefined) return { item, intent: { kind: 'invalid', reason } };
    if (slot === 'invalid') {
      const { kind, field } = drawFault(mix.invalid, this.random);
      const hasField = field !== undefined && timed.includes(`"${field}"`);
      const spoiled = spoil(timed, { kind, field: hasField ? field : undefined }, this.random);
      return {
        item: { ...item, payload: spoiled.payload, eventId: losesId(spoiled.reason) ? null : eventId },
        intent: { kind: 'invalid', reason: spoiled.reason },
      };
    }
    this.repeats.remember(item, this.nextMs, mix.duplicates.afterMs);
    if (this.known.has(valid.eventId)) return { item, intent: { kind: 'duplicate' } };
    this.known.add(valid.eventId);
    return { item, intent: { kind: this.times.judge(valid.eventTimeMs) } };
  }

  /** The line with another event time; a line that is no JSON object stays as it is. */
  private retime(line: string, slot: Slot, baseMs: number, mix: TrafficMix, key: string): string {
    const eventTimeMs = this.times.claim(slot, baseMs, mix, partitionOf(key, 65_536), this.random);
    try {
      const fields: unknown = JSON.parse(line);
      if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return line;
      return JSON.stringify({ ...fields, event_time: eventTimeMs });
    } catch {
      return line;
    }
  }
}

/** One byte a character, as lines are read. */
const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');

/** The user of an event, as the bytes of a key; of text that is no JSON, what looks like one. */
function keyOf(line: string): string | null {
  let user: unknown;
  try {
    user = (JSON.parse(bytesOf(line).toString('utf8')) as { user_id?: unknown } | null)?.user_id;
  } catch {
    user = userId.exec(line)?.[1];
    return typeof user === 'string' && user !== '' ? user : null;
  }
  return typeof user === 'string' && user !== '' ? Buffer.from(user, 'utf8').toString('latin1') : null;
}

/** The ids of the last events: a file may hold the same one twice. Bounded, as a file is not. */
class RecentIds {
  private newer = new Set<string>();
  private older = new Set<string>();

  has(id: string): boolean {
    return this.newer.has(id) || this.older.has(id);
  }

  add(id: string): void {
    this.newer.add(id);
    if (this.newer.size < REMEMBERED_IDS) return;
    this.older = this.newer;
    this.newer = new Set();
  }
}

const REMEMBERED_IDS = 200_000;
