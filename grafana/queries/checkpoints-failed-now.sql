-- Checkpoints of the job that failed since it was submitted, by the newest look of the last minute.
SELECT maxOrNull(value) AS failed
FROM pipeline_metrics
WHERE
    metric = 'checkpoints_failed'
    AND at =
    (
        SELECT max(at)
        FROM pipeline_metrics
        WHERE
            metric = 'checkpoints_failed'
            AND at > $__toTime_ms - INTERVAL 1 MINUTE
            AND at <= $__toTime_ms
    )
