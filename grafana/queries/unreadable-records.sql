-- Records of the result topics that ClickHouse could not parse, seen in the time range.
SELECT count() AS unreadable
FROM consumer_errors FINAL
WHERE seen_at >= $__fromTime_ms AND seen_at <= $__toTime_ms
