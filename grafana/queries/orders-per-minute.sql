-- Orders and refunds of each window.
SELECT
    fromUnixTimestamp64Milli(window_start, 'UTC') AS time,
    sumIf(events, event_type = 'order_placed') AS placed,
    sumIf(events, event_type = 'order_refunded') AS refunded
FROM agg_1m_latest
WHERE
    window_start >= toUnixTimestamp64Milli($__fromTime_ms)
    AND window_start <= toUnixTimestamp64Milli($__toTime_ms)
    AND $__conditionalAll(event_type IN (${event_type:singlequote}), $event_type)
    AND $__conditionalAll(channel IN (${channel:singlequote}), $channel)
GROUP BY window_start
ORDER BY window_start
