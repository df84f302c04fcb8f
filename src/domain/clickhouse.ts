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
] as const;

/** The files of the DDL in the order in which they are run, and the one that takes the queues away. */
export const ddlFiles = ['01-database.sql', '02-agg-1m.sql', '03-dlq.sql', '04-alerts.sql'] as const;
export const dropQueuesFile = 'drop-queues.sql';

/** Values of the placeholders in the DDL files. */
export function ddlValues(connections: LabConnections): Record<string, string> {
  return {
    database: connections.clickhouse.database,
    kafkaBrokers: queueBrokers(connections),
    consumerGroup: clickhouseGroup,
    aggregatesTopic: topics.aggregates,
    deadLettersTopic: topics.deadLetters,
    alertsTopic: topics.alerts,
  };
}

/** The brokers as the queues name them. */
export function queueBrokers(connections: LabConnections): string {
  return connections.kafkaInside.brokers.join(',');
}
