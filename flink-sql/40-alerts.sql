-- judged -> arrivals: what the alerts are decided by. A replay is no news of the minute in which it arrives.
CREATE TEMPORARY VIEW arrivals AS
SELECT
  record_time,
  source_timestamp,
  verdict IN ('invalid', 'too_late') AS is_letter,
  verdict IN ('on_time', 'late') AND event_type = 'order_placed' AS is_order,
  CASE WHEN verdict IN ('on_time', 'late') THEN revenue END AS revenue
FROM judged
WHERE verdict <> 'replayed';

-- arrivals -> minutes: one row for each minute of Kafka's record time, once the watermark has passed its end. Each
-- subtask adds up what it has, so that one row a minute and checkpoint is all that goes on from here. `is_whole`: traffic
-- neither began nor ended in that minute, and the window was not closed before it was over.
CREATE TEMPORARY VIEW minutes AS
SELECT
  window_time AS minute_time,
  minute_start,
  records,
  letters,
  CAST(letters AS DOUBLE) / records AS share,
  CASE WHEN is_whole THEN orders END AS orders,
  CASE WHEN is_whole THEN revenue END AS revenue
FROM (
  SELECT
    window_time,
    MIN(source_timestamp) - MOD(MIN(source_timestamp), ${windowMs}) AS minute_start,
    COUNT(*) AS records,
    COUNT(*) FILTER (WHERE is_letter) AS letters,
    COUNT(*) FILTER (WHERE is_order) AS orders,
    CAST(COALESCE(SUM(revenue), 0) AS DOUBLE) AS revenue,
    MOD(MIN(source_timestamp), ${windowMs}) <= ${windowMs} / 12
      AND MOD(MAX(source_timestamp), ${windowMs}) >= ${windowMs} - ${windowMs} / 12 AS is_whole
  FROM TABLE(TUMBLE(TABLE arrivals, DESCRIPTOR(record_time), INTERVAL '${windowSeconds}' SECOND(4)))
  GROUP BY window_start, window_end, window_time
);

-- minutes -> compared: each minute among the up to 30 before it. Percentiles, because a mean and a standard deviation
-- follow what is wrong: after one minute without revenue the next one would be within the band. The minute itself is one
-- of up to 31, which moves no percentile far. `seen` is 1 in the first minute of all, which may lack its beginning.
CREATE TEMPORARY VIEW compared AS
SELECT
  *,
  COUNT(*) OVER lately AS seen,
  COUNT(revenue) OVER lately AS known,
  AVG(CAST(orders AS DOUBLE)) OVER lately AS usual_orders,
  PERCENTILE(revenue, 0.1) OVER lately AS low_revenue,
  PERCENTILE(revenue, 0.5) OVER lately AS expected,
  PERCENTILE(revenue, 0.9) OVER lately AS high_revenue,
  ARRAY_AGG(ARRAY[CAST(minute_start AS DOUBLE), share]) OVER lately AS shares,
  ARRAY_AGG(ARRAY[CAST(minute_start AS DOUBLE), revenue]) OVER lately AS revenues
FROM minutes
WINDOW lately AS (ORDER BY minute_time ROWS BETWEEN 30 PRECEDING AND CURRENT ROW);

-- compared -> decided: is the minute bad? NULL is unknown: too few records, orders or minutes. The deviation is taken
-- from the calmer side of the median, since a drop stretches only the lower one; with few minutes it counts for more.
CREATE TEMPORARY VIEW decided AS
SELECT
  *,
  CASE WHEN seen > 1 AND records >= 100 THEN share > 5e-2 END AS is_share_bad,
  CASE WHEN known > 5 AND usual_orders >= 30 THEN ABS(revenue - expected) > deviation END AS is_revenue_bad
FROM (
  SELECT
    *,
    GREATEST(
      25e-2 * ABS(expected),
      5e0 * LEAST(high_revenue - expected, expected - low_revenue) / 1.2816e0 * (1e0 + 3e0 / GREATEST(known - 1, 1))
    ) AS deviation
  FROM compared
);

-- decided -> counted_good: how many good minutes each rule had. Between two good ones there is one number, and at most one run
-- of bad minutes: that is how a run is told from the next.
CREATE TEMPORARY VIEW counted_good AS
SELECT
  *,
  COUNT(CASE WHEN NOT is_share_bad THEN 1 END) OVER so_far AS good_shares,
  COUNT(CASE WHEN NOT is_revenue_bad THEN 1 END) OVER so_far AS good_revenues
FROM decided
WINDOW so_far AS (ORDER BY minute_time RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW);

-- counted_good -> judgements: a row for each rule. A good minute ends its run, so it belongs to the number before.
CREATE TEMPORARY VIEW judgements AS
SELECT
  minute_time,
  minute_start,
  rule,
  run,
  is_bad,
  unit,
  `value`,
  low,
  high,
  expected,
  points,
  EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) * 1000 + EXTRACT(MILLISECOND FROM CURRENT_TIMESTAMP) AS decided_at
FROM (
  SELECT
    minute_time,
    minute_start,
    ARRAY[
      CAST(ROW(
        'flink-dead-letter-share',
        good_shares - CASE WHEN NOT is_share_bad THEN 1 ELSE 0 END,
        is_share_bad,
        'share',
        ROUND(share, 6),
        CAST(NULL AS DOUBLE),
        5e-2,
        CAST(NULL AS DOUBLE),
        shares
      ) AS ROW<rule STRING, run BIGINT, is_bad BOOLEAN, unit STRING, `value` DOUBLE, low DOUBLE, high DOUBLE, expected DOUBLE, points ARRAY<ARRAY<DOUBLE>>>),
      CAST(ROW(
        'flink-revenue-band',
        good_revenues - CASE WHEN NOT is_revenue_bad THEN 1 ELSE 0 END,
        is_revenue_bad,
        'money',
        ROUND(revenue, 2),
        ROUND(expected - deviation, 2),
        ROUND(expected + deviation, 2),
        ROUND(expected, 2),
        revenues
      ) AS ROW<rule STRING, run BIGINT, is_bad BOOLEAN, unit STRING, `value` DOUBLE, low DOUBLE, high DOUBLE, expected DOUBLE, points ARRAY<ARRAY<DOUBLE>>>)
    ] AS of_rules
  FROM counted_good
) CROSS JOIN UNNEST(of_rules) AS of_rule (rule, run, is_bad, unit, `value`, low, high, expected, points);

-- judgements -> runs: with each minute, how its run began.
CREATE TEMPORARY VIEW runs AS
SELECT
  *,
  COUNT(CASE WHEN is_bad THEN 1 END) OVER so_far AS bad_minutes,
  MIN(CASE WHEN is_bad THEN minute_start END) OVER so_far AS started_at,
  MIN(CASE WHEN is_bad THEN decided_at END) OVER so_far AS fired_at,
  FIRST_VALUE(CASE WHEN is_bad AND rule = 'flink-revenue-band' THEN CASE WHEN `value` < expected THEN 'drop' ELSE 'rise' END END) OVER so_far AS direction
FROM judgements
WINDOW so_far AS (PARTITION BY rule, run ORDER BY minute_time RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW);

-- The record key is the alert's id, so that what fires and what resolves it keep their order.
CREATE TEMPORARY TABLE alerts (
  alert_id STRING,
  rule STRING,
  severity STRING,
  status STRING,
  summary STRING,
  labels MAP<STRING, STRING>,
  `value` DOUBLE,
  fired_at BIGINT,
  resolved_at BIGINT,
  started_at BIGINT,
  resolution STRING,
  evidence ROW<unit STRING, `value` DOUBLE, low DOUBLE, high DOUBLE, expected DOUBLE, points ARRAY<ARRAY<DOUBLE>>>
) WITH (
  'connector' = 'kafka',
  'topic' = '${alertsTopic}',
  'properties.bootstrap.servers' = '${kafkaBootstrap}',${kafkaSecurity}
  'properties.transaction.timeout.ms' = '${transactionTimeoutMs}',
  'key.format' = 'raw',
  'key.fields' = 'alert_id',
  'value.format' = 'json',
  'sink.delivery-guarantee' = '${guarantee}',
  'sink.transactional-id-prefix' = '${jobName}-alerts'
);
