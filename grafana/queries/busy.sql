-- Share of the time in which each operator's busiest subtask worked.
WITH greatest(5000, intDiv(toUnixTimestamp64Milli($__toTime_ms) - toUnixTimestamp64Milli($__fromTime_ms), 600)) AS step
SELECT
    fromUnixTimestamp64Milli(intDiv(toUnixTimestamp64Milli(at), step) * step, 'UTC') AS time,
    labels['operator'] AS operator,
    avg(value) AS share
FROM pipeline_metrics
WHERE
    metric = 'operator_busy'
    AND at >= $__fromTime_ms
    AND at <= $__toTime_ms
GROUP BY
    time,
    operator
ORDER BY
    time,
    operator
