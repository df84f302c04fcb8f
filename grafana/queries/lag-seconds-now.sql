-- For how long the oldest record waits that no checkpoint of the job covers, by the newest look of the last minute.
SELECT maxOrNull(value) AS seconds
FROM pipeline_metrics
WHERE
    metric = 'kafka_lag_seconds'
    AND at =
    (
        SELECT max(at)
        FROM pipeline_metrics
        WHERE
            metric = 'kafka_lag_seconds'
            AND at > $__toTime_ms - INTERVAL 1 MINUTE
            AND at <= $__toTime_ms
    )
    AND labels['group'] = 'streamlab-flink'
