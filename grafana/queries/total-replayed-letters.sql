-- Dead letters whose last replay was in the time range, whenever they failed.
SELECT count() AS replayed
FROM dlq_latest
WHERE
    (kafka_partition, kafka_offset) IN
    (
        SELECT
            dlq_partition,
            dlq_offset
        FROM dlq_replayed
        WHERE
            replayed_at >= toUnixTimestamp64Milli($__fromTime_ms)
            AND replayed_at <= toUnixTimestamp64Milli($__toTime_ms)
    )
    AND $__conditionalAll(reason IN (${reason:singlequote}), $reason)
