-- The name under which the job is listed; one lab runs one of it.
SET 'pipeline.name' = '${jobName}';

-- A raw partition is read by one subtask, so more subtasks than partitions would only idle.
SET 'parallelism.default' = '${parallelism}';

-- Epoch milliseconds come out of EXTRACT, which counts in the session's time zone.
SET 'table.local-time-zone' = 'UTC';

-- END returns as soon as the job is accepted; streamlab then asks Flink whether it runs.
SET 'table.dml-sync' = 'false';

-- A checkpoint is what commits the sinks' Kafka transactions: this is also how soon results are visible.
SET 'execution.checkpointing.interval' = '${checkpointIntervalMs} ms';
SET 'execution.checkpointing.mode' = 'EXACTLY_ONCE';
SET 'execution.checkpointing.timeout' = '10 min';
SET 'execution.checkpointing.tolerable-failed-checkpoints' = '1000000';

-- A plain cancel keeps the last checkpoint, so that a later submit can go on from it.
SET 'execution.checkpointing.externalized-checkpoint-retention' = 'RETAIN_ON_CANCELLATION';

-- Lost TaskManagers and brokers are waited for, without end, at growing intervals.
SET 'restart-strategy.type' = 'exponential-delay';
SET 'restart-strategy.exponential-delay.initial-backoff' = '1 s';
SET 'restart-strategy.exponential-delay.max-backoff' = '30 s';

-- State expires only where it may: this bounds the deduplication. The aggregates are exempted by a hint in
-- 90-job.sql, for a forgotten count would overwrite the total of its window with a smaller one.
SET 'table.exec.state.ttl' = '${dedupeHorizonMs} ms';

-- Every statement that reads the view `judged` reads one and the same operator: the planner takes what several
-- sinks share as a block of its own and pushes no filter or projection into it. Without this, each sink would get
-- its own deduplication and its own verdict.
SET 'table.optimizer.reuse-optimize-block-with-digest-enabled' = 'true';

-- For a cluster whose RocksDB keeps to managed memory, which is Flink's default (a lab of streamlab's does not: see
-- templates/local/flink.yaml). The filters that tell that an event id is new are read in pieces. In one piece, that of a large
-- file does not fit into the cache beside the write buffers, and was read from disk for every event: at 1.2 million ids
-- a lookup took thirty times as long.
SET 'state.backend.rocksdb.memory.partitioned-index-filters' = 'true';

-- Mini-batches would turn the deduplication into one that retracts, which a dead-letter topic cannot take. The
-- aggregates are thinned out by the sink's buffer instead (30-sinks.sql).
SET 'table.exec.mini-batch.enabled' = 'false';

-- Rows are handed from operator to operator without a copy.
SET 'pipeline.object-reuse' = 'true';

-- A silent partition stops holding the watermark back.
SET 'table.exec.source.idle-timeout' = '${idleTimeoutMs} ms';
