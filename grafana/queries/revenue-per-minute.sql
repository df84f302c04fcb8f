-- As events-per-minute.sql, in money.
SELECT
    fromUnixTimestamp64Milli(window_start, 'UTC') AS time,
    sumIf(revenue, contribution = 'on_time') AS on_time,
    sumIf(revenue, contribution = 'late') AS late,
    sumIf(revenue, startsWith(contribution, 'replay:')) AS replayed
FROM agg_1m_latest
WHERE
    window_start >= toUnixTimestamp64Milli($__fromTime_ms)
    AND window_start <= toUnixTimestamp64Milli($__toTime_ms)
    AND $__conditionalAll(event_type IN (${event_type:singlequote}), $event_type)
    AND $__conditionalAll(channel IN (${channel:singlequote}), $channel)
GROUP BY window_start
ORDER BY window_start
