import { listOffsetsV9, offsetFetchV9 } from './client.js';
import type { KafkaConnection } from '../../domain/connections.js';
import type { CommittedOffset, KafkaSample, PartitionEnds } from '../../domain/pipeline/samples.js';
import { answerOf, errorName } from './answers.js';
import { KafkaCluster, type TopicPlacement } from './cluster.js';
import { groupCoordinators } from './coordinators.js';
import { kafkaError } from './errors.js';
import { createHeadTimes, type HeadTimes } from './head-times.js';
import type { TopicReader } from './reader.js';

export interface GroupTopic {
  group: string;
  topic: string;
}

export interface LagWatch {
  /**
   * Ends of the topics and committed offsets of the groups.
   * @throws StreamlabError TOPIC_MISSING, SERVICE_UNREACHABLE, NOT_PERMITTED
   */
  look(): Promise<KafkaSample>;
  close(): Promise<void>;
}

const timestamps = { begin: -2n, end: -1n, newest: -3n } as const;
const readUncommitted = 0;
const readCommitted = 1;

/**
 * Asks as Kafka's consumer-groups tool does (high watermarks, and offsets as they are committed), all topics in one request
 * and all groups of a coordinator in one.
 */
export function createLagWatch(
  connection: KafkaConnection,
  groups: readonly GroupTopic[],
  reader: Pick<TopicReader, 'read'>,
): LagWatch {
  const cluster = new KafkaCluster(connection);
  const heads = createHeadTimes(reader);
  let places: Places | undefined;
  return {
    look: async () => {
      try {
        places ??= await findPlaces(cluster, groups);
        return await look(cluster, places, groups, heads);
      } catch (error) {
        // Leaders and coordinators may have moved.
        places = undefined;
        throw kafkaError(connection, 'offsets and groups', error);
      }
    },
    close: () => cluster.close(),
  };
}

interface Places {
  topics: Map<string, TopicPlacement['leaders']>;
  /** Groups by the address of their coordinator. */
  coordinators: Map<string, GroupTopic[]>;
}

async function findPlaces(cluster: KafkaCluster, groups: readonly GroupTopic[]): Promise<Places> {
  const topics: Places['topics'] = new Map();
  for (const topic of new Set(groups.map((group) => group.topic))) {
    topics.set(topic, (await cluster.place(topic)).leaders);
  }
  const found = await groupCoordinators(
    cluster,
    groups.map(({ group }) => group),
  );
  const coordinators: Places['coordinators'] = new Map();
  for (const group of groups) {
    const { address, error } = found.get(group.group) ?? { address: undefined, error: undefined };
    if (address === undefined)
      throw new Error(`no coordinator for the group ${group.group}: ${error ?? 'none named'}`);
    coordinators.set(address, [...(coordinators.get(address) ?? []), group]);
  }
  return { topics, coordinators };
}

async function look(
  cluster: KafkaCluster,
  { topics, coordinators }: Places,
  groups: readonly GroupTopic[],
  heads: HeadTimes,
): Promise<KafkaSample> {
  const committed = await committedOffsets(cluster, coordinators);
  const begin = await listOffsets(cluster, topics, timestamps.begin, readUncommitted);
  const stable = await listOffsets(cluster, topics, timestamps.end, readCommitted);
  const newest = await listOffsets(cluster, topics, timestamps.newest, readUncommitted);
  // Last, so that no end is below what was found before it.
  const end = await listOffsets(cluster, topics, timestamps.end, readUncommitted);
  const sample = [...topics].map(([topic, leaders]) => ({
    topic,
    partitions: leaders.map(({ partition }): PartitionEnds => {
      const place = placeOf(topic, partition);
      const newestAt = newest.get(place)?.timestamp ?? -1;
      return {
        partition,
        begin: begin.get(place)?.offset ?? 0,
        lastStable: stable.get(place)?.offset ?? 0,
        end: end.get(place)?.offset ?? 0,
        newestAt: newestAt < 0 ? null : newestAt,
      };
    }),
  }));
  const found = groups.map(({ group, topic }) => {
    const ends = sample.find((t) => t.topic === topic)?.partitions ?? [];
    const partitions = ends.map(({ partition }): CommittedOffset => {
      const offset = committed.get(placeOf(group, partition)) ?? -1;
      return { partition, committed: offset < 0 ? null : offset };
    });
    return { group, topic, partitions };
  });
  return { topics: sample, groups: await heads.added(found, sample) };
}

function placeOf(name: string, partition: number): string {
  return `${name}/${String(partition)}`;
}

async function committedOffsets(
  cluster: KafkaCluster,
  coordinators: Places['coordinators'],
): Promise<Map<string, number>> {
  const result = new Map<string, number>();
  for (const [address, groups] of coordinators) {
    const asked = groups.map(({ group }) => ({ groupId: group, memberEpoch: -1, topics: null }));
    const connection = await cluster.connect(address);
    const answer = await answerOf(offsetFetchV9.api.async(connection, asked, false));
    for (const { groupId, topics, errorCode } of answer.groups) {
      if (errorCode !== 0) throw new Error(`offsets of the group ${groupId}: ${errorName(errorCode)}`);
      const wanted = groups.find(({ group }) => group === groupId)?.topic;
      const partitions = topics.find(({ name }) => name === wanted)?.partitions ?? [];
      for (const p of partitions) result.set(placeOf(groupId, p.partitionIndex), Number(p.committedOffset));
    }
  }
  return result;
}

async function listOffsets(
  cluster: KafkaCluster,
  topics: Places['topics'],
  timestamp: bigint,
  isolation: number,
): Promise<Map<string, { offset: number; timestamp: number }>> {
  const result = new Map<string, { offset: number; timestamp: number }>();
  const brokers = new Set([...topics.values()].flatMap((leaders) => leaders.map((l) => l.brokerId)));
  for (const brokerId of brokers) {
    const asked = [...topics].map(([name, leaders]) => ({
      name,
      partitions: leaders
        .filter((leader) => leader.brokerId === brokerId)
        .map(({ partition }) => ({ partitionIndex: partition, currentLeaderEpoch: -1, timestamp })),
    }));
    const connection = await cluster.broker(brokerId);
    const answer = await listOffsetsV9.api.async(connection, -1, isolation, asked);
    for (const { name, partitions } of answer.topics) {
      for (const p of partitions) {
        const found = { offset: Number(p.offset), timestamp: Number(p.timestamp) };
        result.set(placeOf(name, p.partitionIndex), found);
      }
    }
  }
  return result;
}
