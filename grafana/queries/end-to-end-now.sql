-- How old the oldest record is that may not be in ClickHouse yet, by the newest look of the last minute.
SELECT maxOrNull(value) AS seconds
FROM pipeline_metrics
WHERE
    metric = 'end_to_end_latency_seconds'
    AND at =
    (
        SELECT max(at)
        FROM pipeline_metrics
        WHERE
            metric = 'end_to_end_latency_seconds'
            AND at > $__toTime_ms - INTERVAL 1 MINUTE
            AND at <= $__toTime_ms
    )
