-- Replayed records that failed once more in the time range.
SELECT count() AS came_back
FROM dlq_latest
WHERE
    attempt > 1
    AND failed_at >= toUnixTimestamp64Milli($__fromTime_ms)
    AND failed_at <= toUnixTimestamp64Milli($__toTime_ms)
    AND $__conditionalAll(reason IN (${reason:singlequote}), $reason)
