import { clickhouseKafka } from './attach/kafka-security.js';
import type { LabConnections } from './connections.js';
import { topics } from './topics.js';

/** Group of the Flink source: it commits its offsets there at every completed checkpoint. */
export const flinkGroup = 'streamlab-flink';

const clickhouseGroup = 'streamlab-clickhouse';

/** The Kafka ends in ClickHouse: queue table, the topic it reads, and its consumer group (see clickhouse/*.sql). */
export const queues = [
  { table: 'agg_1m_queue', topic: topics.aggregates, group: `${clickhouseGroup}-agg-1m` },
  { table: 'dlq_queue', topic: topics.deadLetters, group: `${clickhouseGroup}-dlq` },
  { table: 'alerts_queue', topic: topics.alerts, group: `${clickhouseGroup}-alerts` },
  { table: 'dlq_replays_queue', topic: topics.replays, group: `${clickhouseGroup}-dlq-replays` },
] as const;

/** The files of the DDL in the order in which they are run, and the one that takes the queues away. */
export const ddlFiles = [
  '01-database.sql',
  '02-agg-1m.sql',
  '03-dlq.sql',
  '04-alerts.sql',
  '05-dlq-replays.sql',
  '06-pipeline-metrics.sql',
] as const;
export const dropQueuesFile = 'drop-queues.sql';

/** Values of the placeholders in the DDL files. */
/**
 * @param version of the server, such as 26.7.2.1; left out, it gets no setting that some servers do not know
 */
export function ddlValues(connections: LabConnections, version = ''): Record<string, string> {
  const { engine, settings } = clickhouseKafka(connections);
  return {
    database: connections.clickhouse.database,
    kafkaEngine: engine,
    kafkaBrokers: settings,
    queueRest: knowsQueueRest(version) ? 'kafka_consumer_reschedule_ms = 100,' : '',
    consumerGroup: clickhouseGroup,
    rawTopic: topics.raw,
    aggregatesTopic: topics.aggregates,
    deadLettersTopic: topics.deadLetters,
    alertsTopic: topics.alerts,
    replaysTopic: topics.replays,
  };
}

/** The setting came at the end of 2025 (ClickHouse pull request 90112); an older server refuses what it does not know. */
function knowsQueueRest(version: string): boolean {
  return Number(/^\d+(?=\.)/.exec(version)?.[0]) >= 26;
}

/**
 * Which brokers a queue reads, and as whom, in one line: of two queues that say the same neither has to be made anew.
 * Passwords are no part of it: ClickHouse does not show them.
 */
export function queueBrokers(connections: LabConnections): string {
  const { engine, settings } = clickhouseKafka(connections);
  return brokersOfQueue(`ENGINE = ${engine} SETTINGS ${settings}`);
}

/** The same of a queue that is there, from its CREATE statement as `system.tables` shows it. */
export function brokersOfQueue(createQuery: string): string {
  const collection = /ENGINE = Kafka\((\w+)\)/.exec(createQuery)?.[1];
  if (collection !== undefined) return `named collection ${collection}`;
  const setting = (name: string): string =>
    new RegExp(`kafka_${name}\\s*=\\s*'((?:[^'\\\\]|\\\\.)*)'`).exec(createQuery)?.[1] ?? '';
  const security = [setting('security_protocol'), setting('sasl_mechanism'), setting('sasl_username')];
  return [setting('broker_list'), ...security].filter((part) => part !== '').join(' ');
}

/** Whether what a queue complains of is that its login is refused; the password may be an old one. */
export function isLoginRefused(exception: string): boolean {
  return /SASL authentication error|Authentication failed/i.test(exception);
}
