-- Records that each consumer group has not committed, over its partitions.
WITH greatest(5000, intDiv(toUnixTimestamp64Milli($__toTime_ms) - toUnixTimestamp64Milli($__fromTime_ms), 600)) AS step
SELECT
    fromUnixTimestamp64Milli(intDiv(toUnixTimestamp64Milli(at), step) * step, 'UTC') AS time,
    consumer_group,
    max(lag) AS records
FROM
(
    SELECT
        at,
        labels['group'] AS consumer_group,
        sum(value) AS lag
    FROM pipeline_metrics
    WHERE
        metric = 'kafka_lag_records'
        AND at >= $__fromTime_ms
        AND at <= $__toTime_ms
        AND $__conditionalAll(labels['group'] IN (${group:singlequote}), $group)
    GROUP BY
        at,
        consumer_group
)
GROUP BY
    time,
    consumer_group
ORDER BY
    time,
    consumer_group
