-- Events of each window, a row for each event type there was.
SELECT
    fromUnixTimestamp64Milli(window_start, 'UTC') AS time,
    event_type,
    sum(events) AS events
FROM agg_1m_latest
WHERE
    window_start >= toUnixTimestamp64Milli($__fromTime_ms)
    AND window_start <= toUnixTimestamp64Milli($__toTime_ms)
    AND $__conditionalAll(event_type IN (${event_type:singlequote}), $event_type)
    AND $__conditionalAll(channel IN (${channel:singlequote}), $channel)
GROUP BY
    window_start,
    event_type
ORDER BY
    window_start,
    event_type
