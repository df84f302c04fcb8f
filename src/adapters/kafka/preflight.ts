import {
  createTopicsV7,
  describeConfigsV4,
  describeGroupsV5,
  initProducerIdV4,
  metadataV12,
  type Connection,
} from './client.js';
import type { AclOperation, Allowed, GroupFact, KafkaFacts, TopicFact } from '../../domain/attach/facts.js';
import type { KafkaConnection } from '../../domain/connections.js';
import type { TopicSpec } from '../../domain/topics.js';
import { answerOf, errorName } from './answers.js';
import { KafkaCluster } from './cluster.js';
import { groupCoordinators } from './coordinators.js';

export interface KafkaQuestions {
  topics: readonly TopicSpec[];
  groups: readonly string[];
  /** A transactional id under the job's prefix, and how long its transactions may take at most; longest first. */
  transactions: { id: string; timeoutsMs: readonly number[] } | undefined;
}

const createTimeoutMs = 5_000;
const topicResource = 2;
const notAsked = -2_147_483_648;

/** Bits of the authorized operations of a response, from org.apache.kafka.common.acl.AclOperation. */
const operationBits: readonly [AclOperation, number][] = [
  ['Read', 3],
  ['Write', 4],
  ['Create', 5],
  ['Delete', 6],
  ['Alter', 7],
  ['Describe', 8],
  ['DescribeConfigs', 10],
  ['AlterConfigs', 11],
];

/**
 * Asks a cluster what this client may do there and what is there. Nothing is created: topics are only validated. The
 * one trace left is a transactional id without a transaction, which brokers forget after a week.
 * @throws whatever the client library throws where the cluster cannot be reached
 */
export async function kafkaFacts(kafka: KafkaConnection, questions: KafkaQuestions): Promise<KafkaFacts> {
  const cluster = new KafkaCluster(kafka);
  try {
    const connection = await cluster.anyBroker();
    const names = questions.topics.map(({ name }) => name);
    const metadata = await answerOf(metadataV12.api.async(connection, names, false, true));
    const there = metadata.topics.filter(({ errorCode }) => errorCode === 0).map(({ name }) => name ?? '');
    const absent = questions.topics.filter(({ name }) => !there.includes(name));
    // One after the other: a connection answers in order anyway.
    const configs = await topicConfigs(connection, there);
    const refused = await creationErrors(connection, absent);
    const groups = await groupFacts(cluster, questions.groups);
    const transactions = await transactionFacts(connection, questions.transactions);
    const topics = questions.topics.map(({ name }): TopicFact => {
      const found = metadata.topics.find((topic) => topic.name === name);
      const isRefused = found?.errorCode === 29;
      return {
        name,
        exists: there.includes(name),
        partitions: found?.partitions.length ?? 0,
        config: configs.get(name) ?? {},
        allowed: isRefused ? [] : allowedBy(found?.topicAuthorizedOperations),
        creation: refused.get(name),
      };
    });
    return { brokers: metadata.brokers.length, topics, groups, transactions };
  } finally {
    await cluster.close();
  }
}

function allowedBy(bits: number | undefined): Allowed {
  if (bits === undefined || bits === notAsked) return undefined;
  return operationBits.filter(([, bit]) => (bits & (1 << bit)) !== 0).map(([operation]) => operation);
}

async function topicConfigs(
  connection: Connection,
  names: readonly string[],
): Promise<Map<string, Record<string, string>>> {
  if (names.length === 0) return new Map();
  const resources = names.map((resourceName) => ({
    resourceType: topicResource,
    resourceName,
    configurationKeys: ['cleanup.policy', 'max.message.bytes'],
  }));
  const { results } = await answerOf(
    describeConfigsV4.api.async(
      connection,
      resources as Parameters<typeof describeConfigsV4.api.async>[1],
      false,
      false,
    ),
  );
  return new Map(
    results.map(({ resourceName, configs }) => [
      resourceName,
      Object.fromEntries(configs.map(({ name, value }) => [name, value ?? ''])),
    ]),
  );
}

async function creationErrors(
  connection: Connection,
  absent: readonly TopicSpec[],
): Promise<Map<string, { error: string; message: string }>> {
  if (absent.length === 0) return new Map();
  const wanted = absent.map(({ name, partitions, replicationFactor, config }) => ({
    name,
    numPartitions: partitions,
    replicationFactor,
    assignments: [],
    configs: Object.entries(config).map(([key, value]) => ({ name: key, value })),
  }));
  const { topics } = await answerOf(createTopicsV7.api.async(connection, wanted, createTimeoutMs, true));
  return new Map(
    topics
      .filter(({ errorCode }) => errorCode !== 0 && errorName(errorCode) !== 'TOPIC_ALREADY_EXISTS')
      .map(({ name, errorCode, errorMessage }) => [
        name,
        { error: errorName(errorCode), message: errorMessage ?? '' },
      ]),
  );
}

/** A group is described by its coordinator; one of which nobody knows for sure counts as there. */
export async function groupFacts(cluster: KafkaCluster, names: readonly string[]): Promise<GroupFact[]> {
  const coordinators = await groupCoordinators(cluster, names);
  return await Promise.all(
    names.map(async (name): Promise<GroupFact> => {
      const coordinator = coordinators.get(name);
      if (coordinator?.address === undefined) {
        const isForbidden = coordinator?.error === 'GROUP_AUTHORIZATION_FAILED';
        return { name, exists: true, allowed: isForbidden ? [] : undefined };
      }
      const connection = await cluster.connect(coordinator.address);
      const { groups } = await answerOf(describeGroupsV5.api.async(connection, [name], true));
      const [found] = groups;
      const error = errorName(found?.errorCode ?? 0);
      return {
        name,
        // A group that nobody has used is "dead" to an old broker and an error to a new one.
        exists: error !== 'GROUP_ID_NOT_FOUND' && found?.groupState !== 'Dead',
        allowed: error === 'GROUP_AUTHORIZATION_FAILED' ? [] : allowedBy(found?.authorizedOperations),
      };
    }),
  );
}

/**
 * Every broker checks authorization and timeout before it looks who coordinates the id, so that any broker can be asked,
 * and one that is not the coordinator remembers nothing.
 */
async function transactionFacts(
  connection: Connection,
  asked: KafkaQuestions['transactions'],
): Promise<KafkaFacts['transactions']> {
  let error: string | undefined;
  for (const timeoutMs of asked?.timeoutsMs ?? []) {
    const { errorCode } = await answerOf(
      initProducerIdV4.api.async(connection, asked?.id, timeoutMs, -1n, -1),
    );
    error = errorCode === 0 ? undefined : errorName(errorCode);
    if (error?.endsWith('AUTHORIZATION_FAILED') === true) return { acceptedTimeoutMs: undefined, error };
    if (error !== 'INVALID_TRANSACTION_TIMEOUT') return { acceptedTimeoutMs: timeoutMs, error: undefined };
  }
  return asked === undefined ? undefined : { acceptedTimeoutMs: undefined, error };
}
