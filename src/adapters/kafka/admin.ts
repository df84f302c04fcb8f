import { setTimeout as delay } from 'node:timers/promises';
import kafkajs, { type Admin, type RetryOptions } from 'kafkajs';
import type { KafkaConnection } from '../../domain/connections.js';
import type { TopicSpec } from '../../domain/topics.js';
import { kafkajsOptions } from './client-options.js';
import { isUnknownTopic, kafkaError, topicMissing } from './errors.js';

// A CommonJS package whose names Node does not all find.
const { ConfigResourceTypes, Kafka, KafkaJSGroupCoordinatorNotFound, KafkaJSProtocolError, logLevel } =
  kafkajs;

/**
 * A new cluster makes the topic of the offsets at the first question about a group; on a busy machine its 50 partitions
 * take longer than kafkajs tries.
 */
const coordinatorPatienceMs = 30_000;
const coordinatorPauseMs = 500;

export interface TopicDescription {
  name: string;
  partitions: number;
  config: Readonly<Record<string, string>>;
}

/** What streamlab asks of a cluster besides records. Every call may throw SERVICE_UNREACHABLE. */
export interface KafkaAdmin {
  /** Whether a broker answers a metadata request; false instead of an error. */
  answers(): Promise<boolean>;
  /** Creates the topics that are not there yet; the names of those it made. */
  createMissing(specs: readonly TopicSpec[]): Promise<string[]>;
  /** @throws StreamlabError TOPIC_MISSING */
  describe(topic: string): Promise<TopicDescription>;
  /** Offsets a group has committed, by partition; partitions without one are absent. */
  committed(group: string, topic: string): Promise<ReadonlyMap<number, number>>;
  /** Ids of the members of a group; empty if there is no such group. */
  members(group: string): Promise<string[]>;
  close(): Promise<void>;
}

function kafkaOf(connection: KafkaConnection, retry: RetryOptions): InstanceType<typeof Kafka> {
  return new Kafka({
    clientId: 'streamlab',
    ...kafkajsOptions(connection),
    // kafkajs writes to stderr by itself, also for errors that it retries.
    logLevel: logLevel.NOTHING,
    connectionTimeout: 3_000,
    requestTimeout: 20_000,
    retry,
  });
}

export function createKafkaAdmin(connection: KafkaConnection): KafkaAdmin {
  const admin = kafkaOf(connection, { retries: 3, initialRetryTime: 200, maxRetryTime: 2_000 }).admin();
  let connected: Promise<void> | undefined;
  const run = async <T>(what: string, action: (admin: Admin) => Promise<T>): Promise<T> => {
    try {
      connected ??= admin.connect();
      await connected;
      return await action(admin);
    } catch (error) {
      connected = undefined;
      throw kafkaError(connection, what, error);
    }
  };
  return {
    answers: () => answersNow(connection),
    createMissing: (specs) => run('creating topics', (a) => createMissing(a, specs)),
    describe: (topic) => run(`describing ${topic}`, (a) => describeTopic(a, topic)),
    committed: (group, topic) => run(`offsets of ${group}`, (a) => committedOffsets(a, group, topic)),
    members: (group) => run(`members of ${group}`, (a) => groupMembers(a, group)),
    close: () => admin.disconnect(),
  };
}

/**
 * Without the retries of the others, which take seconds: who asks wants to know now. Not through `KafkaCluster`, whose
 * library takes half a second to load, which `up` needs for nothing else.
 */
async function answersNow(connection: KafkaConnection): Promise<boolean> {
  const admin = kafkaOf(connection, { retries: 0 }).admin();
  try {
    await admin.connect();
    await admin.listTopics();
    return true;
  } catch {
    return false;
  } finally {
    await admin.disconnect();
  }
}

async function createMissing(admin: Admin, specs: readonly TopicSpec[]): Promise<string[]> {
  const existing = new Set(await admin.listTopics());
  const missing = specs.filter((spec) => !existing.has(spec.name));
  if (missing.length === 0) return [];
  // False means that somebody else was faster, which is as good.
  await admin.createTopics({
    waitForLeaders: true,
    topics: missing.map((spec) => ({
      topic: spec.name,
      numPartitions: spec.partitions,
      replicationFactor: spec.replicationFactor,
      configEntries: Object.entries(spec.config).map(([name, value]) => ({ name, value })),
    })),
  });
  return missing.map((spec) => spec.name);
}

async function describeTopic(admin: Admin, topic: string): Promise<TopicDescription> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }],
    });
    const entries = resources[0]?.configEntries ?? [];
    return {
      name: topic,
      partitions: topics[0]?.partitions.length ?? 0,
      config: Object.fromEntries(entries.map((entry) => [entry.configName, entry.configValue])),
    };
  } catch (error) {
    if (isUnknownTopic(error)) throw topicMissing(topic, error);
    throw error;
  }
}

async function committedOffsets(admin: Admin, group: string, topic: string): Promise<Map<number, number>> {
  try {
    const [found] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
    const offsets = (found?.partitions ?? []).map((p) => [p.partition, Number(p.offset)] as const);
    return new Map(offsets.filter(([, offset]) => offset >= 0));
  } catch (error) {
    if (isUnknownTopic(error)) throw topicMissing(topic, error);
    throw error;
  }
}

async function groupMembers(admin: Admin, group: string): Promise<string[]> {
  const end = Date.now() + coordinatorPatienceMs;
  for (;;) {
    try {
      const { groups } = await admin.describeGroups([group]);
      return (groups[0]?.members ?? []).map((member) => member.memberId);
    } catch (error) {
      // Brokers before 4.0 answer with a dead group, newer ones with this error.
      if (error instanceof KafkaJSProtocolError && error.type === 'GROUP_ID_NOT_FOUND') return [];
      if (!(error instanceof KafkaJSGroupCoordinatorNotFound) || Date.now() > end) throw error;
      await delay(coordinatorPauseMs);
    }
  }
}
