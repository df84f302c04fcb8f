-- For how long the oldest record of each consumer group waits, of its slowest partition.
WITH greatest(5000, intDiv(toUnixTimestamp64Milli($__toTime_ms) - toUnixTimestamp64Milli($__fromTime_ms), 600)) AS step
SELECT
    fromUnixTimestamp64Milli(intDiv(toUnixTimestamp64Milli(at), step) * step, 'UTC') AS time,
    labels['group'] AS consumer_group,
    max(value) AS seconds
FROM pipeline_metrics
WHERE
    metric = 'kafka_lag_seconds'
    AND at >= $__fromTime_ms
    AND at <= $__toTime_ms
    AND $__conditionalAll(labels['group'] IN (${group:singlequote}), $group)
GROUP BY
    time,
    consumer_group
ORDER BY
    time,
    consumer_group
