-- How complete each window is, as a share of all that is known to belong to it: what it had when the watermark passed
-- its end, and what it has by now. What lacks are the too-late events that wait in the dead letters.
SELECT
    fromUnixTimestamp64Milli(window_start, 'UTC') AS time,
    sum(on_time) / sum(on_time + late + replayed + waiting) AS at_its_end,
    sum(on_time + late + replayed) / sum(on_time + late + replayed + waiting) AS by_now
FROM completeness_1m
WHERE
    window_start >= toUnixTimestamp64Milli($__fromTime_ms)
    AND window_start <= toUnixTimestamp64Milli($__toTime_ms)
    AND $__conditionalAll(event_type IN (${event_type:singlequote}), $event_type)
    AND $__conditionalAll(channel IN (${channel:singlequote}), $channel)
GROUP BY window_start
ORDER BY window_start
