-- runs -> alerts: one record when a run of bad minutes begins, and one when the first good minute ends it.
INSERT INTO alerts
SELECT
  rule || '/' || CAST(started_at AS STRING),
  rule,
  CASE WHEN direction = 'drop' THEN 'critical' WHEN direction = 'rise' THEN 'info' ELSE 'warning' END,
  CASE WHEN is_bad THEN 'firing' ELSE 'resolved' END,
  CASE
    WHEN unit = 'share' THEN
      'Dead letters are ' || CAST(CAST(`value` * 100 AS DECIMAL(4, 1)) AS STRING) || '% of what came at ' || minute_text
      || CASE WHEN is_bad THEN ', more than ' ELSE ': again at most ' END || CAST(CAST(high * 100 AS DECIMAL(4, 1)) AS STRING) || '%'
    ELSE
      'Revenue at ' || minute_text || ' is ' || CAST(CAST(`value` AS DECIMAL(38, 2)) AS STRING)
      || CASE WHEN is_bad THEN ', expected ' ELSE ', again within ' END
      || CAST(CAST(low AS DECIMAL(38, 2)) AS STRING) || ' to ' || CAST(CAST(high AS DECIMAL(38, 2)) AS STRING)
  END,
  CASE WHEN direction IS NULL THEN MAP['source', 'flink'] ELSE MAP['source', 'flink', 'direction', direction] END,
  `value`,
  fired_at,
  CASE WHEN NOT is_bad THEN decided_at END,
  started_at,
  CASE WHEN NOT is_bad THEN 'recovered' END,
  ROW(unit, `value`, low, high, expected, points)
FROM (
  SELECT
    *,
    DATE_FORMAT(TO_TIMESTAMP_LTZ(minute_start, 3), 'HH:mm') || ' UTC' AS minute_text
  FROM runs
)
WHERE (is_bad AND bad_minutes = 1) OR (NOT is_bad AND bad_minutes > 0);
