-- Records of the raw topic that the job has not read, by the newest look of the last minute; NULL where there was none.
SELECT sumOrNull(value) AS records
FROM pipeline_metrics
WHERE
    metric = 'kafka_unread_records'
    AND at =
    (
        SELECT max(at)
        FROM pipeline_metrics
        WHERE
            metric = 'kafka_unread_records'
            AND at > $__toTime_ms - INTERVAL 1 MINUTE
            AND at <= $__toTime_ms
    )
    AND labels['group'] = 'streamlab-flink'
