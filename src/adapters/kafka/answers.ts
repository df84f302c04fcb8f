/**
 * What the brokers said, also where some part of it is an error: @platformatic/kafka throws as soon as one topic or group
 * of a response has one, with the whole response beside it.
 */
export async function answerOf<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    const { response } = error as { response?: T | null };
    if (response === undefined || response === null) throw error;
    return response;
  }
}

/** Error codes of Kafka's protocol (org.apache.kafka.common.protocol.Errors) that are told apart here. */
const names: Readonly<Record<number, string>> = {
  3: 'UNKNOWN_TOPIC_OR_PARTITION',
  15: 'COORDINATOR_NOT_AVAILABLE',
  14: 'COORDINATOR_LOAD_IN_PROGRESS',
  16: 'NOT_COORDINATOR',
  29: 'TOPIC_AUTHORIZATION_FAILED',
  30: 'GROUP_AUTHORIZATION_FAILED',
  31: 'CLUSTER_AUTHORIZATION_FAILED',
  36: 'TOPIC_ALREADY_EXISTS',
  37: 'INVALID_PARTITIONS',
  38: 'INVALID_REPLICATION_FACTOR',
  40: 'INVALID_CONFIG',
  44: 'POLICY_VIOLATION',
  50: 'INVALID_TRANSACTION_TIMEOUT',
  51: 'CONCURRENT_TRANSACTIONS',
  53: 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  68: 'NON_EMPTY_GROUP',
  69: 'GROUP_ID_NOT_FOUND',
  73: 'TOPIC_DELETION_DISABLED',
  89: 'THROTTLING_QUOTA_EXCEEDED',
  100: 'UNKNOWN_TOPIC_ID',
};

export function errorName(code: number): string {
  return names[code] ?? `error ${code}`;
}
