-- Totals for each window, event type, channel and contribution; the latest record of a key wins. The buffer keeps the
-- last value of each key until the checkpoint, or for a moment when the guarantee is at-least-once, instead of one record
-- for each event.
CREATE TEMPORARY TABLE aggregates (
  window_start BIGINT,
  event_type STRING,
  channel STRING,
  contribution STRING,
  window_end BIGINT,
  events BIGINT,
  revenue DECIMAL(38, 2),
  emitted_at BIGINT,
  PRIMARY KEY (window_start, event_type, channel, contribution) NOT ENFORCED
) WITH (
  'connector' = 'upsert-kafka',
  'topic' = '${aggregatesTopic}',
  'properties.bootstrap.servers' = '${kafkaBootstrap}',${kafkaSecurity}
  'properties.transaction.timeout.ms' = '${transactionTimeoutMs}',
  'properties.max.request.size' = '${maxRecordBytes}',
  'key.format' = 'json',
  'value.format' = 'json',
  'value.json.encode.decimal-as-plain-number' = 'true',
  'sink.buffer-flush.max-rows' = '10000',
  'sink.buffer-flush.interval' = '${resultIntervalMs} ms',
  'sink.delivery-guarantee' = '${guarantee}',
  'sink.transactional-id-prefix' = '${jobName}-aggregates'
);

-- Records that were not counted, with what they were and why. The record key is the original one.
CREATE TEMPORARY TABLE dead_letters (
  record_key BYTES,
  reason STRING,
  verdict STRING,
  event_id STRING,
  event_type STRING,
  event_time BIGINT,
  `watermark` BIGINT,
  payload STRING,
  payload_encoding STRING,
  source_topic STRING,
  source_partition INT,
  source_offset BIGINT,
  source_timestamp BIGINT,
  failed_at BIGINT,
  attempt INT,
  replay_id STRING
) WITH (
  'connector' = 'kafka',
  'topic' = '${deadLettersTopic}',
  'properties.bootstrap.servers' = '${kafkaBootstrap}',${kafkaSecurity}
  'properties.transaction.timeout.ms' = '${transactionTimeoutMs}',
  'properties.max.request.size' = '${maxRecordBytes}',
  'key.format' = 'raw',
  'key.fields' = 'record_key',
  'value.format' = 'json',
  'value.fields-include' = 'EXCEPT_KEY',
  'sink.delivery-guarantee' = '${guarantee}',
  'sink.transactional-id-prefix' = '${jobName}-dead-letters'
);
