-- The choices of the variable channel.
SELECT DISTINCT channel
FROM agg_1m
ORDER BY channel
