-- The choices of the variable reason.
SELECT DISTINCT reason
FROM dlq
ORDER BY reason
