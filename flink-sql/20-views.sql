-- raw_events -> documents: the payload is parsed here, once. The document is Jackson's own rendering of the known
-- fields, in alphabetical order, without white space, each value with its JSON type: a list of the payload's object
-- and a mark that proves that nothing followed it.
--
-- RAND() < 2 is always true. It is a wall here and below: the planner copies no expression that is not deterministic,
-- whereas it would copy the parse to every place that reads a field, and run it as often.
CREATE TEMPORARY VIEW documents AS
SELECT
  record_key,
  payload,
  source_partition,
  source_offset,
  record_time,
  processed_at,
  EXTRACT(EPOCH FROM record_time) * 1000 + EXTRACT(MILLISECOND FROM record_time) AS source_timestamp,
  COALESCE(DECODE(headers['streamlab-replay-id'], 'UTF-8'), '') AS replay_id,
  TRY_CAST(REGEXP_EXTRACT(DECODE(headers['streamlab-replay-attempt'], 'UTF-8'), '^[1-9][0-9]{0,5}$', 0) AS INT) AS replay_attempt,
  COALESCE(ENCODE(payload, 'UTF-8') = CAST(payload AS BYTES), TRUE) AS is_text,
  CASE
    WHEN RAND() < 2 THEN JSON_QUERY(
      '[' || payload || ',{"streamlab":"${payloadMark}"}]',
      'lax $[0,1]["amount","channel","event_id","event_time","event_type","order_id","page","referrer","schema_version","session_id","streamlab","user_id"]')
  END AS document
FROM raw_events;

-- documents -> shapes: is the payload one object, and is each of its known values a plain one? NULL documents did not
-- parse. A document is simple if no string in it has an escape and no value is nested; nearly all are.
CREATE TEMPORARY VIEW shapes AS
SELECT
  *,
  CASE
    WHEN RAND() < 2 THEN COALESCE(is_text AND document LIKE '%},{"streamlab":"${payloadMark}"}]', FALSE)
  END AS is_object,
  CASE
    WHEN RAND() < 2 THEN COALESCE(NOT REGEXP(document, '[\\]|:[\[{]'), TRUE)
  END AS is_simple
FROM documents;

-- shapes -> tokens: the JSON text of each known field, NULL when it is absent or null. A string keeps its quotes, so
-- that "5" and 5 differ. In a simple document a key can be found by its text; in others Jackson is asked for each.
CREATE TEMPORARY VIEW tokens AS
SELECT
  record_key,
  payload,
  source_partition,
  source_offset,
  record_time,
  processed_at,
  source_timestamp,
  replay_id,
  replay_attempt,
  is_text,
  is_object,
  CASE
    WHEN is_simple AND RAND() < 2 THEN REGEXP_EXTRACT(document, '"amount":("[^"]*+"|(?!null)[^,}]++)', 1)
    ELSE REGEXP_EXTRACT(JSON_QUERY(document, 'lax $[0].amount' WITH UNCONDITIONAL ARRAY WRAPPER), '(?s)^\[(.*)\]$', 1)
  END AS amount_json,
  CASE
    WHEN is_simple AND RAND() < 2 THEN REGEXP_EXTRACT(document, '"channel":("[^"]*+"|(?!null)[^,}]++)', 1)
    ELSE REGEXP_EXTRACT(JSON_QUERY(document, 'lax $[0].channel' WITH UNCONDITIONAL ARRAY WRAPPER), '(?s)^\[(.*)\]$', 1)
  END AS channel_json,
  CASE
    WHEN is_simple AND RAND() < 2 THEN REGEXP_EXTRACT(document, '"event_id":("[^"]*+"|(?!null)[^,}]++)', 1)
    ELSE REGEXP_EXTRACT(JSON_QUERY(document, 'lax $[0].event_id' WITH UNCONDITIONAL ARRAY WRAPPER), '(?s)^\[(.*)\]$', 1)
  END AS event_id_json,
  CASE
    WHEN is_simple AND RAND() < 2 THEN REGEXP_EXTRACT(document, '"event_time":("[^"]*+"|(?!null)[^,}]++)', 1)
    ELSE REGEXP_EXTRACT(JSON_QUERY(document, 'lax $[0].event_time' WITH UNCONDITIONAL ARRAY WRAPPER), '(?s)^\[(.*)\]$', 1)
  END AS event_time_json,
  CASE
    WHEN is_simple AND RAND() < 2 THEN REGEXP_EXTRACT(document, '"event_type":("[^"]*+"|(?!null)[^,}]++)', 1)
    ELSE REGEXP_EXTRACT(JSON_QUERY(document, 'lax $[0].event_type' WITH UNCONDITIONAL ARRAY WRAPPER), '(?s)^\[(.*)\]$', 1)
  END AS event_type_json,
  CASE
    WHEN is_simple AND RAND() < 2 THEN REGEXP_EXTRACT(document, '"order_id":("[^"]*+"|(?!null)[^,}]++)', 1)
    ELSE REGEXP_EXTRACT(JSON_QUERY(document, 'lax $[0].order_id' WITH UNCONDITIONAL ARRAY WRAPPER), '(?s)^\[(.*)\]$', 1)
  END AS order_id_json,
  CASE
    WHEN is_simple AND RAND() < 2 THEN REGEXP_EXTRACT(document, '"page":("[^"]*+"|(?!null)[^,}]++)', 1)
    ELSE REGEXP_EXTRACT(JSON_QUERY(document, 'lax $[0].page' WITH UNCONDITIONAL ARRAY WRAPPER), '(?s)^\[(.*)\]$', 1)
  END AS page_json,
  CASE
    WHEN is_simple AND RAND() < 2 THEN REGEXP_EXTRACT(document, '"referrer":("[^"]*+"|(?!null)[^,}]++)', 1)
    ELSE REGEXP_EXTRACT(JSON_QUERY(document, 'lax $[0].referrer' WITH UNCONDITIONAL ARRAY WRAPPER), '(?s)^\[(.*)\]$', 1)
  END AS referrer_json,
  CASE
    WHEN is_simple AND RAND() < 2 THEN REGEXP_EXTRACT(document, '"schema_version":("[^"]*+"|(?!null)[^,}]++)', 1)
    ELSE REGEXP_EXTRACT(JSON_QUERY(document, 'lax $[0].schema_version' WITH UNCONDITIONAL ARRAY WRAPPER), '(?s)^\[(.*)\]$', 1)
  END AS schema_version_json,
  CASE
    WHEN is_simple AND RAND() < 2 THEN REGEXP_EXTRACT(document, '"session_id":("[^"]*+"|(?!null)[^,}]++)', 1)
    ELSE REGEXP_EXTRACT(JSON_QUERY(document, 'lax $[0].session_id' WITH UNCONDITIONAL ARRAY WRAPPER), '(?s)^\[(.*)\]$', 1)
  END AS session_id_json,
  CASE
    WHEN is_simple AND RAND() < 2 THEN REGEXP_EXTRACT(document, '"user_id":("[^"]*+"|(?!null)[^,}]++)', 1)
    ELSE REGEXP_EXTRACT(JSON_QUERY(document, 'lax $[0].user_id' WITH UNCONDITIONAL ARRAY WRAPPER), '(?s)^\[(.*)\]$', 1)
  END AS user_id_json
FROM shapes;

-- tokens -> fields: the numbers, read as the doubles that JSON.parse reads, so that 1.0 is an integer and 1e2 is 100.
-- What is not a number is NULL, true and "5" among it.
CREATE TEMPORARY VIEW fields AS
SELECT
  *,
  CASE WHEN RAND() < 2 THEN TRY_CAST(schema_version_json AS DOUBLE) END AS schema_version,
  CASE WHEN RAND() < 2 THEN TRY_CAST(event_time_json AS DOUBLE) END AS event_time,
  CASE WHEN RAND() < 2 THEN TRY_CAST(amount_json AS DOUBLE) END AS amount
FROM tokens;

-- fields -> validated: the first check that fails gives the reason; NULL is a valid event. The checks and their order
-- are those of src/domain/events.ts.
CREATE TEMPORARY VIEW validated AS
SELECT
  *,
  CASE
    WHEN RAND() >= 2 THEN ''
    WHEN NOT is_object THEN 'malformed_json'
    WHEN schema_version_json IS NULL THEN 'missing_field:schema_version'
    WHEN schema_version IS NULL OR ABS(schema_version) > 1.7976931348623157e308 OR FLOOR(schema_version) <> schema_version THEN 'invalid_field:schema_version'
    WHEN schema_version NOT IN (1e0, 2e0) THEN 'unsupported_schema_version'
    WHEN event_id_json IS NULL THEN 'missing_field:event_id'
    WHEN NOT REGEXP(event_id_json, '^"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"$') THEN 'invalid_field:event_id'
    WHEN event_type_json IS NULL THEN 'missing_field:event_type'
    WHEN event_type_json NOT IN ('"page_view"', '"add_to_cart"', '"checkout_started"', '"order_placed"', '"order_refunded"') THEN 'invalid_field:event_type'
    WHEN event_time_json IS NULL THEN 'missing_field:event_time'
    WHEN event_time IS NULL OR event_time < 0e0 OR event_time > 8.64e15 OR FLOOR(event_time) <> event_time THEN 'invalid_field:event_time'
    WHEN user_id_json IS NULL THEN 'missing_field:user_id'
    WHEN user_id_json NOT LIKE '"%' OR user_id_json = '""' THEN 'invalid_field:user_id'
    WHEN session_id_json IS NULL THEN 'missing_field:session_id'
    WHEN session_id_json NOT LIKE '"%' OR session_id_json = '""' THEN 'invalid_field:session_id'
    WHEN event_type_json NOT LIKE '"order%' AND page_json IS NULL THEN 'missing_field:page'
    WHEN event_type_json NOT LIKE '"order%' AND (page_json NOT LIKE '"%' OR page_json = '""') THEN 'invalid_field:page'
    WHEN event_type_json NOT LIKE '"order%' AND referrer_json IS NULL THEN 'missing_field:referrer'
    WHEN event_type_json NOT LIKE '"order%' AND referrer_json NOT LIKE '"%' THEN 'invalid_field:referrer'
    WHEN event_type_json LIKE '"order%' AND order_id_json IS NULL THEN 'missing_field:order_id'
    WHEN event_type_json LIKE '"order%' AND (order_id_json NOT LIKE '"%' OR order_id_json = '""') THEN 'invalid_field:order_id'
    WHEN event_type_json LIKE '"order%' AND amount_json IS NULL THEN 'missing_field:amount'
    WHEN event_type_json LIKE '"order%' AND (amount IS NULL OR amount <= 0e0 OR amount >= 1e13 OR FLOOR(amount * 1e2 + 5e-1) / 1e2 <> amount) THEN 'invalid_field:amount'
    WHEN schema_version = 2e0 AND channel_json IS NULL THEN 'missing_field:channel'
    WHEN schema_version = 2e0 AND channel_json NOT IN ('"web"', '"ios"', '"android"') THEN 'invalid_field:channel'
    WHEN event_time > source_timestamp + ${maxFutureSkewMs} THEN 'future_event'
  END AS reason
FROM fields;

-- validated -> events: typed columns. A valid event is known by its id and, when it is replayed, by its replay;
-- an invalid record is like no other, so that it passes the deduplication for certain. Of an invalid record event_id,
-- event_type and event_time are kept as far as they can be read.
CREATE TEMPORARY VIEW events AS
SELECT
  record_key,
  payload,
  is_text,
  source_partition,
  source_offset,
  source_timestamp,
  record_time,
  processed_at,
  reason,
  replay_id,
  replay_attempt,
  CASE
    WHEN reason IS NULL THEN SUBSTRING(event_id_json FROM 2 FOR 36) || '/' || replay_id
    ELSE '#' || CAST(source_partition AS STRING) || ':' || CAST(source_offset AS STRING)
  END AS dedupe_key,
  CASE
    WHEN reason IS NULL THEN SUBSTRING(event_id_json FROM 2 FOR 36)
    WHEN event_id_json LIKE '"%' THEN JSON_UNQUOTE(event_id_json)
  END AS event_id,
  CASE
    WHEN event_type_json LIKE '"%' THEN JSON_UNQUOTE(event_type_json)
  END AS event_type,
  CASE
    WHEN event_time >= 0e0 AND event_time <= 8.64e15 AND FLOOR(event_time) = event_time THEN CAST(event_time AS BIGINT)
  END AS event_time,
  CASE
    WHEN schema_version = 2e0 AND reason IS NULL THEN SUBSTRING(channel_json FROM 2 FOR CHAR_LENGTH(channel_json) - 2)
    ELSE 'unknown'
  END AS channel,
  CASE
    WHEN reason IS NOT NULL OR amount IS NULL THEN CAST(0 AS DECIMAL(18, 2))
    WHEN event_type_json = '"order_placed"' THEN CAST(amount AS DECIMAL(18, 2))
    WHEN event_type_json = '"order_refunded"' THEN CAST(-amount AS DECIMAL(18, 2))
    ELSE CAST(0 AS DECIMAL(18, 2))
  END AS revenue
FROM validated;

-- events -> first_seen: the first record of every key passes, later ones are dropped as duplicates. The key decides
-- the subtask, and records of one partition keep their order on the way. Its state expires after the dedupe horizon.
CREATE TEMPORARY VIEW first_seen AS
SELECT *
FROM (
  SELECT
    *,
    ROW_NUMBER() OVER (PARTITION BY dedupe_key ORDER BY processed_at ASC) AS sighting
  FROM events
)
WHERE sighting = 1;

-- first_seen -> timed: the watermark at the moment of judgement, NULL before the first one.
CREATE TEMPORARY VIEW timed AS
SELECT
  record_key,
  payload,
  is_text,
  source_partition,
  source_offset,
  source_timestamp,
  record_time,
  reason,
  replay_id,
  replay_attempt,
  event_id,
  event_type,
  event_time,
  channel,
  revenue,
  CASE WHEN reason IS NULL THEN event_time - MOD(event_time, ${windowMs}) END AS window_start,
  EXTRACT(EPOCH FROM CURRENT_WATERMARK(record_time)) * 1000 + EXTRACT(MILLISECOND FROM CURRENT_WATERMARK(record_time)) AS `watermark`
FROM first_seen;

-- timed -> judged: the one verdict on each record, which every sink reads.
CREATE TEMPORARY VIEW judged AS
SELECT
  *,
  CASE
    WHEN reason IS NOT NULL THEN 'invalid'
    WHEN replay_id <> '' THEN 'replayed'
    WHEN `watermark` IS NULL OR window_start + ${windowMs} > `watermark` THEN 'on_time'
    WHEN window_start + ${windowMs} + ${allowedLatenessMs} > `watermark` THEN 'late'
    ELSE 'too_late'
  END AS verdict
FROM timed;
