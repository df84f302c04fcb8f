-- Each partition of each consumer group by the newest look of the last minute, most behind first.
SELECT
    labels['group'] AS consumer_group,
    labels['topic'] AS topic,
    labels['partition'] AS partition,
    anyIf(value, metric = 'kafka_lag_records') AS records,
    anyIf(toNullable(value), metric = 'kafka_lag_seconds') AS seconds
FROM pipeline_metrics
WHERE
    metric IN ('kafka_lag_records', 'kafka_lag_seconds')
    AND at =
    (
        SELECT max(at)
        FROM pipeline_metrics
        WHERE
            metric = 'kafka_lag_records'
            AND at > $__toTime_ms - INTERVAL 1 MINUTE
            AND at <= $__toTime_ms
    )
    AND $__conditionalAll(labels['group'] IN (${group:singlequote}), $group)
GROUP BY
    consumer_group,
    topic,
    partition
ORDER BY
    seconds DESC,
    records DESC,
    consumer_group,
    toUInt32OrZero(partition)
LIMIT 500
