-- Run before the DDL when a queue must change (brokers, group, topic): takes only the Kafka ends away.
-- The view goes first, so that the queue has nobody to feed and commits nothing more. Tables keep their rows;
-- Kafka keeps the committed offsets, and the new queues go on from there.
DROP VIEW IF EXISTS ${database}.agg_1m_consumer SYNC;
DROP TABLE IF EXISTS ${database}.agg_1m_queue SYNC;

DROP VIEW IF EXISTS ${database}.dlq_consumer SYNC;
DROP TABLE IF EXISTS ${database}.dlq_queue SYNC;

DROP VIEW IF EXISTS ${database}.alerts_consumer SYNC;
DROP TABLE IF EXISTS ${database}.alerts_queue SYNC;

DROP VIEW IF EXISTS ${database}.dlq_replays_consumer SYNC;
DROP TABLE IF EXISTS ${database}.dlq_replays_queue SYNC;
