-- Replays that were at work in the time range, newest first; one that stays running was killed. Skipped is what the
-- selection took and was not sent; letters that it did not take (filtered) are none of the replay's.
SELECT
    started_time AS started,
    replay_id AS replay,
    state,
    matched,
    replayed,
    repaired,
    arraySum(mapValues(mapFilter((why, letters) -> why != 'filtered', skipped))) AS skipped,
    (updated_at - started_at) / 1000 AS took_s,
    selection,
    fix
FROM dlq_replay_runs_latest
WHERE
    started_at <= toUnixTimestamp64Milli($__toTime_ms)
    AND updated_at >= toUnixTimestamp64Milli($__fromTime_ms)
ORDER BY started_at DESC
LIMIT 100
