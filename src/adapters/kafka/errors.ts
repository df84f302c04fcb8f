import { connectFailure } from '../../domain/connect-failure.js';
import type { KafkaConnection } from '../../domain/connections.js';
import { StreamlabError } from '../../errors.js';

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
  const { kind, reason } = connectFailure(error);
  if (kind === 'forbidden' || kind === 'login-refused') {
    return new StreamlabError('NOT_PERMITTED', `Kafka at ${brokers} refused (${what}): ${reason}`, {
      suggestions: [
        kind === 'forbidden'
          ? `User ${connection.security?.sasl?.user ?? ''} lacks a grant: streamlab doctor names it.`
          : 'Check kafkaUser and STREAMLAB_KAFKA_PASSWORD.',
      ],
      cause: error,
    });
  }
  return new StreamlabError(
    'SERVICE_UNREACHABLE',
    `Kafka at ${brokers} did not answer (${what}): ${reason}`,
    {
      suggestions: ['streamlab status shows which services run.'],
      cause: error,
    },
  );
}
