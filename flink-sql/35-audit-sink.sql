-- One record for each judged record: which watermark judged it, and how. Only with the setting `audit`.
CREATE TEMPORARY TABLE verdicts (
  source_partition INT,
  source_offset BIGINT,
  event_id STRING,
  verdict STRING,
  reason STRING,
  `watermark` BIGINT,
  window_start BIGINT,
  contribution STRING
) WITH (
  'connector' = 'kafka',
  'topic' = '${verdictsTopic}',
  'properties.bootstrap.servers' = '${kafkaBootstrap}',${kafkaSecurity}
  'properties.transaction.timeout.ms' = '${transactionTimeoutMs}',
  'properties.max.request.size' = '${maxRecordBytes}',
  'format' = 'json',
  'sink.delivery-guarantee' = '${guarantee}',
  'sink.transactional-id-prefix' = '${jobName}-verdicts'
);
