-- The choices of the variable event_type.
SELECT DISTINCT event_type
FROM agg_1m
ORDER BY event_type
