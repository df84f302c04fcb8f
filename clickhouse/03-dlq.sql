-- Dead letters: Kafka -> dlq_queue -> dlq_consumer -> dlq_landing -> dlq (and consumer_errors).
-- Why there is a landing table, and why the queue comes last: see 02-agg-1m.sql.

-- One row per dead letter, known by its place on the topic, so that reading a record twice changes nothing
-- (read it with FINAL, or through dlq_latest). Times are epoch milliseconds, as on the topic.
CREATE TABLE IF NOT EXISTS ${database}.dlq
(
    kafka_partition   Int32,
    kafka_offset      Int64,
    kafka_key         String,
    reason            LowCardinality(String),
    verdict           LowCardinality(String),
    event_id          Nullable(String),
    event_type        LowCardinality(Nullable(String)),
    event_time        Nullable(Int64),
    watermark         Nullable(Int64),
    payload           String,
    payload_encoding  LowCardinality(String),
    source_topic      LowCardinality(String),
    source_partition  Int32,
    source_offset     Int64,
    source_timestamp  Int64,
    failed_at         Int64,
    attempt           UInt32
)
ENGINE = ReplacingMergeTree
ORDER BY (kafka_partition, kafka_offset);

-- What arrives from Kafka, with its coordinates; passed on to the views below and not stored.
CREATE TABLE IF NOT EXISTS ${database}.dlq_landing
(
    reason            String,
    verdict           String,
    event_id          Nullable(String),
    event_type        Nullable(String),
    event_time        Nullable(Int64),
    watermark         Nullable(Int64),
    payload           String,
    payload_encoding  String,
    source_topic      String,
    source_partition  Int32,
    source_offset     Int64,
    source_timestamp  Int64,
    failed_at         Int64,
    attempt           UInt32,
    kafka_topic       String,
    kafka_partition   Int32,
    kafka_offset      Int64,
    kafka_key         String,
    error             String,
    raw_message       String
)
ENGINE = Null;

-- Parsed records into the table. A tombstone arrives as a row of defaults, without a reason.
CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.dlq_mv TO ${database}.dlq AS
SELECT * EXCEPT (kafka_topic, error, raw_message)
FROM ${database}.dlq_landing
WHERE error = '' AND reason != '';

-- Records that did not parse, for people to see.
CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.dlq_errors_mv TO ${database}.consumer_errors AS
SELECT
    kafka_topic AS topic,
    kafka_partition,
    kafka_offset,
    error,
    raw_message
FROM ${database}.dlq_landing
WHERE error != '';

-- For people and dashboards: each dead letter once, with the time it failed as DateTime64.
CREATE VIEW IF NOT EXISTS ${database}.dlq_latest AS
SELECT
    *,
    fromUnixTimestamp64Milli(failed_at, 'UTC') AS failed_time
FROM ${database}.dlq FINAL;

-- The Kafka end; settings as in 02-agg-1m.sql.
CREATE TABLE IF NOT EXISTS ${database}.dlq_queue
(
    reason            String,
    verdict           String,
    event_id          Nullable(String),
    event_type        Nullable(String),
    event_time        Nullable(Int64),
    watermark         Nullable(Int64),
    payload           String,
    payload_encoding  String,
    source_topic      String,
    source_partition  Int32,
    source_offset     Int64,
    source_timestamp  Int64,
    failed_at         Int64,
    attempt           UInt32
)
ENGINE = ${kafkaEngine}
SETTINGS
    ${kafkaBrokers}
    kafka_topic_list = '${deadLettersTopic}',
    kafka_group_name = '${consumerGroup}-dlq',
    kafka_format = 'JSONEachRow',
    kafka_num_consumers = 1,
    kafka_flush_interval_ms = 500,
    kafka_poll_timeout_ms = 100,
    kafka_max_block_size = 65536,
    kafka_handle_error_mode = 'stream';

-- Created last: from here on records flow.
CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.dlq_consumer TO ${database}.dlq_landing AS
SELECT
    *,
    _topic AS kafka_topic,
    toInt32(_partition) AS kafka_partition,
    toInt64(_offset) AS kafka_offset,
    _key AS kafka_key,
    _error AS error,
    _raw_message AS raw_message
FROM ${database}.dlq_queue;
