import { eventTypes, orderTypes } from '../events.js';
import { Arrivals, pacedPhases } from './arrivals.js';
import { EventIds } from './event-id.js';
import { EventWriter, keyOf, type EventBlueprint } from './event.js';
import { EventTimes } from './event-times.js';
import { breakSchema, drawFault, losesId, spoil, type Fault } from './invalid.js';
import { OfflinePhones } from './offline.js';
import { partitionOf } from './partitioner.js';
import type { Intent, SchemaBreak, TrafficMix } from './plan.js';
import { deriveKey, IndexedRandom } from './random.js';
import { initialRate } from './rate-curve.js';
import type { PlannedRecord } from './record.js';
import { Repeats } from './repeats.js';
import { Sessions, type SessionStep } from './sessions.js';
import { Slots, type Slot } from './slots.js';
import type { TrafficOptions } from './traffic-options.js';
import { step } from './walk.js';
import { Zipf } from './zipf.js';

export interface StreamOptions extends TrafficOptions {
  /** Event time of the start, epoch milliseconds: part of every event id, so that two runs with one seed do not collide. */
  startMs: number;
  /** Of several workers each plans everything and writes the records of its own partitions. */
  share: { worker: number; of: number };
}

const onTime: Intent = { kind: 'onTime' };
const late: Intent = { kind: 'late' };
const tooLate: Intent = { kind: 'tooLate' };
const duplicate: Intent = { kind: 'duplicate' };
const future: Intent = { kind: 'invalid', reason: 'future_event' };

/**
 * The traffic of a run, record after record. What is sent depends on plan, seed and start alone: not on the clock, the
 * broker, or how many workers share the work.
 */
export class TrafficStream {
  private readonly random: IndexedRandom;
  private readonly faults: IndexedRandom;
  private readonly arrivals: Arrivals;
  private readonly slots: Slots;
  private readonly times: EventTimes;
  private readonly zipf: Zipf;
  private readonly sessions: Sessions;
  private readonly phones: OfflinePhones;
  private readonly repeats: Repeats<EventBlueprint>;
  private readonly writer: EventWriter;
  /** Of users by rank; -1 while not known. */
  private readonly partitionOfUser: Int16Array;
  private hot: SessionStep | undefined;
  private next = 0;

  constructor(private readonly options: StreamOptions) {
    const { plan, seed, startMs, limits, lateness, dedupeHorizonMs } = options;
    const { users, userSkew, producers } = plan.population;
    this.random = new IndexedRandom(deriveKey(1, seed));
    this.faults = new IndexedRandom(deriveKey(11, seed));
    this.arrivals = new Arrivals(plan, seed, limits);
    this.slots = new Slots(seed);
    this.times = new EventTimes(seed, lateness, producers, options.priorMs);
    this.zipf = new Zipf(users, userSkew);
    this.sessions = new Sessions(this.zipf);
    this.phones = new OfflinePhones(this.sessions, this.zipf);
    this.repeats = new Repeats(dedupeHorizonMs);
    this.writer = new EventWriter(seed, new EventIds(seed, startMs));
    this.partitionOfUser = new Int16Array(users).fill(-1);
    this.sessions.populate(initialRate(pacedPhases(plan)), new IndexedRandom(deriveKey(12, seed)));
  }

  /** When the next record is due, milliseconds from the start; infinite after the last. */
  get nextMs(): number {
    return this.arrivals.nextMs;
  }

  /** The phase that the next record belongs to. */
  get phase(): number {
    return this.arrivals.phase;
  }

  /** What the rate is meant to be now, records per second. */
  get targetPerSecond(): number {
    return this.arrivals.ratePerSecond;
  }

  /**
   * Plans the next record, and writes it if it is this worker's.
   * @param baseMs the event time if it is neither late nor out of order, epoch milliseconds
   * @param dueMs when it is meant to be sent, epoch milliseconds
   * @param sentMs the time that Kafka will give it, as far as that is known: what is ahead of it is from the future
   */
  take(baseMs: number, dueMs: number, sentMs = dueMs): PlannedRecord | undefined {
    const index = this.next++;
    const mix = this.mix();
    this.random.seek(index);
    const slot = this.slots.of(index, mix, this.random.unit());
    const repeated =
      slot === 'duplicate' ? this.repeats.pick(this.nextMs, mix.duplicates.afterMs, this.random) : undefined;
    const record =
      repeated === undefined
        ? this.takeNew(index, slot === 'duplicate' ? 'ordinary' : slot, { baseMs, dueMs, sentMs }, mix)
        : this.written(index, repeated, this.judged(repeated, sentMs), dueMs, undefined);
    this.arrivals.advance();
    return record;
  }

  private mix(): TrafficMix {
    const phase = this.options.plan.phases[this.arrivals.phase];
    if (phase === undefined) throw new RangeError('the plan is over');
    return phase.mix;
  }

  private takeNew(
    index: number,
    slot: Slot,
    { baseMs, dueMs, sentMs }: { baseMs: number; dueMs: number; sentMs: number },
    mix: TrafficMix,
  ): PlannedRecord | undefined {
    const fault = slot === 'invalid' ? drawFault(mix.invalid, this.random) : undefined;
    const blueprint = this.blueprint(index, slot, baseMs, mix);
    if (fault !== undefined) {
      giveField(blueprint, fault.field);
      return this.written(index, blueprint, onTime, dueMs, { fault });
    }
    const change = this.changeOf(blueprint, mix);
    if (change !== undefined && change.kind !== 'add')
      return this.written(index, blueprint, onTime, dueMs, { change });
    const intent = this.judged(blueprint, sentMs);
    // A changed event is not remembered: a duplicate is written anew, from its blueprint. Nor is one from the future of its
    // own schedule; by the clock it may not be, and what is sent must not depend on the clock.
    const isAhead = blueprint.eventTimeMs > baseMs + this.options.maxFutureSkewMs;
    if (change === undefined && !isAhead)
      this.repeats.remember(blueprint, this.nextMs, mix.duplicates.afterMs);
    return this.written(index, blueprint, intent, dueMs, change === undefined ? undefined : { change });
  }

  // Every object of the hot path is written out: a spread costs more than all that it copies.
  private blueprint(index: number, slot: Slot, baseMs: number, mix: TrafficMix): EventBlueprint {
    const { random } = this;
    const version = random.unit() * 100 < mix.v1Percent ? 1 : 2;
    const { sizeBytes } = mix;
    if (slot === 'late' && mix.late.by?.kind === 'offline') {
      const { behindMs, session, type, user } = this.phones.next(index, mix.late.by, random);
      const eventTimeMs = Math.max(0, Math.floor(baseMs) - behindMs);
      return {
        index,
        user: this.awake(user, mix),
        session,
        type,
        eventTimeMs,
        version,
        sizeBytes,
        isKnown: false,
      };
    }
    const { user, session, type } = this.person(index, mix);
    const awake = this.awake(user, mix);
    const eventTimeMs = this.times.claim(slot, baseMs, mix, awake, random);
    return { index, user: awake, session, type, eventTimeMs, version, sizeBytes, isKnown: false };
  }

  private person(index: number, mix: TrafficMix): SessionStep {
    if (!this.slots.isHot(index, mix, this.random.unit()))
      return this.sessions.next(this.nextMs, this.random);
    // The least active of all otherwise, so that its share is what was asked for.
    this.hot = this.phones.walkOn(this.hot, this.options.plan.population.users - 1, this.random);
    return this.hot;
  }

  /** The user, or the next one whose partition is not idle. */
  private awake(user: number, { idlePartitions }: TrafficMix): number {
    if (idlePartitions.length === 0) return user;
    const { users } = this.options.plan.population;
    for (let n = 0; n < users; n++) {
      const candidate = (user + n) % users;
      if (!idlePartitions.includes(this.partition(candidate))) return candidate;
    }
    return user;
  }

  private partition(user: number): number {
    const known = this.partitionOfUser[user] ?? -1;
    if (known >= 0) return known;
    return (this.partitionOfUser[user] = partitionOf(keyOf(user), this.options.partitions));
  }

  /** What becomes of a record with a valid event that is sent at a time, epoch milliseconds. */
  private judged(event: EventBlueprint, sentMs: number): Intent {
    if (event.eventTimeMs > sentMs + this.options.maxFutureSkewMs) return future;
    if (event.isKnown) return duplicate;
    event.isKnown = true;
    const verdict = this.times.judge(event.eventTimeMs);
    if (verdict === 'onTime') return onTime;
    return verdict === 'late' ? late : tooLate;
  }

  private changeOf(event: EventBlueprint, { breaks }: TrafficMix): SchemaBreak | undefined {
    for (const change of breaks) {
      const isHit = this.random.unit() * 100 < change.percent;
      if (isHit && hasField(event, change)) return change;
    }
    return undefined;
  }

  /** Undefined when another worker sends it. */
  private written(
    index: number,
    event: EventBlueprint,
    intended: Intent,
    dueMs: number,
    spoiled: Spoiling | undefined,
  ): PlannedRecord | undefined {
    const partition = this.partition(event.user);
    const { worker, of } = this.options.share;
    if (of > 1 && partition % of !== worker) return undefined;
    const { eventTimeMs } = event;
    const key = keyOf(event.user);
    let eventId: string | null = this.writer.idOf(event.index);
    let payload = this.writer.write(event, eventId);
    let intent = intended;
    if (spoiled !== undefined) {
      const { reason, ...changed } = this.spoil(index, payload, spoiled);
      payload = changed.payload;
      if (reason !== undefined) {
        intent = { kind: 'invalid', reason };
        if (losesId(reason)) eventId = null;
      }
    }
    return { index, key, payload, partition, dueMs, intent, eventId, eventTimeMs };
  }

  private spoil(index: number, payload: string, { fault, change }: Spoiling) {
    if (fault === undefined) return breakSchema(payload, change);
    this.faults.seek(index);
    return spoil(payload, fault, this.faults);
  }
}

type Spoiling = { fault: Fault; change?: undefined } | { change: SchemaBreak; fault?: undefined };

const orderFields = new Set(['order_id', 'amount']);
const clickstreamFields = new Set(['page', 'referrer']);
const firstOrderType = eventTypes.indexOf(orderTypes[0]);

function hasField({ type, version }: EventBlueprint, change: SchemaBreak): boolean {
  if (change.kind === 'version' || change.kind === 'add') return true;
  if (orderFields.has(change.field)) return type >= firstOrderType;
  if (clickstreamFields.has(change.field)) return type < firstOrderType;
  return change.field !== 'channel' || version === 2;
}

/** Makes an event one that has a field, so that it can lack it. */
function giveField(event: EventBlueprint, field: string | undefined): void {
  if (field === undefined) return;
  if (orderFields.has(field) && event.type < firstOrderType) event.type = step.orderPlaced;
  else if (clickstreamFields.has(field) && event.type >= firstOrderType) event.type = step.pageView;
  else if (field === 'channel') event.version = 2;
}
