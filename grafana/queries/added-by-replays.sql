-- What each replay added to the windows that begin in the time range, and what the journal says of it. NULL is what the
-- journal does not know.
SELECT
    started_time AS started,
    added.replay_id AS replay,
    windows,
    events,
    revenue,
    nullIf(state, '') AS state,
    nullIf(selection, '') AS selection
FROM
(
    SELECT
        substring(contribution, length('replay:') + 1) AS replay_id,
        uniqExact(window_start) AS windows,
        sum(events) AS events,
        sum(revenue) AS revenue
    FROM agg_1m_latest
    WHERE
        startsWith(contribution, 'replay:')
        AND window_start >= toUnixTimestamp64Milli($__fromTime_ms)
        AND window_start <= toUnixTimestamp64Milli($__toTime_ms)
        AND $__conditionalAll(event_type IN (${event_type:singlequote}), $event_type)
        AND $__conditionalAll(channel IN (${channel:singlequote}), $channel)
    GROUP BY replay_id
) AS added
LEFT JOIN
(
    SELECT
        replay_id,
        toNullable(started_time) AS started_time,
        state,
        selection
    FROM dlq_replay_runs_latest
) AS runs ON runs.replay_id = added.replay_id
ORDER BY
    started DESC,
    replay
LIMIT 100
