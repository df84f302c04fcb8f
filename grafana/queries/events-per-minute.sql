-- One row a window, one column a kind of contribution. A window is a minute, so a count of it is a rate per minute.
SELECT
    fromUnixTimestamp64Milli(window_start, 'UTC') AS time,
    sumIf(events, contribution = 'on_time') AS on_time,
    sumIf(events, contribution = 'late') AS late,
    sumIf(events, startsWith(contribution, 'replay:')) AS replayed
FROM agg_1m_latest
WHERE
    window_start >= toUnixTimestamp64Milli($__fromTime_ms)
    AND window_start <= toUnixTimestamp64Milli($__toTime_ms)
    AND $__conditionalAll(event_type IN (${event_type:singlequote}), $event_type)
    AND $__conditionalAll(channel IN (${channel:singlequote}), $channel)
GROUP BY window_start
ORDER BY window_start
