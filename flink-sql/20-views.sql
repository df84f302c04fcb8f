-- raw_events -> documents: what is not plain is parsed here, once. The document is Jackson's own rendering of the known
-- fields, in alphabetical order, without white space, each value with its JSON type. It is NULL if the payload is not one
-- object: the mark behind it proves that nothing followed.
--
-- RAND() < 2 is always true. It is a wall here and below: the planner copies no expression that is not deterministic,
-- whereas it would copy the parse to every place that reads a field, and run it as often.
CREATE TEMPORARY VIEW documents AS
SELECT
  *,
  CASE
    WHEN plain_at IS NULL AND RAND() < 2 THEN REGEXP_SUBSTR(
      JSON_QUERY(
        '[' || payload || ',{"streamlab":"${payloadMark}"}]',
        'lax $[0,1]["amount","channel","event_id","event_time","event_type","order_id","page","referrer","schema_version","session_id","streamlab","user_id"]'),
      '(?s)(?<=^\[)\{.*\}(?=,\{"streamlab":"${payloadMark}"\}\]$)')
  END AS document
FROM (
  SELECT
    record_key,
    payload,
    source_partition,
    source_offset,
    record_time,
    processed_at,
    EXTRACT(EPOCH FROM record_time) * 1000 + EXTRACT(MILLISECOND FROM record_time) AS source_timestamp,
    COALESCE(DECODE(headers['streamlab-replay-id'], 'UTF-8'), '') AS replay_id,
    TRY_CAST(REGEXP_SUBSTR(DECODE(headers['streamlab-replay-attempt'], 'UTF-8'), '^[1-9][0-9]{0,5}$') AS INT) AS replay_attempt,
    CASE WHEN RAND() < 2 AND is_plain THEN CAST(SUBSTRING(REGEXP_SUBSTR(payload, '"event_time":\d+') FROM 14) AS BIGINT) END AS plain_at
  FROM raw_events
);

-- documents -> parts: the JSON text of each known field, by its key in quotes; absent when it is absent or null. A string
-- keeps its quotes, so that "5" and 5 differ. A document without escapes, commas in strings and nested values is cut at its
-- commas; for others Jackson is asked for each field. NULL if the record is plain or malformed.
CREATE TEMPORARY VIEW parts AS
SELECT
  *,
  CASE WHEN plain_at IS NULL THEN COALESCE(ENCODE(payload, 'UTF-8') = CAST(payload AS BYTES), TRUE) ELSE TRUE END AS is_text,
  CASE
    WHEN RAND() >= 2 OR document IS NULL THEN NULL
    WHEN REGEXP(document, '^\{(?:"[a-z_]+":(?:"[^"\\,]*"|-?\d[^,"}]*|true|false)[,}])+$') THEN STR_TO_MAP(REGEXP_SUBSTR(document, '(?s)(?<=^\{).*(?=\}\z)'), ',', ':')
    ELSE MAP[
      '"amount"', REGEXP_SUBSTR(JSON_QUERY(document, 'lax $.amount' WITH UNCONDITIONAL ARRAY WRAPPER), '(?s)(?<=^\[).*(?=\]$)'),
      '"channel"', REGEXP_SUBSTR(JSON_QUERY(document, 'lax $.channel' WITH UNCONDITIONAL ARRAY WRAPPER), '(?s)(?<=^\[).*(?=\]$)'),
      '"event_id"', REGEXP_SUBSTR(JSON_QUERY(document, 'lax $.event_id' WITH UNCONDITIONAL ARRAY WRAPPER), '(?s)(?<=^\[).*(?=\]$)'),
      '"event_time"', REGEXP_SUBSTR(JSON_QUERY(document, 'lax $.event_time' WITH UNCONDITIONAL ARRAY WRAPPER), '(?s)(?<=^\[).*(?=\]$)'),
      '"event_type"', REGEXP_SUBSTR(JSON_QUERY(document, 'lax $.event_type' WITH UNCONDITIONAL ARRAY WRAPPER), '(?s)(?<=^\[).*(?=\]$)'),
      '"order_id"', REGEXP_SUBSTR(JSON_QUERY(document, 'lax $.order_id' WITH UNCONDITIONAL ARRAY WRAPPER), '(?s)(?<=^\[).*(?=\]$)'),
      '"page"', REGEXP_SUBSTR(JSON_QUERY(document, 'lax $.page' WITH UNCONDITIONAL ARRAY WRAPPER), '(?s)(?<=^\[).*(?=\]$)'),
      '"referrer"', REGEXP_SUBSTR(JSON_QUERY(document, 'lax $.referrer' WITH UNCONDITIONAL ARRAY WRAPPER), '(?s)(?<=^\[).*(?=\]$)'),
      '"schema_version"', REGEXP_SUBSTR(JSON_QUERY(document, 'lax $.schema_version' WITH UNCONDITIONAL ARRAY WRAPPER), '(?s)(?<=^\[).*(?=\]$)'),
      '"session_id"', REGEXP_SUBSTR(JSON_QUERY(document, 'lax $.session_id' WITH UNCONDITIONAL ARRAY WRAPPER), '(?s)(?<=^\[).*(?=\]$)'),
      '"user_id"', REGEXP_SUBSTR(JSON_QUERY(document, 'lax $.user_id' WITH UNCONDITIONAL ARRAY WRAPPER), '(?s)(?<=^\[).*(?=\]$)')
    ]
  END AS json
FROM documents;

-- parts -> fields: numbers are read as the doubles that JSON.parse reads, so that 1.0 is an integer and 1e2 is 100. What is
-- not a number is NULL, true and "5" among it.
CREATE TEMPORARY VIEW fields AS
SELECT
  *,
  CASE WHEN json IS NOT NULL AND RAND() < 2 THEN TRY_CAST(json['"schema_version"'] AS DOUBLE) END AS schema_version,
  CASE WHEN json IS NOT NULL AND RAND() < 2 THEN TRY_CAST(json['"event_time"'] AS DOUBLE) END AS event_time,
  CASE WHEN json IS NOT NULL AND RAND() < 2 THEN TRY_CAST(json['"amount"'] AS DOUBLE) END AS amount
FROM parts;

-- fields -> validated: the first check that fails gives the reason; NULL is a valid event. The checks and their order
-- are those of src/domain/events.ts.
CREATE TEMPORARY VIEW validated AS
SELECT
  *,
  CASE WHEN plain_at IS NOT NULL AND RAND() < 2 THEN SUBSTRING(REGEXP_SUBSTR(payload, '"event_id":"[^"]+') FROM 13) END AS plain_id,
  CASE
    WHEN plain_at IS NOT NULL AND RAND() < 2
      THEN SUBSTRING(REGEXP_SUBSTR(payload, '"event_type":"[^"]+') FROM 15)
  END AS plain_type,
  CASE
    WHEN RAND() >= 2 THEN ''
    WHEN plain_at <= source_timestamp + ${maxFutureSkewMs} THEN CAST(NULL AS STRING)
    WHEN plain_at IS NOT NULL THEN 'future_event'
    WHEN json IS NULL OR NOT is_text THEN 'malformed_json'
    WHEN json['"schema_version"'] IS NULL THEN 'missing_field:schema_version'
    WHEN schema_version IS NULL OR ABS(schema_version) > 1.7976931348623157e308 OR FLOOR(schema_version) <> schema_version THEN 'invalid_field:schema_version'
    WHEN schema_version NOT IN (1e0, 2e0) THEN 'unsupported_schema_version'
    WHEN json['"event_id"'] IS NULL THEN 'missing_field:event_id'
    WHEN NOT REGEXP(json['"event_id"'], '^"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"$') THEN 'invalid_field:event_id'
    WHEN json['"event_type"'] IS NULL THEN 'missing_field:event_type'
    WHEN json['"event_type"'] NOT IN ('"page_view"', '"add_to_cart"', '"checkout_started"', '"order_placed"', '"order_refunded"') THEN 'invalid_field:event_type'
    WHEN json['"event_time"'] IS NULL THEN 'missing_field:event_time'
    WHEN event_time IS NULL OR event_time < 0e0 OR event_time > 8.64e15 OR FLOOR(event_time) <> event_time THEN 'invalid_field:event_time'
    WHEN json['"user_id"'] IS NULL THEN 'missing_field:user_id'
    WHEN json['"user_id"'] NOT LIKE '"%' OR json['"user_id"'] = '""' THEN 'invalid_field:user_id'
    WHEN json['"session_id"'] IS NULL THEN 'missing_field:session_id'
    WHEN json['"session_id"'] NOT LIKE '"%' OR json['"session_id"'] = '""' THEN 'invalid_field:session_id'
    WHEN json['"event_type"'] NOT LIKE '"order%' AND json['"page"'] IS NULL THEN 'missing_field:page'
    WHEN json['"event_type"'] NOT LIKE '"order%' AND (json['"page"'] NOT LIKE '"%' OR json['"page"'] = '""') THEN 'invalid_field:page'
    WHEN json['"event_type"'] NOT LIKE '"order%' AND json['"referrer"'] IS NULL THEN 'missing_field:referrer'
    WHEN json['"event_type"'] NOT LIKE '"order%' AND json['"referrer"'] NOT LIKE '"%' THEN 'invalid_field:referrer'
    WHEN json['"event_type"'] LIKE '"order%' AND json['"order_id"'] IS NULL THEN 'missing_field:order_id'
    WHEN json['"event_type"'] LIKE '"order%' AND (json['"order_id"'] NOT LIKE '"%' OR json['"order_id"'] = '""') THEN 'invalid_field:order_id'
    WHEN json['"event_type"'] LIKE '"order%' AND json['"amount"'] IS NULL THEN 'missing_field:amount'
    WHEN json['"event_type"'] LIKE '"order%' AND (amount IS NULL OR amount <= 0e0 OR amount >= 1e13 OR FLOOR(amount * 1e2 + 5e-1) / 1e2 <> amount) THEN 'invalid_field:amount'
    WHEN schema_version = 2e0 AND json['"channel"'] IS NULL THEN 'missing_field:channel'
    WHEN schema_version = 2e0 AND json['"channel"'] NOT IN ('"web"', '"ios"', '"android"') THEN 'invalid_field:channel'
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
    WHEN reason IS NULL THEN
      CASE WHEN plain_at IS NOT NULL THEN plain_id ELSE SUBSTRING(json['"event_id"'] FROM 2 FOR 36) END
      || '/' || replay_id
    ELSE '#' || CAST(source_partition AS STRING) || ':' || CAST(source_offset AS STRING)
  END AS dedupe_key,
  CASE
    WHEN reason IS NULL THEN CAST(NULL AS STRING)
    WHEN plain_at IS NOT NULL THEN plain_id
    WHEN json['"event_id"'] LIKE '"%' THEN JSON_UNQUOTE(json['"event_id"'])
  END AS invalid_id,
  CASE
    WHEN plain_at IS NOT NULL THEN plain_type
    WHEN json['"event_type"'] LIKE '"%' THEN JSON_UNQUOTE(json['"event_type"'])
  END AS event_type,
  CASE
    WHEN plain_at IS NOT NULL THEN plain_at
    WHEN event_time >= 0e0 AND event_time <= 8.64e15 AND FLOOR(event_time) = event_time THEN CAST(event_time AS BIGINT)
  END AS event_time,
  CASE
    WHEN reason IS NOT NULL OR plain_at IS NOT NULL AND payload LIKE '{"schema_version":1%' THEN 'unknown'
    WHEN plain_at IS NOT NULL THEN CASE WHEN payload LIKE '%"web"}' THEN 'web' WHEN payload LIKE '%"ios"}' THEN 'ios' ELSE 'android' END
    WHEN schema_version = 2e0 THEN SUBSTRING(json['"channel"'] FROM 2 FOR CHAR_LENGTH(json['"channel"']) - 2)
    ELSE 'unknown'
  END AS channel,
  CASE
    WHEN reason IS NOT NULL THEN CAST(0 AS DECIMAL(18, 2))
    WHEN plain_at IS NOT NULL THEN CASE plain_type
      WHEN 'order_placed' THEN CAST(SUBSTRING(REGEXP_SUBSTR(payload, '"amount":[^,}]+') FROM 10) AS DECIMAL(18, 2))
      WHEN 'order_refunded' THEN -CAST(SUBSTRING(REGEXP_SUBSTR(payload, '"amount":[^,}]+') FROM 10) AS DECIMAL(18, 2))
      ELSE CAST(0 AS DECIMAL(18, 2))
    END
    WHEN json['"event_type"'] = '"order_placed"' THEN CAST(amount AS DECIMAL(18, 2))
    WHEN json['"event_type"'] = '"order_refunded"' THEN CAST(-amount AS DECIMAL(18, 2))
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
  CASE WHEN reason IS NULL THEN SUBSTRING(dedupe_key FROM 1 FOR 36) ELSE invalid_id END AS event_id,
  event_type,
  event_time,
  channel,
  revenue,
  CASE WHEN reason IS NULL THEN event_time - MOD(event_time, ${windowMs}) END AS window_start,
  CURRENT_WATERMARK(record_time) AS watermark_time
FROM first_seen;

-- timed -> judged: the one verdict on each record, which every sink reads.
CREATE TEMPORARY VIEW judged AS
SELECT
  *,
  CASE
    WHEN reason IS NOT NULL THEN 'invalid'
    WHEN replay_id <> '' THEN 'replayed'
    WHEN watermark_time IS NULL OR TO_TIMESTAMP_LTZ(window_start + ${windowMs}, 3) > watermark_time THEN 'on_time'
    WHEN TO_TIMESTAMP_LTZ(window_start + ${windowMs} + ${allowedLatenessMs}, 3) > watermark_time THEN 'late'
    ELSE 'too_late'
  END AS verdict
FROM timed;
