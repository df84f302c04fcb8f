-- Events that are counted by now, as a share of those and the too-late ones that wait in the dead letters; NULL where
-- there is neither.
SELECT sum(on_time + late + replayed) / nullIf(sum(on_time + late + replayed + waiting), 0) AS share_counted
FROM completeness_1m
WHERE
    window_start >= toUnixTimestamp64Milli($__fromTime_ms)
    AND window_start <= toUnixTimestamp64Milli($__toTime_ms)
    AND $__conditionalAll(event_type IN (${event_type:singlequote}), $event_type)
    AND $__conditionalAll(channel IN (${channel:singlequote}), $channel)
