-- How long ago a checkpoint was last complete, by the newest look of the last minute.
SELECT maxOrNull(value) AS seconds
FROM pipeline_metrics
WHERE
    metric = 'checkpoint_age_seconds'
    AND at =
    (
        SELECT max(at)
        FROM pipeline_metrics
        WHERE
            metric = 'checkpoint_age_seconds'
            AND at > $__toTime_ms - INTERVAL 1 MINUTE
            AND at <= $__toTime_ms
    )
