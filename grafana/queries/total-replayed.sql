-- Events that replays added to the windows that begin in the time range.
SELECT sumIf(events, startsWith(contribution, 'replay:')) AS replayed
FROM agg_1m_latest
WHERE
    window_start >= toUnixTimestamp64Milli($__fromTime_ms)
    AND window_start <= toUnixTimestamp64Milli($__toTime_ms)
    AND $__conditionalAll(event_type IN (${event_type:singlequote}), $event_type)
    AND $__conditionalAll(channel IN (${channel:singlequote}), $channel)
