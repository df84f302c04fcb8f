import { ProtocolError } from './client.js';
import type { KafkaConnection } from '../../domain/connections.js';
import type { StreamlabError } from '../../errors.js';
import { BatchEncoder, batchBytesOf, type OutgoingHeaders } from './batch-encoder.js';
import { KafkaCluster } from './cluster.js';
import { PartitionLeaders } from './partition-leaders.js';
import { persist, type Patience } from './persist.js';
import { isMissingTopic, notPermitted, topicMissing, unreachable } from './producer-errors.js';
import {
  TransactionCoordinator,
  type ProducerIdentity,
  type TopicPartitions,
} from './transaction-coordinator.js';
import { transactionFailed } from './transaction-errors.js';

/** A record of a transaction. */
export interface TransactionRecord {
  topic: string;
  partition: number;
  key: Uint8Array | null;
  value: Uint8Array | null;
  headers: OutgoingHeaders;
}

export interface TransactionalProducerOptions {
  kafka: KafkaConnection;
  /** Whoever opens a producer with the same id later fences this one. */
  transactionalId: string;
  topics: readonly TransactionTopic[];
  /** How long to wait for brokers that do not answer, milliseconds. */
  patienceMs?: number;
}

export interface TransactionTopic {
  name: string;
  /** The largest batch that it takes. */
  maxMessageBytes: number;
}

/** Writes records in transactions: all of one become visible to read_committed consumers together, or none ever does. */
export interface TransactionalProducer {
  partitionsOf(topic: string): number;
  /**
   * Sends the records in one transaction; in each partition they keep their order. When it rejects, the transaction was
   * aborted, or will be by the next producer of this id, and this producer takes no more. Only where the answer to the
   * commit got lost is open what became of it: the records themselves tell.
   * @param signal once aborted, brokers that do not answer are not waited for
   * @throws StreamlabError LOCKED when another producer of this id has taken over, TIMED_OUT when the broker ended the
   *   transaction for its age, SERVICE_UNREACHABLE, SERVICE_FAILED, NOT_PERMITTED, TOPIC_MISSING
   */
  transact(records: readonly TransactionRecord[], signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** What a batch takes at most, unless a single record is larger; brokers take 1 MB by default. */
const MAX_BATCH_BYTES = 256 * 1024;
const FIRST_BATCH_BYTES = 64 * 1024;
const PATIENCE_MS = 30_000;
/** An open transaction of a process that was killed holds all readers up for so long. Brokers look every 10 s. */
const TRANSACTION_TIMEOUT_MS = 30_000;
const REQUEST_TIMEOUT_MS = 10_000;
/** Nobody waits long for an abort: the broker, or the next producer, aborts as well. */
const ABORT_PATIENCE_MS = 3_000;
/** Sequence numbers begin anew after 2^31 - 1. */
const SEQUENCES = 2 ** 31;
/** The broker has the batch already: the answer to an earlier copy got lost. */
const DUPLICATE_SEQUENCE_NUMBER = 46;

/**
 * Opens a producer, and thereby ends what an earlier one of the same id left behind: when this resolves, its records are
 * visible or never will be.
 * @throws StreamlabError SERVICE_UNREACHABLE, NOT_PERMITTED, TOPIC_MISSING
 */
export async function openTransactionalProducer(
  options: TransactionalProducerOptions,
  signal: AbortSignal,
): Promise<TransactionalProducer> {
  const { kafka, transactionalId, topics, patienceMs = PATIENCE_MS } = options;
  const cluster = new KafkaCluster(kafka);
  const coordinator = new TransactionCoordinator(cluster, transactionalId);
  const opened = topics.map(
    ({ name, maxMessageBytes }) =>
      new Topic(
        name,
        maxMessageBytes,
        new PartitionLeaders(kafka, name, REQUEST_TIMEOUT_MS, transactionalId),
      ),
  );
  const close = async (): Promise<void> => {
    for (const { leaders } of opened) leaders.close();
    await cluster.close();
  };
  try {
    for (const topic of opened) await topic.look(kafka);
    const identity = await coordinator.takeOver(TRANSACTION_TIMEOUT_MS, { forMs: patienceMs, signal });
    return new Producer({ ...options, patienceMs }, { coordinator, identity, topics: opened, close });
  } catch (error) {
    await close();
    throw transactionFailed(options, error);
  }
}

/** A topic that is written to. */
class Topic {
  partitions = 0;
  /** Of the next record to each partition. */
  readonly sequences: number[] = [];

  constructor(
    readonly name: string,
    readonly maxMessageBytes: number,
    readonly leaders: PartitionLeaders,
  ) {}

  /** @throws StreamlabError SERVICE_UNREACHABLE, NOT_PERMITTED, TOPIC_MISSING */
  async look(kafka: KafkaConnection): Promise<void> {
    try {
      this.partitions = await this.leaders.partitions();
    } catch (error) {
      if (isMissingTopic(error)) throw topicMissing(this.name, error);
      throw notPermitted(kafka, this.name, error) ?? unreachable(kafka, error);
    }
  }
}

/** The records of one partition. */
interface Lane {
  topic: Topic;
  partition: number;
  records: TransactionRecord[];
}

class Producer implements TransactionalProducer {
  private failure: StreamlabError | undefined;

  constructor(
    private readonly options: TransactionalProducerOptions & { patienceMs: number },
    private readonly parts: {
      coordinator: TransactionCoordinator;
      identity: ProducerIdentity;
      topics: readonly Topic[];
      close: () => Promise<void>;
    },
  ) {}

  partitionsOf(topic: string): number {
    return this.topic(topic).partitions;
  }

  async transact(records: readonly TransactionRecord[], signal: AbortSignal): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    if (records.length === 0) return;
    const { coordinator, identity } = this.parts;
    const patience = { forMs: this.options.patienceMs, signal };
    const lanes = this.lanesOf(records);
    const begunAt = performance.now();
    try {
      await coordinator.addPartitions(identity, partitionsOf(lanes), patience);
      await this.deliver(lanes, patience);
      await coordinator.end(identity, true, patience);
    } catch (error) {
      const isOver = performance.now() - begunAt >= TRANSACTION_TIMEOUT_MS;
      this.failure = transactionFailed(this.options, error, isOver ? TRANSACTION_TIMEOUT_MS : undefined);
      if (this.failure.code !== 'LOCKED') await this.abort();
      throw this.failure;
    }
  }

  close(): Promise<void> {
    return this.parts.close();
  }

  private async abort(): Promise<void> {
    const { coordinator, identity } = this.parts;
    const patience = { forMs: ABORT_PATIENCE_MS, signal: AbortSignal.timeout(ABORT_PATIENCE_MS) };
    await coordinator.end(identity, false, patience).catch(() => undefined);
  }

  private topic(name: string): Topic {
    const found = this.parts.topics.find((topic) => topic.name === name);
    if (found === undefined) throw new RangeError(`The producer was not opened for ${name}.`);
    return found;
  }

  private lanesOf(records: readonly TransactionRecord[]): Lane[] {
    const byTopic = new Map<string, Map<number, Lane>>();
    for (const record of records) {
      const { topic, partition } = record;
      const lanes = byTopic.get(topic) ?? new Map<number, Lane>();
      if (lanes.size === 0) byTopic.set(topic, lanes);
      const lane = lanes.get(partition);
      if (lane === undefined)
        lanes.set(partition, { topic: this.topic(topic), partition, records: [record] });
      else lane.records.push(record);
    }
    return [...byTopic.values()].flatMap((lanes) => [...lanes.values()]);
  }

  /** Partitions side by side. Waits for all, also when one fails: after that nothing of the transaction is on its way. */
  private async deliver(lanes: readonly Lane[], patience: Patience): Promise<void> {
    const results = await Promise.allSettled(lanes.map((lane) => this.deliverLane(lane, patience)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  /** One batch after the other, each until it is answered: so the order is kept, and the broker can tell a copy by its number. */
  private async deliverLane({ topic, partition, records }: Lane, patience: Patience): Promise<void> {
    const limit = Math.min(MAX_BATCH_BYTES, topic.maxMessageBytes);
    for (let next = 0; next < records.length;) {
      const encoder = new BatchEncoder(Math.min(limit, FIRST_BATCH_BYTES));
      for (let record = records[next]; record !== undefined; record = records[++next]) {
        const isFull = encoder.bytes + batchBytesOf(record.key, record.value, record.headers) > limit;
        if (isFull && encoder.count > 0) break;
        encoder.addBytes(record.key, record.value, record.headers, Date.now());
      }
      const sequence = topic.sequences[partition] ?? 0;
      const batch = await encoder.finish(undefined, { ...this.parts.identity, sequence });
      await persist(patience, () => this.produce(topic, partition, batch, patience.signal));
      topic.sequences[partition] = (sequence + encoder.count) % SEQUENCES;
    }
  }

  private async produce(
    { leaders }: Topic,
    partition: number,
    batch: Buffer,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      const link = await leaders.ready(partition, signal);
      const { errorCode } = await leaders.produce(link, partition, batch);
      if (errorCode !== 0 && errorCode !== DUPLICATE_SEQUENCE_NUMBER) throw new ProtocolError(errorCode);
    } catch (error) {
      leaders.forgetLeaders();
      throw error;
    }
  }
}

function partitionsOf(lanes: readonly Lane[]): TopicPartitions[] {
  const names = new Set(lanes.map(({ topic }) => topic.name));
  return [...names].map((name) => ({
    name,
    partitions: lanes.filter(({ topic }) => topic.name === name).map(({ partition }) => partition),
  }));
}
