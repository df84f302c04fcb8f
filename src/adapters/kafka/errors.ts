import type { KafkaConnection } from '../../domain/connections.js';
import { reasonOf, StreamlabError } from '../../errors.js';

const unknownTopic = 'UNKNOWN_TOPIC_OR_PARTITION';

/** Whether a client library says that the topic is not there: kafkajs by `type`, @platformatic/kafka by `apiId`. */
export function isUnknownTopic(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { type, apiId, errors } = error as { type?: unknown; apiId?: unknown; errors?: unknown };
  if (type === unknownTopic || apiId === unknownTopic) return true;
  return Array.isArray(errors) && errors.some(isUnknownTopic);
}

export function topicMissing(topic: string, cause?: unknown): StreamlabError {
  return new StreamlabError('TOPIC_MISSING', `The topic ${topic} does not exist.`, {
    suggestions: ['streamlab up creates the topics of a lab.'],
    cause,
  });
}

/** The StreamlabError for whatever a Kafka client threw while doing `what`. */
export function kafkaError(connection: KafkaConnection, what: string, error: unknown): StreamlabError {
  if (error instanceof StreamlabError) return error;
  const brokers = connection.brokers.join(', ');
  return new StreamlabError(
    'SERVICE_UNREACHABLE',
    `Kafka at ${brokers} did not answer (${what}): ${deepReason(error)}`,
    { suggestions: ['streamlab status shows which services run.'], cause: error },
  );
}

/** The innermost message: "connect ECONNREFUSED 127.0.0.1:9092" says more than "Connection failed". */
function deepReason(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return deepReason(error.errors[0]);
  if (error instanceof Error && error.cause instanceof Error) return deepReason(error.cause);
  return reasonOf(error);
}
