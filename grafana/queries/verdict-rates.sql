-- Records a second by verdict.
WITH greatest(5000, intDiv(toUnixTimestamp64Milli($__toTime_ms) - toUnixTimestamp64Milli($__fromTime_ms), 600)) AS step
SELECT
    fromUnixTimestamp64Milli(intDiv(toUnixTimestamp64Milli(at), step) * step, 'UTC') AS time,
    labels['verdict'] AS verdict,
    avg(value) AS per_second
FROM pipeline_metrics
WHERE
    metric = 'verdict_rate'
    AND at >= $__fromTime_ms
    AND at <= $__toTime_ms
GROUP BY
    time,
    verdict
ORDER BY
    time,
    verdict
