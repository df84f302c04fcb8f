-- Dead letters per minute of their last replay, a row for each reason there was.
SELECT
    toStartOfMinute(replayed_time) AS time,
    reason,
    count() AS replayed
FROM dlq_latest
INNER JOIN dlq_replayed AS replays
    ON replays.dlq_partition = dlq_latest.kafka_partition AND replays.dlq_offset = dlq_latest.kafka_offset
WHERE
    replayed_at >= toUnixTimestamp64Milli($__fromTime_ms)
    AND replayed_at <= toUnixTimestamp64Milli($__toTime_ms)
    AND $__conditionalAll(reason IN (${reason:singlequote}), $reason)
GROUP BY
    time,
    reason
ORDER BY
    time,
    reason
