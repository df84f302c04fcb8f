-- Dead letters that nobody has replayed, whenever they failed until the end of the time range, by reason, most first.
SELECT
    reason,
    count() AS outstanding
FROM dlq_outstanding
WHERE
    failed_at <= toUnixTimestamp64Milli($__toTime_ms)
    AND $__conditionalAll(reason IN (${reason:singlequote}), $reason)
GROUP BY reason
ORDER BY outstanding DESC
