-- What the lab's collector (`streamlab console`) measures of the pipeline every few seconds: lag, rates, watermark,
-- checkpoints. A number a row; docs/contracts.md lists the metrics and their labels.
CREATE TABLE IF NOT EXISTS ${database}.pipeline_metrics
(
    at      DateTime64(3, 'UTC') CODEC(DoubleDelta, LZ4),
    metric  LowCardinality(String),
    labels  Map(LowCardinality(String), String),
    value   Float64
)
ENGINE = MergeTree
PARTITION BY toDate(at)
ORDER BY (metric, at)
TTL toDateTime(at) + INTERVAL 7 DAY
SETTINGS ttl_only_drop_parts = 1;
