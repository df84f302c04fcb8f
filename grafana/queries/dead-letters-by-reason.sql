-- Dead letters per minute of the failure, a row for each reason there was.
SELECT
    toStartOfMinute(failed_time) AS time,
    reason,
    count() AS dead_letters
FROM dlq_latest
WHERE
    failed_at >= toUnixTimestamp64Milli($__fromTime_ms)
    AND failed_at <= toUnixTimestamp64Milli($__toTime_ms)
    AND $__conditionalAll(reason IN (${reason:singlequote}), $reason)
GROUP BY
    time,
    reason
ORDER BY
    time,
    reason
