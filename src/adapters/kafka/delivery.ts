import { setTimeout as delay } from 'node:timers/promises';
import { ProtocolError } from './client.js';
import type { KafkaConnection } from '../../domain/connections.js';
import type { OutgoingRecord } from '../../domain/traffic/record.js';
import type { StreamlabError } from '../../errors.js';
import type { Compressor } from './compression.js';
import type { Batch, Lane } from './lanes.js';
import type { PartitionLeaders } from './partition-leaders.js';
import {
  isFatal,
  isIndefinite,
  isMissingTopic,
  isTooLarge,
  notPermitted,
  rootReason,
  tooLargeRecord,
  topicMissing,
  undeliverable,
} from './producer-errors.js';

/** A topic may be unknown to a broker that has just started; after this time it is gone. */
const TOPIC_GONE_AFTER_MS = 10_000;
const RETRY_DELAY_MS = { first: 250, most: 3_000 };

/** Where batches go, and how. */
export interface DeliveryTarget {
  kafka: KafkaConnection;
  topic: string;
  leaders: PartitionLeaders;
  compressor: Compressor | undefined;
  deliveryTimeoutMs: number;
  /** Ends all attempts. */
  signal: AbortSignal;
}

/** Who keeps count of what became of batches. */
export interface DeliveryLedger<R extends OutgoingRecord> {
  confirm(batch: Batch<R>, baseOffset: number): void;
  giveUp(batch: Batch<R>): void;
  /** Two are sent in place of one. */
  divided(batch: Batch<R>, halves: readonly Batch<R>[]): void;
}

/** What became of one attempt. */
type Attempt = { baseOffset: number } | { error: unknown };

/** Sends batches until they are answered or their time is over. */
export class Delivery<R extends OutgoingRecord> {
  /** Records sent again because no answer came. */
  resent = 0;
  /** Set once nothing can be delivered any more. */
  failure: StreamlabError | undefined;
  /** The last record that the broker refused for its size. */
  refused: string | undefined;
  /** Of any partition, milliseconds of `performance.now()`. */
  private acknowledgedAt = performance.now();
  private topicMissingSince: number | undefined;

  constructor(
    private readonly target: DeliveryTarget,
    private readonly ledger: DeliveryLedger<R>,
  ) {}

  get isOver(): boolean {
    return this.target.signal.aborted || this.failure !== undefined;
  }

  /** Sends a batch until it is answered or its time is over. Never rejects: what went wrong is `failure`. */
  async deliver(lane: Lane<R>, batch: Batch<R>): Promise<void> {
    for (let failures = 0; !this.isOver; failures++) {
      // What waited behind a batch that was given up had its time as well.
      if (lane.trouble !== undefined && failures === 0 && this.isExpired(lane, batch)) {
        this.ledger.giveUp(batch);
        return;
      }
      const result = await this.attempt(lane, batch);
      if (this.target.signal.aborted) return;
      if ('baseOffset' in result) {
        this.succeeded(lane);
        this.ledger.confirm(batch, result.baseOffset);
        return;
      }
      if (isTooLarge(result.error)) {
        await this.divide(lane, batch);
        return;
      }
      lane.trouble = rootReason(result.error);
      if (this.isHopeless(result.error)) return;
      if (this.isExpired(lane, batch)) {
        this.ledger.giveUp(batch);
        this.failIfSilent(result.error);
        return;
      }
      await this.backOff(failures);
    }
  }

  private succeeded(lane: Lane<R>): void {
    lane.acknowledgedAt = this.acknowledgedAt = performance.now();
    lane.trouble = undefined;
    this.topicMissingSince = undefined;
  }

  private async attempt(lane: Lane<R>, batch: Batch<R>): Promise<Attempt> {
    try {
      const encoded = await batch.encoded();
      // Most failures show here, where nothing has been written yet.
      const link = await this.target.leaders.ready(lane.partition, this.target.signal);
      if (batch.maybeWritten) {
        this.resent += batch.records.length;
        batch.resent = true;
      }
      batch.maybeWritten = true;
      lane.sentAt = performance.now();
      const { errorCode, baseOffset } = await this.target.leaders.produce(link, lane.partition, encoded);
      if (errorCode === 0) return { baseOffset };
      const error = new ProtocolError(errorCode);
      // A refusal is an answer: this copy is not on the topic. An earlier one without an answer is counted already.
      batch.maybeWritten = isIndefinite(error);
      return { error };
    } catch (error) {
      return { error };
    } finally {
      lane.sentAt = undefined;
    }
  }

  /** The broker takes no batch of this size: in two, and those in two, until only the record that is too large is left. */
  private async divide(lane: Lane<R>, batch: Batch<R>): Promise<void> {
    const [only, ...others] = batch.records;
    if (only !== undefined && others.length === 0) {
      this.refused = tooLargeRecord(only);
      this.ledger.giveUp(batch);
      return;
    }
    const halves = await batch.halves(this.target.compressor);
    if (this.target.signal.aborted) return;
    this.ledger.divided(batch, halves);
    for (const half of halves) await this.deliver(lane, half);
  }

  /** Whether nothing more can be delivered, which it notes. */
  private isHopeless(error: unknown): boolean {
    if (isMissingTopic(error)) {
      this.topicMissingSince ??= performance.now();
      const missingMs = performance.now() - this.topicMissingSince;
      if (missingMs >= Math.min(TOPIC_GONE_AFTER_MS, this.target.deliveryTimeoutMs)) {
        this.failure ??= topicMissing(this.target.topic, error);
      }
    } else if (isFatal(error)) {
      const { kafka, topic, deliveryTimeoutMs } = this.target;
      this.failure ??= notPermitted(kafka, topic, error) ?? undeliverable(kafka, deliveryTimeoutMs, error);
    }
    return this.failure !== undefined;
  }

  /** Its time is counted from the lane's last success on: where a slow broker answers now and then, nothing is given up. */
  private isExpired(lane: Lane<R>, batch: Batch<R>): boolean {
    const since = Math.max(batch.openedAt, lane.acknowledgedAt);
    return performance.now() - since >= this.target.deliveryTimeoutMs;
  }

  private failIfSilent(error: unknown): void {
    if (performance.now() - this.acknowledgedAt < this.target.deliveryTimeoutMs) return;
    this.failure ??= undeliverable(this.target.kafka, this.target.deliveryTimeoutMs, error);
  }

  /** Longer each time, and not all partitions at once. */
  private async backOff(failures: number): Promise<void> {
    const { first, most } = RETRY_DELAY_MS;
    const ms = Math.min(most, first * 2 ** failures) * (0.8 + 0.4 * Math.random());
    this.target.leaders.forgetLeaders();
    await delay(ms, undefined, { signal: this.target.signal }).catch(() => undefined);
  }
}
