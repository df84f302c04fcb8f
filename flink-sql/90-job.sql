-- The INSERT statements of this file, of 94-alerts.sql and of 95-audit.sql are submitted together, as one statement set and one job.

-- judged -> aggregates: on time, late and replayed events update their window. The hint exempts these totals from
-- the state's time to live: they are few, and one that was forgotten would come back smaller.
INSERT INTO aggregates
SELECT
  window_start,
  event_type,
  channel,
  contribution,
  window_start + ${windowMs},
  events,
  revenue,
  EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) * 1000 + EXTRACT(MILLISECOND FROM CURRENT_TIMESTAMP)
FROM (
  SELECT /*+ STATE_TTL('counted' = '0 s') */
    window_start,
    event_type,
    channel,
    contribution,
    COUNT(*) AS events,
    SUM(revenue) AS revenue
  FROM (
    SELECT
      window_start,
      event_type,
      channel,
      CASE verdict WHEN 'replayed' THEN 'replay:' || replay_id ELSE verdict END AS contribution,
      revenue
    FROM judged
    WHERE verdict IN ('on_time', 'late', 'replayed')
  ) AS counted
  GROUP BY
    window_start,
    event_type,
    channel,
    contribution
);

-- judged -> dead_letters: invalid and too late records.
INSERT INTO dead_letters
SELECT
  record_key,
  COALESCE(reason, 'too_late'),
  verdict,
  event_id,
  event_type,
  event_time,
  EXTRACT(EPOCH FROM watermark_time) * 1000 + EXTRACT(MILLISECOND FROM watermark_time),
  CASE WHEN is_text THEN payload ELSE TO_BASE64(payload) END,
  CASE WHEN NOT is_text THEN 'base64' END,
  '${rawTopic}',
  source_partition,
  source_offset,
  source_timestamp,
  EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) * 1000 + EXTRACT(MILLISECOND FROM CURRENT_TIMESTAMP),
  CASE WHEN replay_id = '' THEN 1 ELSE COALESCE(replay_attempt, 1) + 1 END,
  NULLIF(replay_id, '')
FROM judged
WHERE verdict IN ('invalid', 'too_late');
