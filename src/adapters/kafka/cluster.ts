import { Connection, listOffsetsV9, metadataV12, type MetadataResponse } from './client.js';
import type { KafkaConnection } from '../../domain/connections.js';
import { StreamlabError } from '../../errors.js';
import { clientSecurity, hostOf } from './client-options.js';
import { isUnknownTopic, kafkaError, topicMissing } from './errors.js';

/** Offsets of one partition. `begin` is the first record kept, the others are one past the last. */
export interface PartitionOffsets {
  partition: number;
  begin: number;
  /** End of what a read_committed consumer may see: below it no transaction is open. */
  lastStable: number;
  /** End of what is replicated, open transactions included. */
  highWatermark: number;
}

export interface TopicPlacement {
  topicId: string;
  /** Broker that leads each partition, in order of partition. */
  leaders: { partition: number; brokerId: number }[];
}

const clientId = 'streamlab';
const earliestTimestamp = -2n;
const latestTimestamp = -1n;
const readUncommitted = 0;
const readCommitted = 1;

/** Single requests to the brokers of a cluster: metadata, offsets, and connections to partition leaders. */
export class KafkaCluster {
  private readonly connections = new Map<string, Promise<Connection>>();
  private metadata: MetadataResponse | undefined;
  private isClosed = false;

  constructor(private readonly options: KafkaConnection) {}

  /**
   * Where a topic's partitions are.
   * @throws StreamlabError TOPIC_MISSING, SERVICE_UNREACHABLE
   */
  async place(topic: string): Promise<TopicPlacement> {
    const found = await this.topicMetadata(topic);
    const leaders = found.partitions
      .map((p) => ({ partition: p.partitionIndex, brokerId: p.leaderId }))
      .sort((a, b) => a.partition - b.partition);
    return { topicId: found.topicId, leaders };
  }

  private async topicMetadata(topic: string): Promise<MetadataResponse['topics'][number]> {
    try {
      const connection = await this.anyBroker();
      this.metadata = await metadataV12.api.async(connection, [topic], false, false);
    } catch (error) {
      if (isUnknownTopic(error)) throw topicMissing(topic, error);
      throw kafkaError(this.options, `metadata of ${topic}`, error);
    }
    const found = this.metadata.topics[0];
    if (found === undefined || found.partitions.length === 0) throw topicMissing(topic);
    return found;
  }

  /**
   * Begin and end offsets of every partition of a topic, in order of partition.
   * @throws StreamlabError TOPIC_MISSING, SERVICE_UNREACHABLE
   */
  async offsets(topic: string): Promise<PartitionOffsets[]> {
    const { leaders } = await this.place(topic);
    try {
      const begin = await this.listOffsets(topic, leaders, earliestTimestamp, readUncommitted);
      const lastStable = await this.listOffsets(topic, leaders, latestTimestamp, readCommitted);
      // Asked for last, so that it is never below the last stable offset of the same answer.
      const highWatermark = await this.listOffsets(topic, leaders, latestTimestamp, readUncommitted);
      return leaders.map(({ partition }) => ({
        partition,
        begin: begin.get(partition) ?? 0,
        lastStable: lastStable.get(partition) ?? 0,
        highWatermark: highWatermark.get(partition) ?? 0,
      }));
    } catch (error) {
      throw kafkaError(this.options, `offsets of ${topic}`, error);
    }
  }

  /**
   * Of every partition the offset of its first record with this timestamp or a later one; of partitions without such
   * a record, nothing.
   * @throws StreamlabError TOPIC_MISSING, SERVICE_UNREACHABLE
   */
  async offsetsAt(topic: string, timestampMs: number): Promise<Map<number, number>> {
    const { leaders } = await this.place(topic);
    try {
      const found = await this.listOffsets(topic, leaders, BigInt(timestampMs), readUncommitted);
      return new Map([...found].filter(([, offset]) => offset >= 0));
    } catch (error) {
      throw kafkaError(this.options, `offsets of ${topic}`, error);
    }
  }

  private async listOffsets(
    topic: string,
    leaders: TopicPlacement['leaders'],
    timestamp: bigint,
    isolation: number,
  ): Promise<Map<number, number>> {
    const result = new Map<number, number>();
    for (const brokerId of new Set(leaders.map((leader) => leader.brokerId))) {
      const partitions = leaders
        .filter((leader) => leader.brokerId === brokerId)
        .map(({ partition }) => ({ partitionIndex: partition, currentLeaderEpoch: -1, timestamp }));
      const connection = await this.broker(brokerId);
      const answer = await listOffsetsV9.api.async(connection, -1, isolation, [{ name: topic, partitions }]);
      for (const p of answer.topics[0]?.partitions ?? []) result.set(p.partitionIndex, Number(p.offset));
    }
    return result;
  }

  /** The connection to a broker that `place` named. */
  async broker(brokerId: number): Promise<Connection> {
    const found = this.metadata?.brokers.find((broker) => broker.nodeId === brokerId);
    if (found === undefined) {
      const brokers = this.options.brokers.join(', ');
      throw new StreamlabError('SERVICE_UNREACHABLE', `A partition on Kafka at ${brokers} has no leader.`, {
        suggestions: ['Wait a moment and try again; streamlab logs kafka shows why.'],
      });
    }
    return await this.connect(`${found.host}:${String(found.port)}`);
  }

  async anyBroker(): Promise<Connection> {
    // The first of the bootstrap brokers that can be reached.
    return await Promise.any(this.options.brokers.map((address) => this.connect(address)));
  }

  async connect(address: string): Promise<Connection> {
    // Whoever was given up and goes on would open one that nobody closes, and the process would never end.
    if (this.isClosed) throw new Error('the connections to Kafka are closed');
    const known = this.connections.get(address);
    if (known !== undefined) return await known;
    const opened = openConnection(address, this.options);
    this.connections.set(address, opened);
    const forget = (): boolean => this.connections.delete(address);
    // A connection that the broker closed is opened anew by the next request.
    opened.then((connection) => connection.once('close', forget), forget);
    return await opened;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    const open = await Promise.allSettled(this.connections.values());
    this.connections.clear();
    await Promise.all(open.flatMap((c) => (c.status === 'fulfilled' ? [c.value.close()] : [])));
  }
}

async function openConnection(address: string, kafka: KafkaConnection): Promise<Connection> {
  const { host, port } = hostOf(address);
  const connection = new Connection(clientId, {
    connectTimeout: 5_000,
    requestTimeout: 30_000,
    ...clientSecurity({ ...kafka, brokers: [address] }),
  });
  // An emitter without a listener for `error` would end the process; requests in flight fail on their own.
  connection.on('error', () => undefined);
  await connection.connect(host, port);
  return connection;
}
