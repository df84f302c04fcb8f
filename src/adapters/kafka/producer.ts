import { Base, createAPI, ProduceAcks, produceV7, Writer, type Broker } from '@platformatic/kafka';
import { build, type Histogram } from 'hdr-histogram-js';
import { setTimeout as delay } from 'node:timers/promises';
import type { KafkaConnection } from '../../domain/connections.js';
import type { KeyedPayload } from '../../domain/traffic/event.js';
import type { StreamlabError } from '../../errors.js';
import { clientSecurity } from './client-options.js';
import type { DeliveryStats, EventSink } from './event-sink.js';
import { Lane, LINGER_MS, type Batch } from './lanes.js';
import { encodeRecordBatch } from './batch-encoder.js';
import { partitionOf } from './partitioner.js';
import {
  isFatal,
  isMissingTopic,
  rootReason,
  topicMissing,
  undeliverable,
  unreachable,
} from './producer-errors.js';

/** Records taken but not acknowledged, at most: the bound on memory, and what an outage can leave unacknowledged. */
const MAX_IN_FLIGHT = 20_000;
/** How long a batch is tried before it is given up; Kafka's Java client calls it delivery.timeout.ms. */
const DELIVERY_TIMEOUT_MS = 60_000;
const REQUEST_TIMEOUT_MS = 15_000;
const RETRY_DELAY_MS = 250;

interface KafkaSinkOptions {
  kafka: KafkaConnection;
  topic: string;
  /** For tests; 60 s otherwise. */
  deliveryTimeoutMs?: number;
}

/**
 * Opens the topic for writing: acks from all in-sync replicas, not idempotent (the library's idempotent mode loses records
 * before 2.0), each batch sent again until it is answered or its time is over. A batch whose answer got lost is sent by a
 * new client (an old one must not go on after an indefinite error) and may then stand in the topic twice.
 * @throws StreamlabError SERVICE_UNREACHABLE, TOPIC_MISSING
 */
export async function openKafkaSink(options: KafkaSinkOptions): Promise<EventSink> {
  const client = createClient(options.kafka);
  try {
    const { partitionsCount } = await topicMetadata(client, options.topic);
    return new KafkaSink(options, client, partitionsCount);
  } catch (error) {
    await client.close().catch(() => undefined);
    if (isMissingTopic(error)) throw topicMissing(options.topic, error);
    throw unreachable(options.kafka, error);
  }
}

/** The part of the client that is used: metadata and connections. Requests are written here. */
type Client = Base;

function createClient(kafka: KafkaConnection): Client {
  // Retrying is done here and not by the library, so that it can be counted and bounded.
  return new Base({
    clientId: 'streamlab-produce',
    bootstrapBrokers: [...kafka.brokers],
    ...clientSecurity(kafka),
    retries: 0,
    connectTimeout: 5_000,
    requestTimeout: REQUEST_TIMEOUT_MS + 5_000,
    autocreateTopics: false,
  });
}

async function topicMetadata(client: Client, topic: string) {
  // Answered from memory for a few seconds.
  const { topics, brokers } = await client.metadata({ topics: [topic], autocreateTopics: false });
  const found = topics.get(topic);
  if (found === undefined) throw new Error(`no metadata of ${topic}`);
  return { ...found, brokers };
}

async function leaderOf(client: Client, topic: string, partition: number): Promise<Broker> {
  const { partitions, brokers } = await topicMetadata(client, topic);
  const leader = brokers.get(partitions[partition]?.leader ?? -1);
  if (leader === undefined) throw new Error(`partition ${partition} of ${topic} has no leader`);
  return leader;
}

/*
  Produce request, version 7 (every broker from 2.1 to 4.x): transactional_id NULLABLE_STRING, acks INT16, timeout_ms INT32,
  [topic STRING, [partition INT32, records BYTES]]. The library's own request takes one object a record.
*/
function produceRequest(topic: string, partition: number, recordBatch: Buffer): Writer {
  return Writer.create()
    .appendString(null, false)
    .appendInt16(ProduceAcks.ALL)
    .appendInt32(REQUEST_TIMEOUT_MS)
    .appendInt32(1)
    .appendString(topic, false)
    .appendInt32(1)
    .appendInt32(partition)
    .appendInt32(recordBatch.length)
    .append(recordBatch);
}

const PRODUCE_KEY = 0;
const PRODUCE_VERSION = 7;
const produceApi = createAPI<Parameters<typeof produceRequest>, produceV7.ProduceResponse>(
  PRODUCE_KEY,
  PRODUCE_VERSION,
  produceRequest,
  produceV7.parseResponse,
  false,
  false,
);

/** The sink over Kafka; `openKafkaSink` makes it. */
class KafkaSink implements EventSink {
  private readonly lanes: readonly Lane[];
  private readonly latency: Histogram = build({ useWebAssembly: false, numberOfSignificantValueDigits: 2 });
  private readonly deliveryTimeoutMs: number;
  private waiting: (() => void)[] = [];
  private timer: NodeJS.Timeout | undefined;
  private acknowledged = 0;
  private resent = 0;
  private taken = 0;
  private closed = false;
  private failed: StreamlabError | undefined;
  private troubled: string | undefined;

  constructor(
    private readonly options: KafkaSinkOptions,
    private client: Client,
    partitions: number,
  ) {
    this.lanes = Array.from({ length: partitions }, (_, partition) => new Lane(partition));
    this.deliveryTimeoutMs = options.deliveryTimeoutMs ?? DELIVERY_TIMEOUT_MS;
  }

  get inFlight(): number {
    return this.taken - this.acknowledged;
  }

  get capacity(): number {
    return MAX_IN_FLIGHT - this.inFlight;
  }

  get failure(): StreamlabError | undefined {
    return this.failed;
  }

  get trouble(): string | undefined {
    return this.troubled;
  }

  append(record: KeyedPayload): void {
    const lane = this.lanes[partitionOf(record.key, this.lanes.length)];
    if (lane === undefined) return;
    this.taken++;
    if (lane.add(record)) this.pump(lane, false);
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      for (const each of this.lanes) this.pump(each, true);
    }, LINGER_MS);
  }

  async room(): Promise<void> {
    await this.until(() => this.capacity > 0);
  }

  async flush(): Promise<void> {
    for (const lane of this.lanes) this.pump(lane, true);
    await this.until(() => this.inFlight === 0);
  }

  stats(): DeliveryStats {
    const { latency, acknowledged, resent } = this;
    const percentile = (p: number): number => latency.getValueAtPercentile(p);
    return {
      acknowledged,
      resent,
      latencyMs:
        latency.totalCount === 0
          ? undefined
          : { p50: percentile(50), p99: percentile(99), max: latency.maxValue },
    };
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    this.wake();
    await this.client.close().catch(() => undefined);
  }

  private async until(condition: () => boolean): Promise<void> {
    while (!condition() && this.failed === undefined && !this.closed)
      await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  private wake(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }

  private pump(lane: Lane, force: boolean): void {
    if (lane.busy || this.closed || this.failed !== undefined) return;
    const batch = lane.take(force);
    if (batch === undefined) return;
    lane.busy = true;
    void this.deliver(batch).finally(() => {
      lane.busy = false;
      this.wake();
      // Without a timer pending nobody else would send what was added meanwhile.
      this.pump(lane, this.timer === undefined);
    });
  }

  /** Sends a batch until it is answered. Never rejects: what went wrong is `failure`. */
  private async deliver(batch: Batch): Promise<void> {
    const giveUpAt = performance.now() + this.deliveryTimeoutMs;
    // Encoded once: all copies have one timestamp, and so one verdict.
    const encoded = encodeRecordBatch(batch.records, Date.now());
    let maybeWritten = false;
    while (!this.closed) {
      const client = this.client;
      try {
        // Most failures show here, where nothing has been written yet. Answered from memory while all is well.
        const leader = await leaderOf(client, this.options.topic, batch.partition);
        if (maybeWritten) this.resent += batch.records.length;
        maybeWritten = true;
        await this.send(client, leader, batch, encoded);
        this.confirm(batch);
        return;
      } catch (error) {
        this.troubled = rootReason(error);
        if (isFatal(error) || performance.now() >= giveUpAt) {
          this.failed ??= this.failureOf(error);
          return;
        }
        this.renew(client);
        await delay(RETRY_DELAY_MS);
      }
    }
  }

  private async send(client: Client, leader: Broker, batch: Batch, encoded: Buffer): Promise<void> {
    const connection = await client.connections.get(leader);
    await produceApi.async(connection, this.options.topic, batch.partition, encoded);
  }

  private confirm(batch: Batch): void {
    this.acknowledged += batch.records.length;
    this.troubled = undefined;
    this.latency.recordValueWithCount(
      Math.max(1, Math.round(performance.now() - batch.openedAt)),
      batch.records.length,
    );
  }

  private failureOf(error: unknown): StreamlabError {
    if (isMissingTopic(error)) return topicMissing(this.options.topic, error);
    return undeliverable(this.options.kafka, this.deliveryTimeoutMs, error);
  }

  /** A new client in place of one that failed; several batches fail at once, the first of them renews it for all. */
  private renew(failedClient: Client): void {
    if (failedClient !== this.client) return;
    this.client = createClient(this.options.kafka);
    failedClient.close().catch(() => undefined);
  }
}
