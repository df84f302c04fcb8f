-- Everything streamlab keeps in ClickHouse lives in this database.
CREATE DATABASE IF NOT EXISTS ${database};

-- Records that a queue below could not parse. Nothing is dropped unseen: `streamlab verify` and
-- `streamlab status` look here. One row per Kafka record, however often it was read.
CREATE TABLE IF NOT EXISTS ${database}.consumer_errors
(
    topic            LowCardinality(String),
    kafka_partition  Int32,
    kafka_offset     Int64,
    error            String,
    raw_message      String,
    seen_at          DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree
ORDER BY (topic, kafka_partition, kafka_offset);
