-- Late events as a share of all that were counted; NULL where none was.
SELECT sumIf(events, contribution = 'late') / nullIf(sum(events), 0) AS share_late
FROM agg_1m_latest
WHERE
    window_start >= toUnixTimestamp64Milli($__fromTime_ms)
    AND window_start <= toUnixTimestamp64Milli($__toTime_ms)
    AND $__conditionalAll(event_type IN (${event_type:singlequote}), $event_type)
    AND $__conditionalAll(channel IN (${channel:singlequote}), $channel)
