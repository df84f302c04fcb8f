-- For each window that is over: from its end until the job last added an on-time event to it, in seconds.
SELECT
    fromUnixTimestamp64Milli(window_start, 'UTC') AS time,
    greatest(max(emitted_at) - max(window_end), 0) / 1000 AS delay_s
FROM agg_1m_latest
WHERE
    window_start >= toUnixTimestamp64Milli($__fromTime_ms)
    AND window_start <= toUnixTimestamp64Milli($__toTime_ms)
    AND contribution = 'on_time'
    AND window_end <= toUnixTimestamp64Milli(now64(3))
    AND $__conditionalAll(event_type IN (${event_type:singlequote}), $event_type)
    AND $__conditionalAll(channel IN (${channel:singlequote}), $channel)
GROUP BY window_start
ORDER BY window_start
