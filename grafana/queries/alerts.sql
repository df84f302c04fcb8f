-- The newest alerts that fired in the time range, each once however often it was written, and what became of it. Texts are cut:
-- anybody may write to the topic.
SELECT
    fromUnixTimestamp64Milli(min(fired_at), 'UTC') AS fired,
    leftUTF8(any(rule), 100) AS rule,
    leftUTF8(any(severity), 20) AS severity,
    if(countIf(status = 'resolved') > 0, 'resolved', 'firing') AS state,
    if(state = 'resolved', (max(JSONExtractInt(raw, 'resolved_at')) - min(fired_at)) / 1000, NULL) AS lasted_s,
    leftUTF8(argMin(summary, status = 'resolved'), 300) AS summary
FROM alerts_latest
WHERE
    fired_at >= toUnixTimestamp64Milli($__fromTime_ms)
    AND fired_at <= toUnixTimestamp64Milli($__toTime_ms)
GROUP BY alert_id
ORDER BY
    fired DESC,
    alert_id
LIMIT 50
