-- How many dead letters nobody had replayed at the end of each minute: one more with each that failed, one less with the
-- last replay of each. What was before the time range is in its first minute; the last row is the end of it.
SELECT
    minute AS time,
    toInt64(sum(sum(change)) OVER (ORDER BY minute)) AS outstanding
FROM
(
    SELECT
        toStartOfMinute(greatest($__fromTime_ms, least(now64(3), $__toTime_ms))) AS minute,
        0 AS change
    UNION ALL
    SELECT
        toStartOfMinute(least(now64(3), $__toTime_ms)) AS minute,
        0 AS change
    UNION ALL
    SELECT
        toStartOfMinute(greatest($__fromTime_ms, moved.1)) AS minute,
        moved.2 AS change
    FROM dlq_latest
    LEFT JOIN dlq_replayed AS replays
        ON replays.dlq_partition = dlq_latest.kafka_partition AND replays.dlq_offset = dlq_latest.kafka_offset
    ARRAY JOIN if(replay_id = '', [(failed_time, 1)], [(failed_time, 1), (replayed_time, -1)]) AS moved
    WHERE
        moved.1 <= $__toTime_ms
        AND $__conditionalAll(reason IN (${reason:singlequote}), $reason)
)
GROUP BY minute
ORDER BY minute
