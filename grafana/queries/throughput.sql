-- Records a second at each hop. A point stands for 5 s, or for more where the time range is long: 600 at most.
WITH greatest(5000, intDiv(toUnixTimestamp64Milli($__toTime_ms) - toUnixTimestamp64Milli($__fromTime_ms), 600)) AS step
SELECT
    fromUnixTimestamp64Milli(intDiv(toUnixTimestamp64Milli(at), step) * step, 'UTC') AS time,
    labels['hop'] AS hop,
    avg(value) AS per_second
FROM pipeline_metrics
WHERE
    metric = 'hop_rate'
    AND at >= $__fromTime_ms
    AND at <= $__toTime_ms
GROUP BY
    time,
    hop
ORDER BY
    time,
    hop
