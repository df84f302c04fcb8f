-- Aggregates: Kafka -> agg_1m_queue -> agg_1m_consumer -> agg_1m_landing -> agg_1m (and consumer_errors).
--
-- The landing table stores nothing. It is there so that only one view hangs on the queue: a queue starts to
-- consume, and to commit offsets, as soon as its first view exists; a second one would miss those records.
-- For the same reason the queue and its view come last, and are the only two to be dropped (drop-queues.sql)
-- when the brokers change. Offsets are kept by Kafka, so the new queue goes on where the old one stopped.

-- One row per window, event type, channel and contribution. The record with the highest offset wins, so that
-- reading a record twice, or in any order, changes nothing. Times are epoch milliseconds, as on the topic.
CREATE TABLE IF NOT EXISTS ${database}.agg_1m
(
    window_start  Int64,
    event_type    LowCardinality(String),
    channel       LowCardinality(String),
    contribution  LowCardinality(String),
    window_end    SimpleAggregateFunction(max, Int64),
    events        AggregateFunction(argMax, UInt64, UInt64),
    revenue       AggregateFunction(argMax, Decimal(38, 2), UInt64),
    emitted_at    AggregateFunction(argMax, Int64, UInt64)
)
ENGINE = AggregatingMergeTree
ORDER BY (window_start, event_type, channel, contribution);

-- What arrives from Kafka, with its coordinates; passed on to the views below and not stored.
CREATE TABLE IF NOT EXISTS ${database}.agg_1m_landing
(
    window_start     Int64,
    event_type       String,
    channel          String,
    contribution     String,
    window_end       Int64,
    events           UInt64,
    revenue          Decimal(38, 2),
    emitted_at       Int64,
    kafka_topic      String,
    kafka_partition  Int32,
    kafka_offset     UInt64,
    error            String,
    raw_message      String
)
ENGINE = Null;

-- Parsed records into the aggregate. A tombstone arrives as a row of defaults, without an event type.
CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.agg_1m_mv TO ${database}.agg_1m AS
SELECT
    window_start,
    event_type,
    channel,
    contribution,
    max(agg_1m_landing.window_end) AS window_end,
    argMaxState(agg_1m_landing.events, kafka_offset) AS events,
    argMaxState(agg_1m_landing.revenue, kafka_offset) AS revenue,
    argMaxState(agg_1m_landing.emitted_at, kafka_offset) AS emitted_at
FROM ${database}.agg_1m_landing
WHERE error = '' AND event_type != ''
GROUP BY
    window_start,
    event_type,
    channel,
    contribution;

-- Records that did not parse, for people to see.
CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.agg_1m_errors_mv TO ${database}.consumer_errors AS
SELECT
    kafka_topic AS topic,
    kafka_partition,
    toInt64(kafka_offset) AS kafka_offset,
    error,
    raw_message
FROM ${database}.agg_1m_landing
WHERE error != '';

-- The state of every window per contribution, one row a key, merged. The ledger reads this one.
CREATE VIEW IF NOT EXISTS ${database}.agg_1m_latest AS
SELECT
    window_start,
    max(agg_1m.window_end) AS window_end,
    event_type,
    channel,
    contribution,
    argMaxMerge(agg_1m.events) AS events,
    argMaxMerge(agg_1m.revenue) AS revenue,
    argMaxMerge(agg_1m.emitted_at) AS emitted_at
FROM ${database}.agg_1m
GROUP BY
    window_start,
    event_type,
    channel,
    contribution;

-- For people and dashboards: one row per window, event type and channel, times as DateTime64.
CREATE VIEW IF NOT EXISTS ${database}.kpi_1m AS
SELECT
    fromUnixTimestamp64Milli(agg_1m_latest.window_start, 'UTC') AS window_start,
    fromUnixTimestamp64Milli(max(agg_1m_latest.window_end), 'UTC') AS window_end,
    event_type,
    channel,
    sumIf(agg_1m_latest.events, contribution = 'on_time') AS on_time,
    sumIf(agg_1m_latest.events, contribution = 'late') AS late,
    sumIf(agg_1m_latest.events, startsWith(contribution, 'replay:')) AS replayed,
    sum(agg_1m_latest.events) AS events,
    sum(agg_1m_latest.revenue) AS revenue,
    fromUnixTimestamp64Milli(max(agg_1m_latest.emitted_at), 'UTC') AS emitted_at
FROM ${database}.agg_1m_latest
GROUP BY
    agg_1m_latest.window_start,
    event_type,
    channel;

-- The Kafka end. librdkafka reads committed transactions only, which is its default. A record that does not
-- parse becomes a row with `_error` instead of stopping the queue. Batches are small: freshness over throughput.
-- kafkaEngine and kafkaBrokers say where the brokers are: as settings with broker list and login, or as the engine's
-- argument, the name of a collection of the server that holds both.
CREATE TABLE IF NOT EXISTS ${database}.agg_1m_queue
(
    window_start  Int64,
    event_type    String,
    channel       String,
    contribution  String,
    window_end    Int64,
    events        UInt64,
    revenue       Decimal(38, 2),
    emitted_at    Int64
)
ENGINE = ${kafkaEngine}
SETTINGS
    ${kafkaBrokers}
    kafka_topic_list = '${aggregatesTopic}',
    kafka_group_name = '${consumerGroup}-agg-1m',
    kafka_format = 'JSONEachRow',
    kafka_num_consumers = 1,
    kafka_flush_interval_ms = 200,
    kafka_poll_timeout_ms = 100,
    -- queueRest: how long a queue rests that found nothing, half a second otherwise, which every result would wait for.
    ${queueRest}
    kafka_max_block_size = 65536,
    kafka_handle_error_mode = 'stream';

-- Created last: from here on records flow.
CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.agg_1m_consumer TO ${database}.agg_1m_landing AS
SELECT
    window_start,
    event_type,
    channel,
    contribution,
    window_end,
    events,
    revenue,
    emitted_at,
    _topic AS kafka_topic,
    toInt32(_partition) AS kafka_partition,
    _offset AS kafka_offset,
    _error AS error,
    _raw_message AS raw_message
FROM ${database}.agg_1m_queue;
