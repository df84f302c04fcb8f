-- The plainest job that reads the same backlog: typed JSON, one count for each window, event type and channel. No
-- verdicts, no deduplication, no money, no transactions. The peer of bench/job.mjs; with events = first_events its ceiling,
-- the same with nothing but the deduplication.
SET 'pipeline.name' = '${jobName}';
SET 'parallelism.default' = '${parallelism}';
SET 'table.local-time-zone' = 'UTC';
SET 'table.dml-sync' = 'false';
SET 'execution.checkpointing.interval' = '${checkpointIntervalMs} ms';
SET 'execution.checkpointing.mode' = 'EXACTLY_ONCE';
SET 'pipeline.object-reuse' = 'true';
SET 'table.exec.state.ttl' = '${dedupeHorizonMs} ms';
SET 'state.backend.rocksdb.memory.partitioned-index-filters' = 'true';

-- Offsets are committed ten times a second, so that progress between two checkpoints can be seen.
CREATE TEMPORARY TABLE typed_events (
  event_id STRING,
  event_type STRING,
  channel STRING,
  event_time BIGINT,
  user_id STRING,
  amount DECIMAL(10, 2),
  row_time AS TO_TIMESTAMP_LTZ(event_time, 3),
  processed_at AS PROCTIME(),
  WATERMARK FOR row_time AS row_time - INTERVAL '5' SECOND
) WITH (
  'connector' = 'kafka',
  'topic' = '${rawTopic}',
  'properties.bootstrap.servers' = '${kafkaBootstrap}',
  'properties.group.id' = '${consumerGroup}',
  'properties.isolation.level' = 'read_committed',
  'properties.enable.auto.commit' = 'true',
  'properties.auto.commit.interval.ms' = '100',
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'json'
);

CREATE TEMPORARY VIEW first_events AS
SELECT event_type, channel, row_time
FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY event_id ORDER BY processed_at) AS place
  FROM typed_events
)
WHERE place = 1;

CREATE TEMPORARY TABLE nowhere (
  window_start TIMESTAMP(3),
  event_type STRING,
  channel STRING,
  events BIGINT
) WITH (
  'connector' = 'blackhole'
);

-- ${events} -> nowhere
INSERT INTO nowhere
SELECT
  window_start,
  event_type,
  channel,
  COUNT(*)
FROM TUMBLE(TABLE ${events}, DESCRIPTOR(row_time), INTERVAL '1' MINUTE)
GROUP BY
  window_start,
  window_end,
  event_type,
  channel;
