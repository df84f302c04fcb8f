-- The raw topic, byte for byte. STRING keeps bytes that are not UTF-8 as they are, and a tombstone arrives as NULL.
--
-- is_plain marks a plain event, as `streamlab produce` writes it: a valid event, its fields in the order of the schema, no white space between them, and strings of printable
-- ASCII without escapes. One regular expression proves all of that, so that nothing has to be parsed. What it does not
-- match is read by Jackson (20-views.sql), to the same result, and slower. The empty groups remember which
-- alternative was taken: 1 is schema version 1, 2 clickstream, 3 orders. A class of characters costs a call for each member
-- that is a range, hence [123456789]; \p{Print}, \p{XDigit} and \d are one call each.
--
-- The row time is Kafka's record time, which is never null; nothing is windowed by it. What counts is the watermark:
-- the event time of the record less the watermark delay. It is NULL, and the watermark does not move, for a record
-- that is malformed, has no usable event time, claims a time beyond the allowed skew, or is a replay. Only one
-- expression may stand here; for what is not plain each step is written as a function of the one before:
--   JSON_QUERY      [<event time>,"<mark>"] if the payload is one object and nothing but white space follows it
--   REGEXP_SUBSTR   the digits of a whole number (an exponent is valid, but does not move the watermark)
--   LEAST           the first instant beyond record time + skew stands for every later one
--   REPLACE         that instant becomes '', and TRY_CAST makes NULL of it
-- The mark tells that the payload ended where its object ended: Jackson ignores what follows a complete value.
--
-- kafkaSecurity stands for the options of TLS and SASL, here and in the sinks; it is empty where the brokers ask for none.
CREATE TEMPORARY TABLE raw_events (
  record_key BYTES,
  payload STRING,
  source_partition INT METADATA FROM 'partition' VIRTUAL,
  source_offset BIGINT METADATA FROM 'offset' VIRTUAL,
  record_time TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL,
  headers MAP<STRING, BYTES> METADATA FROM 'headers' VIRTUAL,
  processed_at AS PROCTIME(),
  is_plain AS REGEXP(payload, '^\{"schema_version":(?:1()|2),"event_id":"\p{XDigit}{8}-\p{XDigit}{4}-\p{XDigit}{4}-\p{XDigit}{4}-\p{XDigit}{12}","event_type":"(?:(?:page_view|add_to_cart|checkout_started)()|(?:order_placed|order_refunded)())","event_time":(?:0|[123456789]\d{0,14}),"user_id":"[\p{Print}&&[^"\\]]+","session_id":"[\p{Print}&&[^"\\]]+",(?:\2"page":"[\p{Print}&&[^"\\]]+","referrer":"[\p{Print}&&[^"\\]]*"|\3"order_id":"[\p{Print}&&[^"\\]]+","amount":(?:[123456789]\d{0,12}(?:[.]\d{1,2})?|0[.](?:\d?[123456789]|[123456789]\d?)))(?:\1|,"channel":"(?:web|ios|android)")\}\z'),
  WATERMARK FOR record_time AS CASE
    WHEN headers['streamlab-replay-id'] IS NOT NULL THEN CAST(NULL AS TIMESTAMP_LTZ(3))
    WHEN is_plain THEN CASE
      WHEN CAST(SUBSTRING(REGEXP_SUBSTR(payload, '"event_time":\d+') FROM 14) AS BIGINT) <= EXTRACT(EPOCH FROM record_time) * 1000 + EXTRACT(MILLISECOND FROM record_time) + ${maxFutureSkewMs}
        THEN TO_TIMESTAMP_LTZ(CAST(SUBSTRING(REGEXP_SUBSTR(payload, '"event_time":\d+') FROM 14) AS BIGINT) - ${watermarkDelayMs}, 3)
    END
    WHEN ENCODE(payload, 'UTF-8') = CAST(payload AS BYTES) THEN TO_TIMESTAMP_LTZ(
      TRY_CAST(REPLACE(
        CAST(LEAST(
          CAST(REGEXP_SUBSTR(
            JSON_QUERY(
              '[' || payload || ',{"event_time":"${payloadMark}"}]',
              'lax $[0,1].event_time'),
            '(?<=^\[)[0-9]{1,15}(?=(?:\.0+)?,"${payloadMark}"\]$)') AS BIGINT),
          EXTRACT(EPOCH FROM record_time) * 1000 + EXTRACT(MILLISECOND FROM record_time) + ${maxFutureSkewMs} + 1
        ) AS STRING),
        CAST(EXTRACT(EPOCH FROM record_time) * 1000 + EXTRACT(MILLISECOND FROM record_time) + ${maxFutureSkewMs} + 1 AS STRING),
        ''
      ) AS BIGINT) - ${watermarkDelayMs},
      3)
  END
) WITH (
  'connector' = 'kafka',
  'topic' = '${rawTopic}',
  'properties.bootstrap.servers' = '${kafkaBootstrap}',${kafkaSecurity}
  'properties.group.id' = '${consumerGroup}',
  'properties.isolation.level' = 'read_committed',
  'scan.startup.mode' = 'earliest-offset',
  'key.format' = 'raw',
  'key.fields' = 'record_key',
  'value.format' = 'raw',
  'value.fields-include' = 'EXCEPT_KEY'
);
