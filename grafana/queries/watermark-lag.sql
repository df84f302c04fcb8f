-- How far the watermark of each partition of the raw topic, and that of the job, was behind.
WITH greatest(5000, intDiv(toUnixTimestamp64Milli($__toTime_ms) - toUnixTimestamp64Milli($__fromTime_ms), 600)) AS step
SELECT
    fromUnixTimestamp64Milli(intDiv(toUnixTimestamp64Milli(at), step) * step, 'UTC') AS time,
    if(labels['partition'] = '', 'the job', concat('partition ', labels['partition'])) AS watermark_of,
    max(value) AS seconds
FROM pipeline_metrics
WHERE
    metric = 'watermark_lag_seconds'
    AND at >= $__fromTime_ms
    AND at <= $__toTime_ms
GROUP BY
    time,
    watermark_of
ORDER BY
    time,
    watermark_of
