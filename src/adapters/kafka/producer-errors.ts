import type { KafkaConnection } from '../../domain/connections.js';
import { reasonOf, StreamlabError } from '../../errors.js';

/** The part of @platformatic/kafka's errors that tells what went wrong (GenericError, MultipleErrors). */
interface ClientError {
  message: string;
  cause?: unknown;
  errors?: readonly unknown[];
  /** Name of the protocol error, `UNKNOWN_TOPIC_OR_PARTITION` for instance. */
  apiId?: string;
}

const missingTopic = 'UNKNOWN_TOPIC_OR_PARTITION';
/** Answers that no repetition changes. */
const fatal = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'INVALID_REQUIRED_ACKS',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'SASL_AUTHENTICATION_FAILED',
]);

/** The error, its parts and its causes, outermost first. */
function chainOf(error: unknown, depth = 0): readonly ClientError[] {
  if (typeof error !== 'object' || error === null || depth > 5) return [];
  const client = error as ClientError;
  const parts = [...(client.errors ?? []), client.cause];
  return [client, ...parts.flatMap((part) => chainOf(part, depth + 1))];
}

export function isMissingTopic(error: unknown): boolean {
  // Asked for metadata, the client turns the broker's answer into a sentence of its own.
  return chainOf(error).some(
    ({ apiId, message }) => apiId === missingTopic || message.startsWith('Unknown topic '),
  );
}

export function isFatal(error: unknown): boolean {
  return chainOf(error).some(({ apiId }) => apiId !== undefined && fatal.has(apiId));
}

/** The innermost reason: the socket's, where there is one. */
export function rootReason(error: unknown): string {
  const chain = chainOf(error);
  return reasonOf(chain.at(-1) ?? error);
}

export function topicMissing(topic: string, cause: unknown): StreamlabError {
  return new StreamlabError('TOPIC_MISSING', `The topic ${topic} does not exist.`, {
    suggestions: ['Create the topics of the lab with: streamlab up'],
    cause,
  });
}

export function unreachable(kafka: KafkaConnection, cause: unknown): StreamlabError {
  return new StreamlabError(
    'SERVICE_UNREACHABLE',
    `Kafka at ${kafka.brokers.join(', ')} cannot be reached: ${rootReason(cause)}.`,
    {
      suggestions: ['See whether the lab is running with: streamlab status', 'Start it with: streamlab up'],
      cause,
    },
  );
}

export function undeliverable(kafka: KafkaConnection, timeoutMs: number, cause: unknown): StreamlabError {
  const sentence = isFatal(cause)
    ? `Kafka at ${kafka.brokers.join(', ')} refused a batch: ${rootReason(cause)}.`
    : `Kafka at ${kafka.brokers.join(', ')} has not acknowledged a batch within ${timeoutMs / 1_000} s: ${rootReason(cause)}.`;
  return new StreamlabError(isFatal(cause) ? 'SERVICE_FAILED' : 'SERVICE_UNREACHABLE', sentence, {
    suggestions: [
      'The events that are not acknowledged may or may not be in the topic.',
      'See the state of the broker with: streamlab status',
    ],
    cause,
  });
}
