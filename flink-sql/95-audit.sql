-- judged -> verdicts: every judged record. Only with the setting `audit`.
INSERT INTO verdicts
SELECT
  source_partition,
  source_offset,
  event_id,
  verdict,
  COALESCE(reason, CASE verdict WHEN 'too_late' THEN 'too_late' END),
  `watermark`,
  window_start,
  CASE verdict
    WHEN 'replayed' THEN 'replay:' || replay_id
    WHEN 'on_time' THEN 'on_time'
    WHEN 'late' THEN 'late'
  END
FROM judged;
