-- Dead letters that failed in the time range. A record read twice from the topic counts once.
SELECT count() AS dead_letters
FROM dlq_latest
WHERE
    failed_at >= toUnixTimestamp64Milli($__fromTime_ms)
    AND failed_at <= toUnixTimestamp64Milli($__toTime_ms)
    AND $__conditionalAll(reason IN (${reason:singlequote}), $reason)
