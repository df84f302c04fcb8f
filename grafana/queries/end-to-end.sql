-- How old the oldest record was that may not have been in ClickHouse.
WITH greatest(5000, intDiv(toUnixTimestamp64Milli($__toTime_ms) - toUnixTimestamp64Milli($__fromTime_ms), 600)) AS step
SELECT
    fromUnixTimestamp64Milli(intDiv(toUnixTimestamp64Milli(at), step) * step, 'UTC') AS time,
    max(value) AS seconds
FROM pipeline_metrics
WHERE
    metric = 'end_to_end_latency_seconds'
    AND at >= $__fromTime_ms
    AND at <= $__toTime_ms
GROUP BY time
ORDER BY time
