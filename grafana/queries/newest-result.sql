-- How long ago the job computed the newest of the results that are visible here, in seconds; NULL where there is none.
SELECT (toUnixTimestamp64Milli(now64(3)) - maxOrNull(emitted_at)) / 1000 AS age_s
FROM agg_1m_latest
WHERE
    window_start >= toUnixTimestamp64Milli($__fromTime_ms)
    AND $__conditionalAll(event_type IN (${event_type:singlequote}), $event_type)
    AND $__conditionalAll(channel IN (${channel:singlequote}), $channel)
