import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { KafkaConnection } from '../../domain/connections.js';
import type { Compression } from '../../domain/traffic/options.js';
import type { OutgoingRecord } from '../../domain/traffic/record.js';
import type { StreamlabError } from '../../errors.js';
import { compressorOf, type Compressor } from './compression.js';
import { Delivery, type DeliveryLedger } from './delivery.js';
import type { DeliveredBatch, DeliveryStats, EventSink } from '../../domain/traffic/event-sink.js';
import { contentBytes, Lane, LINGER_MS, type Batch } from './lanes.js';
import { LatencyRecorder } from './latency-recorder.js';
import { PartitionLeaders } from './partition-leaders.js';
import { isMissingTopic, notPermitted, topicMissing, troubleOf, unreachable } from './producer-errors.js';

/** Records in flight while all is well: enough to keep every partition busy, few enough to keep latencies short. */
const MAX_HEALTHY = 20_000;
/** Records and bytes in flight at most; beyond the above are only those of partitions that do not answer. */
const MAX_IN_FLIGHT = 100_000;
const MAX_IN_FLIGHT_BYTES = 64 * 1024 * 1024;
/** A partition whose request has not been answered for so long does not count as well. */
const SLOW_AFTER_MS = 1_000;
/** How long a batch is tried before it is given up, as Kafka's Java producer has it (delivery.timeout.ms). */
const DELIVERY_TIMEOUT_MS = 120_000;
/** Somewhat more than the broker itself waits for its replicas. */
const REQUEST_TIMEOUT_MS = 20_000;
/** Waiting for room ends by time too: a partition becomes slow without anything happening. */
const LOOK_AGAIN_MS = 200;

export interface KafkaSinkOptions<R extends OutgoingRecord> {
  kafka: KafkaConnection;
  topic: string;
  compression: Compression;
  /** For tests; 120 s otherwise. */
  deliveryTimeoutMs?: number;
  /** Told of every record once: acknowledged, given up, or still unacknowledged at `close`. */
  onDelivered?: (batch: DeliveredBatch<R>) => void;
}

/** A sink whose records say which partition they go to. */
export interface KafkaSink<R extends OutgoingRecord = OutgoingRecord> extends EventSink<R> {
  /** How many partitions the topic has. */
  readonly partitions: number;
}

/**
 * Opens the topic for writing: acks from all in-sync replicas, not idempotent (the library's idempotent mode loses records
 * before 2.0), each batch sent again until it is answered or its time is over. A batch whose answer got lost is sent over a
 * new connection and may then stand in the topic twice.
 * @throws StreamlabError SERVICE_UNREACHABLE, NOT_PERMITTED, TOPIC_MISSING, INVALID_USAGE for a compression that is not there
 */
export async function openKafkaSink<R extends OutgoingRecord>(
  options: KafkaSinkOptions<R>,
): Promise<KafkaSink<R>> {
  const compressor = compressorOf(options.compression);
  const requestTimeoutMs = Math.min(REQUEST_TIMEOUT_MS, options.deliveryTimeoutMs ?? DELIVERY_TIMEOUT_MS);
  const leaders = new PartitionLeaders(options.kafka, options.topic, requestTimeoutMs);
  try {
    return new Producer(options, leaders, compressor, await leaders.partitions());
  } catch (error) {
    leaders.close();
    if (isMissingTopic(error)) throw topicMissing(options.topic, error);
    throw notPermitted(options.kafka, options.topic, error) ?? unreachable(options.kafka, error);
  }
}

/** The sink over Kafka; `openKafkaSink` makes it. */
class Producer<R extends OutgoingRecord> implements KafkaSink<R>, DeliveryLedger<R> {
  private readonly lanes: readonly Lane<R>[];
  private readonly latency = new LatencyRecorder();
  private readonly delivery: Delivery<R>;
  private readonly ended = new AbortController();
  /** Batches on their way, or to be sent again. */
  private readonly unsettled = new Set<Batch<R>>();
  private waiting: (() => void)[] = [];
  private timer: NodeJS.Timeout | undefined;
  private taken = 0;
  private acknowledged = 0;
  private givenUp = 0;
  private bytes = 0;
  private flushing = false;

  constructor(
    private readonly options: KafkaSinkOptions<R>,
    private readonly leaders: PartitionLeaders,
    compressor: Compressor | undefined,
    readonly partitions: number,
  ) {
    this.lanes = Array.from({ length: partitions }, (_, partition) => new Lane<R>(partition, compressor));
    const { kafka, topic, deliveryTimeoutMs = DELIVERY_TIMEOUT_MS } = options;
    const { signal } = this.ended;
    // Each partition waits on it while it backs off; Node warns of more than ten.
    setMaxListeners(0, signal);
    this.delivery = new Delivery<R>({ kafka, topic, leaders, compressor, deliveryTimeoutMs, signal }, this);
  }

  get inFlight(): number {
    return this.taken - this.acknowledged - this.givenUp;
  }

  get capacity(): number {
    const { inFlight } = this;
    const bytesLeft = MAX_IN_FLIGHT_BYTES - this.bytes;
    if (bytesLeft <= 0) return 0;
    const meanBytes = inFlight === 0 ? 1 : this.bytes / inFlight;
    const healthy = inFlight < MAX_HEALTHY ? inFlight : inFlight - this.inTrouble();
    return Math.min(MAX_HEALTHY - healthy, MAX_IN_FLIGHT - inFlight, Math.ceil(bytesLeft / meanBytes));
  }

  get failure(): StreamlabError | undefined {
    return this.delivery.failure;
  }

  get trouble(): string | undefined {
    return troubleOf(this.lanes, this.leaders.throttledMs) ?? this.delivery.refused;
  }

  append(record: R): void {
    const lane = this.lanes[record.partition];
    if (lane === undefined)
      throw new RangeError(`${this.options.topic} has no partition ${record.partition}`);
    this.taken++;
    const filled = lane.add(record, Date.now());
    this.bytes += contentBytes(record);
    if (filled) this.pump(lane, false);
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      for (const each of this.lanes) this.pump(each, true);
    }, LINGER_MS);
  }

  async room(): Promise<void> {
    await this.until(() => this.capacity > 0);
  }

  async flush(): Promise<void> {
    this.flushing = true;
    for (const lane of this.lanes) this.pump(lane, true);
    await this.until(() => this.inFlight === 0);
    this.flushing = false;
  }

  stats(): DeliveryStats {
    const { acknowledged, givenUp, delivery } = this;
    return { acknowledged, givenUp, resent: delivery.resent, latency: this.latency.counts() };
  }

  async close(): Promise<void> {
    if (this.ended.signal.aborted) return;
    this.ended.abort();
    clearTimeout(this.timer);
    this.leaders.close();
    for (const batch of this.unsettled) this.giveUp(batch);
    for (const lane of this.lanes) {
      for (let batch = lane.take(true); batch !== undefined; batch = lane.take(true)) this.giveUp(batch);
    }
    this.wake();
    // Sockets close, and whoever waited for them ends.
    await delay(0);
  }

  private async until(condition: () => boolean): Promise<void> {
    while (!condition() && !this.delivery.isOver) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        timer = setTimeout(resolve, LOOK_AGAIN_MS);
        this.waiting.push(resolve);
      });
      clearTimeout(timer);
    }
  }

  private wake(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }

  /** Records of partitions that do not answer. */
  private inTrouble(): number {
    const now = performance.now();
    let sum = 0;
    for (const { trouble, sentAt, inFlight } of this.lanes) {
      if (trouble !== undefined || (sentAt !== undefined && now - sentAt > SLOW_AFTER_MS)) sum += inFlight;
    }
    return sum;
  }

  private pump(lane: Lane<R>, force: boolean): void {
    if (lane.busy || this.delivery.isOver) return;
    const batch = lane.take(force);
    if (batch === undefined) return;
    lane.busy = true;
    this.unsettled.add(batch);
    void this.delivery.deliver(lane, batch).finally(() => {
      lane.busy = false;
      this.wake();
      // Without a timer pending nobody else would send what was added meanwhile.
      this.pump(lane, this.flushing || this.timer === undefined);
    });
  }

  confirm(batch: Batch<R>, baseOffset: number): void {
    this.acknowledged += batch.records.length;
    this.latency.record(batch.records, performance.timeOrigin + performance.now());
    this.settle(batch, baseOffset);
  }

  giveUp(batch: Batch<R>): void {
    this.givenUp += batch.records.length;
    this.settle(batch, undefined);
  }

  divided(batch: Batch<R>, halves: readonly Batch<R>[]): void {
    this.unsettled.delete(batch);
    for (const half of halves) this.unsettled.add(half);
  }

  private settle(batch: Batch<R>, baseOffset: number | undefined): void {
    const { partition, records, resent } = batch;
    this.unsettled.delete(batch);
    this.bytes -= batch.contentBytes;
    const lane = this.lanes[partition];
    if (lane !== undefined) lane.inFlight -= records.length;
    this.options.onDelivered?.({ partition, records, baseOffset, resent });
  }
}
