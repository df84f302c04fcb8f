-- judged -> verdicts: every judged record. Only with the setting `audit`.
INSERT INTO verdicts
SELECT
  source_partition,
  source_offset,
  event_id,
  verdict,
  COALESCE(reason, CASE verdict WHEN 'too_late' THEN 'too_late' END),
  EXTRACT(EPOCH FROM watermark_time) * 1000 + EXTRACT(MILLISECOND FROM watermark_time),
  window_start,
  CASE verdict
    WHEN 'replayed' THEN 'replay:' || replay_id
    WHEN 'on_time' THEN 'on_time'
    WHEN 'late' THEN 'late'
  END
FROM judged;
