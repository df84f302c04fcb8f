import type { Config } from '../config.js';
import { formatDuration } from '../duration.js';
import { jobName } from '../flink-job.js';
import { MAX_RESULT_BYTES, topics, topicSpecs } from '../topics.js';
import type { AclOperation, Allowed, GroupFact, KafkaFacts, TopicFact } from './facts.js';
import type { Finding } from './findings.js';

/** What the job, ClickHouse and the commands do with every topic of a lab. */
const topicOperations: readonly AclOperation[] = ['Read', 'Write', 'Describe', 'DescribeConfigs'];
const groupOperations: readonly AclOperation[] = ['Read', 'Describe'];
const longestTopicList = 3;

export function kafkaFindings(config: Config, facts: KafkaFacts): Finding[] {
  const replication = replicationFindings(config, facts);
  // Of too few brokers every topic would complain once more.
  const creatable =
    replication.length > 0
      ? facts.topics.filter(({ creation }) => creation?.error !== 'INVALID_REPLICATION_FACTOR')
      : facts.topics;
  return [
    ...replication,
    ...accessFindings('topic', 'events.', facts.topics, topicOperations, config),
    ...accessFindings('group', 'streamlab-', facts.groups, groupOperations, config),
    ...creationFindings(config, creatable),
    ...facts.topics.filter(({ exists }) => exists).flatMap((topic) => shapeFindings(config, topic)),
    ...transactionFindings(config, facts),
    ...clearTextFindings(config),
  ];
}

function finding(part: Omit<Finding, 'system' | 'level'> & { level?: Finding['level'] }): Finding {
  return { system: 'kafka', level: 'fail', ...part };
}

function replicationFindings({ replicationFactor }: Config, { brokers }: KafkaFacts): Finding[] {
  if (replicationFactor === undefined || replicationFactor <= brokers) return [];
  return [
    finding({
      kind: 'unfit',
      what: `replicationFactor is ${replicationFactor}, and Kafka has ${brokers === 1 ? 'one broker' : `${brokers} brokers`}.`,
      setting: 'replicationFactor',
      todo: `Set replicationFactor to ${brokers} at most, or leave it out for the cluster's own default.`,
    }),
  ];
}

/** Those with the same gaps are named together. */
function accessFindings(
  kind: 'topic' | 'group',
  prefix: string,
  things: readonly (TopicFact | GroupFact)[],
  needed: readonly AclOperation[],
  config: Config,
): Finding[] {
  const byGap = new Map<string, string[]>();
  for (const { name, allowed } of things) {
    const gap = lacking(allowed, needed).join(', ');
    if (gap !== '') byGap.set(gap, [...(byGap.get(gap) ?? []), name]);
  }
  return [...byGap].map(([gap, names]) =>
    finding({
      kind: 'forbidden',
      what: `${userOf(config)} may not ${gap} the ${kind}${names.length > 1 ? 's' : ''} ${someOf(names)}.`,
      setting: 'kafkaUser',
      todo: `Let an administrator run: kafka-acls --add --allow-principal ${principalOf(config)} ${gap
        .split(', ')
        .map((operation) => `--operation ${operation}`)
        .join(' ')} --${kind} ${prefix} --resource-pattern-type prefixed`,
    }),
  );
}

function lacking(allowed: Allowed, needed: readonly AclOperation[]): AclOperation[] {
  return allowed === undefined ? [] : needed.filter((operation) => !allowed.includes(operation));
}

function creationFindings(config: Config, all: readonly TopicFact[]): Finding[] {
  const byError = new Map<string, { message: string; names: string[] }>();
  for (const { name, creation } of all) {
    if (creation === undefined) continue;
    const same = byError.get(creation.error) ?? { message: creation.message, names: [] };
    byError.set(creation.error, { ...same, names: [...same.names, name] });
  }
  return [...byError].map(([error, { message, names }]) => {
    const isForbidden = error.endsWith('AUTHORIZATION_FAILED');
    return finding({
      kind: isForbidden ? 'forbidden' : 'unfit',
      what: isForbidden
        ? `${userOf(config)} may not Create the topics ${someOf(names)}, which are not there.`
        : `Kafka would not create the topics ${someOf(names)}: ${message || error}`,
      setting: isForbidden ? 'kafkaUser' : 'replicationFactor, rawPartitions',
      todo: isForbidden
        ? `Let an administrator create them, or run: kafka-acls --add --allow-principal ${principalOf(config)} --operation Create --topic events. --resource-pattern-type prefixed`
        : 'Change the settings, or let an administrator create the topics; docs/contracts.md describes them.',
    });
  });
}

function shapeFindings(config: Config, topic: TopicFact): Finding[] {
  const wanted = topicSpecs({ ...config, replicationFactor: 1 }).find(({ name }) => name === topic.name);
  const findings: Finding[] = [];
  if (topic.name === topics.raw && topic.partitions < config.rawPartitions) {
    findings.push(
      finding({
        kind: 'unfit',
        what: `The topic ${topic.name} has ${topic.partitions} partitions, and rawPartitions is ${config.rawPartitions}.`,
        setting: 'rawPartitions',
        todo: `Set rawPartitions to ${topic.partitions}, or let an administrator add partitions.`,
      }),
    );
  }
  const policy = topic.config['cleanup.policy'];
  const wantedPolicy = wanted?.config['cleanup.policy'];
  if (policy !== undefined && wantedPolicy !== undefined && policy !== wantedPolicy) {
    findings.push(
      finding({
        kind: 'unfit',
        what: `The topic ${topic.name} has cleanup.policy ${policy}, and streamlab needs ${wantedPolicy}.`,
        setting: 'the topic',
        todo: `Let an administrator set cleanup.policy=${wantedPolicy} on ${topic.name}, or remove the topic.`,
      }),
    );
  }
  const bytes = Number(topic.config['max.message.bytes'] ?? Infinity);
  if (wanted?.config['max.message.bytes'] === String(MAX_RESULT_BYTES) && bytes < MAX_RESULT_BYTES) {
    findings.push(
      finding({
        level: 'warn',
        kind: 'unfit',
        what: `The topic ${topic.name} takes records of ${bytes} bytes at most: a larger dead letter would stop the job.`,
        setting: 'the topic',
        todo: `Set max.message.bytes=${MAX_RESULT_BYTES} on ${topic.name}.`,
      }),
    );
  }
  return findings;
}

function transactionFindings(config: Config, { transactions }: KafkaFacts): Finding[] {
  if (config.guarantee !== 'exactly-once' || transactions?.error === undefined) return [];
  const { error, acceptedTimeoutMs } = transactions;
  if (error.endsWith('AUTHORIZATION_FAILED')) {
    return [
      finding({
        kind: 'forbidden',
        what: `${userOf(config)} may not use transactions whose ids begin with ${jobName(config.lab)}-.`,
        setting: 'kafkaUser, guarantee',
        todo: `Set guarantee: at-least-once, or let an administrator run: kafka-acls --add --allow-principal ${principalOf(config)} --operation Write --operation Describe --transactional-id streamlab- --resource-pattern-type prefixed`,
      }),
    ];
  }
  if (acceptedTimeoutMs !== undefined || config.transactionTimeout === undefined) return [];
  return [
    finding({
      kind: 'unfit',
      what: `transactionTimeout is ${formatDuration(config.transactionTimeout)}, more than the brokers' transaction.max.timeout.ms.`,
      setting: 'transactionTimeout',
      todo: 'Leave transactionTimeout out: streamlab then takes the longest that the brokers allow.',
    }),
  ];
}

function clearTextFindings(config: Config): Finding[] {
  const isTls = config.kafkaTls ?? (config.kafkaCa !== undefined || config.kafkaCert !== undefined);
  if (config.kafkaSasl !== 'plain' || isTls) return [];
  return [
    finding({
      level: 'warn',
      kind: 'unfit',
      what: 'The password goes over the network as it is: kafkaSasl is plain, and TLS is off.',
      setting: 'kafkaSasl, kafkaTls',
      todo: 'Turn TLS on (kafkaTls), or use scram-sha-512.',
    }),
  ];
}

function userOf({ kafkaUser }: Config): string {
  return kafkaUser === undefined ? 'The client (without a kafkaUser)' : `User ${kafkaUser}`;
}

function principalOf({ kafkaUser }: Config): string {
  return kafkaUser === undefined ? 'User:…' : `User:${kafkaUser}`;
}

function someOf(names: readonly string[]): string {
  if (names.length <= longestTopicList) return names.join(', ');
  return `${names.slice(0, longestTopicList).join(', ')} and ${names.length - longestTopicList} more`;
}
