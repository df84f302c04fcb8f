-- What each of ClickHouse's Kafka queues has still to read and to commit, from librdkafka's statistics of its
-- consumers. Of a partition: `ls_offset` is the end that a reader of committed transactions may reach, `app_offset` what
-- ClickHouse has taken, -1001 while it took nothing; `consumer_lag` is the end less the committed offset. NULL, not 0,
-- where there are no statistics or no partitions. Partition -1 is librdkafka's own.
WITH
    arrayFilter(
        partition -> partition.1 != '-1',
        arrayFlatten(arrayMap(
            topic -> JSONExtractKeysAndValuesRaw(topic.2, 'partitions'),
            JSONExtractKeysAndValuesRaw(rdkafka_stat, 'topics')
        ))
    ) AS known,
    arraySum(
        partition -> greatest(
            JSONExtractInt(partition.2, 'ls_offset') - greatest(
                JSONExtractInt(partition.2, 'app_offset'),
                JSONExtractInt(partition.2, 'committed_offset'),
                JSONExtractInt(partition.2, 'lo_offset')
            ),
            0
        ),
        known
    ) AS left_to_read,
    arraySum(partition -> greatest(JSONExtractInt(partition.2, 'consumer_lag'), 0), known) AS left_to_commit
SELECT
    table AS queue,
    sum(length(assignments.partition_id)) AS partitions,
    sum(if(empty(known), NULL, left_to_read)) AS to_read,
    sum(if(empty(known), NULL, left_to_commit)) AS to_commit,
    max(last_poll_time) AS last_poll,
    arrayElement(arraySort(arrayFlatten(groupArray(exceptions.text))), -1) AS exception
FROM system.kafka_consumers
WHERE database = currentDatabase()
GROUP BY table
ORDER BY table
