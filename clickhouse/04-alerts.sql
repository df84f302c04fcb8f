-- Alerts: Kafka -> alerts_queue -> alerts_consumer -> alerts_landing -> alerts (and consumer_errors).
-- Why there is a landing table, and why the queue comes last: see 02-agg-1m.sql.

-- One row per alert record (an alert that fires and resolves is two), known by its place on the topic. The
-- record is kept whole in `raw`: rules may add fields that no column knows yet.
CREATE TABLE IF NOT EXISTS ${database}.alerts
(
    kafka_partition  Int32,
    kafka_offset     Int64,
    alert_id         String,
    rule             LowCardinality(String),
    severity         LowCardinality(String),
    status           LowCardinality(String),
    summary          String,
    labels           Map(String, String),
    value            Nullable(Float64),
    fired_at         Int64,
    raw              String
)
ENGINE = ReplacingMergeTree
ORDER BY (kafka_partition, kafka_offset);

-- What arrives from Kafka, whole, with its coordinates; passed on to the views below and not stored.
CREATE TABLE IF NOT EXISTS ${database}.alerts_landing
(
    raw              String,
    kafka_topic      String,
    kafka_partition  Int32,
    kafka_offset     Int64,
    error            String,
    raw_message      String
)
ENGINE = Null;

-- Fields are taken out with JSONExtract, which gives a default where one is missing or of another type.
CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.alerts_mv TO ${database}.alerts AS
SELECT
    kafka_partition,
    kafka_offset,
    JSONExtractString(raw, 'alert_id') AS alert_id,
    JSONExtractString(raw, 'rule') AS rule,
    JSONExtractString(raw, 'severity') AS severity,
    JSONExtractString(raw, 'status') AS status,
    JSONExtractString(raw, 'summary') AS summary,
    JSONExtract(raw, 'labels', 'Map(String, String)') AS labels,
    JSONExtract(raw, 'value', 'Nullable(Float64)') AS value,
    JSONExtractInt(raw, 'fired_at') AS fired_at,
    raw
FROM ${database}.alerts_landing
WHERE error = '' AND raw != '';

-- Records that did not parse, for people to see.
CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.alerts_errors_mv TO ${database}.consumer_errors AS
SELECT
    kafka_topic AS topic,
    kafka_partition,
    kafka_offset,
    error,
    raw_message
FROM ${database}.alerts_landing
WHERE error != '';

-- For people and dashboards: each alert record once, with the time it fired as DateTime64.
CREATE VIEW IF NOT EXISTS ${database}.alerts_latest AS
SELECT
    *,
    fromUnixTimestamp64Milli(fired_at, 'UTC') AS fired_time
FROM ${database}.alerts FINAL;

-- The Kafka end; each record is one JSON object, taken whole.
CREATE TABLE IF NOT EXISTS ${database}.alerts_queue
(
    raw  String
)
ENGINE = ${kafkaEngine}
SETTINGS
    ${kafkaBrokers}
    kafka_topic_list = '${alertsTopic}',
    kafka_group_name = '${consumerGroup}-alerts',
    kafka_format = 'JSONAsString',
    kafka_num_consumers = 1,
    kafka_flush_interval_ms = 500,
    kafka_poll_timeout_ms = 100,
    kafka_max_block_size = 65536,
    kafka_handle_error_mode = 'stream';

-- Created last: from here on records flow.
CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.alerts_consumer TO ${database}.alerts_landing AS
SELECT
    raw,
    _topic AS kafka_topic,
    toInt32(_partition) AS kafka_partition,
    toInt64(_offset) AS kafka_offset,
    _error AS error,
    _raw_message AS raw_message
FROM ${database}.alerts_queue;
