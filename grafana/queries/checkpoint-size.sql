-- What checkpoints held.
WITH greatest(5000, intDiv(toUnixTimestamp64Milli($__toTime_ms) - toUnixTimestamp64Milli($__fromTime_ms), 600)) AS step
SELECT
    fromUnixTimestamp64Milli(intDiv(toUnixTimestamp64Milli(at), step) * step, 'UTC') AS time,
    max(value) AS size_bytes
FROM pipeline_metrics
WHERE
    metric = 'checkpoint_size_bytes'
    AND at >= $__fromTime_ms
    AND at <= $__toTime_ms
GROUP BY time
ORDER BY time
