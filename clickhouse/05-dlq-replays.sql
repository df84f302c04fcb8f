-- The journal of replays: Kafka -> dlq_replays_queue -> dlq_replays_consumer -> dlq_replays_landing -> dlq_replays,
-- dlq_replay_runs (and consumer_errors). Why there is a landing table, and why the queue comes last: see 02-agg-1m.sql.
--
-- The topic is compacted and has records of two kinds, told apart by their keys: {partition, offset} of a dead letter
-- says what became of it, {replay_id} what one replay did so far. Of a key the last record counts. A tombstone takes it
-- back where it arrives, as a row of defaults; the Kafka engine of ClickHouse 26.7 skips records without a value
-- (ClickHouse/ClickHouse#68460), so that there what was taken back by hand stays in these tables.

-- One row per dead letter that was ever replayed.
CREATE TABLE IF NOT EXISTS ${database}.dlq_replays
(
    dlq_partition     Int32,
    dlq_offset        Int64,
    replay_id         LowCardinality(String),
    attempt           UInt32,
    replayed_at       Int64,
    event_id          String,
    source_partition  Nullable(Int32),
    source_offset     Nullable(Int64),
    repaired          Bool,
    forced            Bool,
    kafka_partition   Int32,
    kafka_offset      UInt64
)
ENGINE = ReplacingMergeTree(kafka_offset)
ORDER BY (dlq_partition, dlq_offset);

-- One row per replay.
CREATE TABLE IF NOT EXISTS ${database}.dlq_replay_runs
(
    replay_id        String,
    state            LowCardinality(String),
    started_at       Int64,
    updated_at       Int64,
    selection        String,
    fix              String,
    forced           Bool,
    matched          UInt64,
    replayed         UInt64,
    repaired         UInt64,
    skipped          Map(LowCardinality(String), UInt64),
    kafka_partition  Int32,
    kafka_offset     UInt64
)
ENGINE = ReplacingMergeTree(kafka_offset)
ORDER BY replay_id;

-- What arrives from Kafka, with its key and coordinates; passed on to the views below and not stored. Records of either
-- kind have some of these fields; repaired is a flag of the one and a count of the other.
CREATE TABLE IF NOT EXISTS ${database}.dlq_replays_landing
(
    replay_id         String,
    attempt           UInt32,
    replayed_at       Int64,
    event_id          String,
    source_partition  Nullable(Int32),
    source_offset     Nullable(Int64),
    state             String,
    started_at        Int64,
    updated_at        Int64,
    selection         String,
    fix               String,
    matched           UInt64,
    replayed          UInt64,
    skipped           Map(String, UInt64),
    repaired          UInt64,
    forced            Bool,
    kafka_topic       String,
    kafka_partition   Int32,
    kafka_offset      UInt64,
    kafka_key         String,
    error             String,
    raw_message       String
)
ENGINE = Null;

-- What became of a dead letter.
CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.dlq_replays_mv TO ${database}.dlq_replays AS
SELECT
    toInt32(JSONExtractInt(kafka_key, 'partition')) AS dlq_partition,
    JSONExtractInt(kafka_key, 'offset') AS dlq_offset,
    replay_id,
    attempt,
    replayed_at,
    event_id,
    source_partition,
    source_offset,
    repaired > 0 AS repaired,
    forced,
    kafka_partition,
    kafka_offset
FROM ${database}.dlq_replays_landing
WHERE error = '' AND JSONHas(kafka_key, 'offset');

-- What a replay did so far.
CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.dlq_replay_runs_mv TO ${database}.dlq_replay_runs AS
SELECT
    JSONExtractString(kafka_key, 'replay_id') AS replay_id,
    state,
    started_at,
    updated_at,
    selection,
    fix,
    forced,
    matched,
    replayed,
    repaired,
    skipped,
    kafka_partition,
    kafka_offset
FROM ${database}.dlq_replays_landing
WHERE error = '' AND JSONHas(kafka_key, 'replay_id');

-- Records that did not parse or are of neither kind, for people to see.
CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.dlq_replays_errors_mv TO ${database}.consumer_errors AS
SELECT
    kafka_topic AS topic,
    kafka_partition,
    toInt64(kafka_offset) AS kafka_offset,
    if(landing.error = '', concat('A key of neither kind: ', kafka_key), landing.error) AS error,
    raw_message
FROM ${database}.dlq_replays_landing AS landing
WHERE landing.error != '' OR NOT (JSONHas(kafka_key, 'offset') OR JSONHas(kafka_key, 'replay_id'));

-- For people and dashboards: what the journal says of dead letters, each place once, with its last replay.
CREATE VIEW IF NOT EXISTS ${database}.dlq_replays_latest AS
SELECT
    *,
    fromUnixTimestamp64Milli(replayed_at, 'UTC') AS replayed_time
FROM ${database}.dlq_replays FINAL
WHERE replay_id != '';

-- For people and dashboards: each replay once, as it is now.
CREATE VIEW IF NOT EXISTS ${database}.dlq_replay_runs_latest AS
SELECT
    *,
    fromUnixTimestamp64Milli(started_at, 'UTC') AS started_time
FROM ${database}.dlq_replay_runs FINAL
WHERE state != '';

-- For people and dashboards: the dead letters that were replayed, each once, with its last replay. Without one of its own it is
-- that of another letter of the same raw record: a job that starts again may write a second one.
CREATE VIEW IF NOT EXISTS ${database}.dlq_replayed AS
SELECT
    letters.kafka_partition AS dlq_partition,
    letters.kafka_offset AS dlq_offset,
    if(own.replay_id != '', own.replay_id, twin.id) AS replay_id,
    if(own.replay_id != '', own.replayed_at, twin.at) AS replayed_at,
    fromUnixTimestamp64Milli(if(own.replay_id != '', own.replayed_at, twin.at), 'UTC') AS replayed_time
FROM ${database}.dlq_latest AS letters
LEFT JOIN ${database}.dlq_replays_latest AS own
    ON own.dlq_partition = letters.kafka_partition AND own.dlq_offset = letters.kafka_offset
LEFT JOIN
(
    SELECT
        '${rawTopic}' AS topic,
        assumeNotNull(source_partition) AS partition,
        assumeNotNull(source_offset) AS offset,
        argMax(toString(replay_id), replayed_at) AS id,
        max(replayed_at) AS at
    FROM ${database}.dlq_replays_latest
    WHERE source_partition IS NOT NULL AND source_offset IS NOT NULL
    GROUP BY
        partition,
        offset
) AS twin
    ON twin.topic = letters.source_topic AND twin.partition = letters.source_partition AND twin.offset = letters.source_offset
WHERE own.replay_id != '' OR twin.id != '';

-- For people and dashboards: the dead letters that nobody has replayed.
CREATE VIEW IF NOT EXISTS ${database}.dlq_outstanding AS
SELECT *
FROM ${database}.dlq_latest
WHERE (kafka_partition, kafka_offset) NOT IN
(
    SELECT
        dlq_partition,
        dlq_offset
    FROM ${database}.dlq_replayed
);

-- For people and dashboards: what each window, event type and channel has, and how many events of it wait in the dead
-- letters for being too late. Those are valid, so their payload tells the channel (docs/contracts.md).
CREATE VIEW IF NOT EXISTS ${database}.completeness_1m AS
SELECT
    window_start,
    event_type,
    channel,
    sum(on_time) AS on_time,
    sum(late) AS late,
    sum(replayed) AS replayed,
    sum(waiting) AS waiting
FROM
(
    SELECT
        window_start,
        event_type,
        channel,
        if(contribution = 'on_time', events, 0) AS on_time,
        if(contribution = 'late', events, 0) AS late,
        if(startsWith(contribution, 'replay:'), events, 0) AS replayed,
        0 AS waiting
    FROM ${database}.agg_1m_latest
    UNION ALL
    SELECT
        intDiv(assumeNotNull(event_time), 60000) * 60000 AS window_start,
        assumeNotNull(event_type) AS event_type,
        if(JSONExtractInt(payload, 'schema_version') = 1, 'unknown', JSONExtractString(payload, 'channel')) AS channel,
        0 AS on_time,
        0 AS late,
        0 AS replayed,
        1 AS waiting
    FROM
    (
        SELECT *
        FROM ${database}.dlq_outstanding
        WHERE verdict = 'too_late'
        -- Of one raw record there may be two letters.
        LIMIT 1 BY
            source_topic,
            source_partition,
            source_offset
    )
)
GROUP BY
    window_start,
    event_type,
    channel;

-- The Kafka end; settings as in 02-agg-1m.sql.
CREATE TABLE IF NOT EXISTS ${database}.dlq_replays_queue
(
    replay_id         String,
    attempt           UInt32,
    replayed_at       Int64,
    event_id          String,
    source_partition  Nullable(Int32),
    source_offset     Nullable(Int64),
    state             String,
    started_at        Int64,
    updated_at        Int64,
    selection         String,
    fix               String,
    matched           UInt64,
    replayed          UInt64,
    skipped           Map(String, UInt64),
    repaired          UInt64,
    forced            Bool
)
ENGINE = ${kafkaEngine}
SETTINGS
    ${kafkaBrokers}
    kafka_topic_list = '${replaysTopic}',
    kafka_group_name = '${consumerGroup}-dlq-replays',
    kafka_format = 'JSONEachRow',
    kafka_num_consumers = 1,
    kafka_flush_interval_ms = 500,
    kafka_poll_timeout_ms = 100,
    kafka_max_block_size = 65536,
    kafka_handle_error_mode = 'stream';

-- Created last: from here on records flow.
CREATE MATERIALIZED VIEW IF NOT EXISTS ${database}.dlq_replays_consumer TO ${database}.dlq_replays_landing AS
SELECT
    *,
    _topic AS kafka_topic,
    toInt32(_partition) AS kafka_partition,
    _offset AS kafka_offset,
    _key AS kafka_key,
    _error AS error,
    _raw_message AS raw_message
FROM ${database}.dlq_replays_queue;
