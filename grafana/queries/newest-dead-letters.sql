-- The newest dead letters of the time range, with the beginning of what was on the raw topic and what became of it. All of it
-- is cut: of an invalid record an id, too, may have a megabyte.
SELECT
    failed_time AS failed,
    leftUTF8(letters.reason, 200) AS reason,
    leftUTF8(letters.event_type, 200) AS event_type,
    leftUTF8(letters.event_id, 200) AS event_id,
    concat(toString(kafka_partition), ':', toString(kafka_offset)) AS place,
    letters.attempt AS attempt,
    if(replay_id = '', 'outstanding', concat('replayed by ', replay_id)) AS state,
    leftUTF8(payload, 200) AS payload
FROM
(
    SELECT *
    FROM dlq_latest
    WHERE
        failed_at >= toUnixTimestamp64Milli($__fromTime_ms)
        AND failed_at <= toUnixTimestamp64Milli($__toTime_ms)
        AND $__conditionalAll(reason IN (${reason:singlequote}), $reason)
    ORDER BY
        failed_at DESC,
        kafka_partition,
        kafka_offset DESC
    LIMIT 50
) AS letters
LEFT JOIN dlq_replayed AS replays
    ON replays.dlq_partition = letters.kafka_partition AND replays.dlq_offset = letters.kafka_offset
ORDER BY
    failed_at DESC,
    letters.kafka_partition,
    letters.kafka_offset DESC
