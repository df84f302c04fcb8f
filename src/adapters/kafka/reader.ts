import type { KafkaConnection } from '../../domain/connections.js';
import { StreamlabError } from '../../errors.js';
import { KafkaCluster, type PartitionOffsets } from './cluster.js';
import { decompress } from './compression.js';
import { kafkaError } from './errors.js';
import { fetchPartition, type FetchedPartition } from './fetch-api.js';
import { decodeRange, type KafkaRecord } from './record-batch.js';

export type { PartitionOffsets } from './cluster.js';
export type { KafkaRecord } from './record-batch.js';

/** Half open: `from` is read, `to` is not. */
export interface OffsetRange {
  partition: number;
  from: number;
  to: number;
}

export interface ReadOptions {
  signal?: AbortSignal;
  /** Bytes of one fetch; two of them are held at a time. */
  fetchBytes?: number;
  /** How long an open transaction may hold a range up. */
  stallTimeoutMs?: number;
}

/** Reads topics without a consumer group: nothing is committed, nobody is rebalanced. */
export interface TopicReader {
  /** @throws StreamlabError TOPIC_MISSING, SERVICE_UNREACHABLE */
  offsets(topic: string): Promise<PartitionOffsets[]>;
  /**
   * What tells a topic from one of the same name that was made after it was deleted (KIP-516).
   * @throws StreamlabError TOPIC_MISSING, SERVICE_UNREACHABLE
   */
  idOf(topic: string): Promise<string>;
  /**
   * The offset of the first record at or after a time, epoch milliseconds, by partition; a partition without one is
   * absent.
   * @throws StreamlabError TOPIC_MISSING, SERVICE_UNREACHABLE
   */
  offsetsAt(topic: string, timestampMs: number): Promise<ReadonlyMap<number, number>>;
  /**
   * The committed records of the ranges, partition by partition in the order given and in order of offset, in
   * batches of at least one. Records of aborted transactions, control records and what compaction removed are
   * not there. The buffers of a batch share memory: copy what is kept.
   * @throws StreamlabError TOPIC_MISSING, SERVICE_UNREACHABLE, TIMED_OUT when an open transaction holds a range up
   */
  read(topic: string, ranges: readonly OffsetRange[], options?: ReadOptions): AsyncGenerator<KafkaRecord[]>;
  close(): Promise<void>;
}

const defaults = { fetchBytes: 4 * 1024 * 1024, stallTimeoutMs: 30_000 };
const maxWaitMs = 250;

export function createTopicReader(connection: KafkaConnection): TopicReader {
  const cluster = new KafkaCluster(connection);
  return {
    offsets: (topic) => cluster.offsets(topic),
    idOf: async (topic) => (await cluster.place(topic)).topicId,
    offsetsAt: (topic, timestampMs) => cluster.offsetsAt(topic, timestampMs),
    read: (topic, ranges, options = {}) => readRanges({ cluster, connection, topic }, ranges, options),
    close: () => cluster.close(),
  };
}

interface Source {
  cluster: KafkaCluster;
  connection: KafkaConnection;
  topic: string;
}

async function* readRanges(
  source: Source,
  ranges: readonly OffsetRange[],
  options: ReadOptions,
): AsyncGenerator<KafkaRecord[]> {
  const { topicId, leaders } = await source.cluster.place(source.topic);
  for (const range of ranges) {
    const leader = leaders.find(({ partition }) => partition === range.partition);
    if (leader === undefined) {
      throw new StreamlabError(
        'TOPIC_MISSING',
        `The topic ${source.topic} has no partition ${String(range.partition)}.`,
      );
    }
    yield* readRange(source, { ...range, topicId, brokerId: leader.brokerId }, options);
  }
}

type PlacedRange = OffsetRange & { topicId: string; brokerId: number };

/** Fetches ahead by one: while the caller works on a batch, the next is on its way. */
async function* readRange(
  source: Source,
  range: PlacedRange,
  options: ReadOptions,
): AsyncGenerator<KafkaRecord[]> {
  if (range.from >= range.to) return;
  let position = range.from;
  let progressAt = Date.now();
  let pending: PendingFetch | undefined = fetchAhead(source, range, position, options);
  try {
    while (pending !== undefined) {
      const fetched = await pending;
      pending = undefined;
      options.signal?.throwIfAborted();
      const { records, nextOffset } = decode(fetched, range, position);
      if (nextOffset !== undefined && nextOffset > position) {
        position = nextOffset;
        progressAt = Date.now();
      } else failIfStalled(source.topic, range, position, Date.now() - progressAt, options);
      if (position < range.to) pending = fetchAhead(source, range, position, options);
      if (records.length > 0) yield records;
    }
  } finally {
    // The caller may leave early; the next reader of this connection must not find our answer on it.
    await pending?.catch(() => undefined);
  }
}

type PendingFetch = Promise<FetchedPartition | undefined>;

function fetchAhead(source: Source, range: PlacedRange, offset: number, options: ReadOptions): PendingFetch {
  const pending = fetchAt(source, range, offset, options);
  // It may fail while the caller still works on the batch before it; the error is taken when it is awaited.
  pending.catch(() => undefined);
  return pending;
}

async function fetchAt(
  source: Source,
  range: PlacedRange,
  offset: number,
  options: ReadOptions,
): Promise<FetchedPartition | undefined> {
  try {
    const broker = await source.cluster.broker(range.brokerId);
    const maxBytes = options.fetchBytes ?? defaults.fetchBytes;
    return await fetchPartition(broker, {
      topicId: range.topicId,
      partition: range.partition,
      offset,
      maxBytes,
      maxWaitMs,
    });
  } catch (error) {
    throw kafkaError(source.connection, `reading ${source.topic}`, error);
  }
}

function decode(
  fetched: FetchedPartition | undefined,
  range: OffsetRange,
  from: number,
): ReturnType<typeof decodeRange> {
  if (fetched === undefined) return { records: [], nextOffset: undefined };
  const wanted = { partition: range.partition, from, to: range.to };
  return decodeRange(fetched.data, wanted, fetched.aborted, decompress);
}

function failIfStalled(
  topic: string,
  range: OffsetRange,
  position: number,
  stalledMs: number,
  options: ReadOptions,
): void {
  if (stalledMs < (options.stallTimeoutMs ?? defaults.stallTimeoutMs)) return;
  throw new StreamlabError(
    'TIMED_OUT',
    `${topic} partition ${String(range.partition)} stops at offset ${String(position)} of ${String(range.to)}: ` +
      'a transaction is still open there.',
    { suggestions: ['Wait for its producer to finish, or for the transaction to time out, and try again.'] },
  );
}
