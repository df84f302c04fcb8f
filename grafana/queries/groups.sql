-- The choices of the variable group.
SELECT DISTINCT labels['group'] AS consumer_group
FROM pipeline_metrics
WHERE metric = 'kafka_lag_records'
ORDER BY consumer_group
