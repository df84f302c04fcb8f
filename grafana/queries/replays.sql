-- Replays that were at work in the time range, newest first; one that stays running was killed.
SELECT
    started_time AS started,
    replay_id AS replay,
    state,
    matched,
    replayed,
    repaired,
    arraySum(mapValues(skipped)) AS skipped,
    (updated_at - started_at) / 1000 AS took_s,
    selection,
    fix
FROM dlq_replay_runs_latest
WHERE
    started_at <= toUnixTimestamp64Milli($__toTime_ms)
    AND updated_at >= toUnixTimestamp64Milli($__fromTime_ms)
ORDER BY started_at DESC
LIMIT 100
