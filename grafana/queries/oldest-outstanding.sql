-- How long ago the oldest dead letter failed that nobody has replayed, in seconds; NULL where there is none.
SELECT (toUnixTimestamp64Milli(now64(3)) - minOrNull(failed_at)) / 1000 AS age_s
FROM dlq_outstanding
WHERE $__conditionalAll(reason IN (${reason:singlequote}), $reason)
