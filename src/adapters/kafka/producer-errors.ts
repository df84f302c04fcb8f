import { connectFailure } from '../../domain/connect-failure.js';
import type { KafkaConnection } from '../../domain/connections.js';
import type { OutgoingRecord } from '../../domain/traffic/record.js';
import { reasonOf, StreamlabError } from '../../errors.js';
import { kafkaError } from './errors.js';

/** The part of @platformatic/kafka's errors that tells what went wrong (GenericError, MultipleErrors). */
interface ClientError {
  message: string;
  cause?: unknown;
  errors?: readonly unknown[];
  /** Name of the protocol error, `UNKNOWN_TOPIC_OR_PARTITION` for instance. */
  apiId?: string;
  /** Kafka's own word on whether the same request may succeed later. */
  canRetry?: boolean;
}

const missingTopic = 'UNKNOWN_TOPIC_OR_PARTITION';
/** Answers that no repetition changes, and that the next batch would get as well. */
const fatal = new Set([
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
  'INVALID_REQUIRED_ACKS',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  'ILLEGAL_SASL_STATE',
  'UNSUPPORTED_VERSION',
  'UNSUPPORTED_COMPRESSION_TYPE',
  'POLICY_VIOLATION',
]);
const tooLarge = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);
/** Said of partitions beside one that is in trouble itself. */
const notAttempted = 'OPERATION_NOT_ATTEMPTED';
/** The leader may have written the batch, whatever became of it then. */
const indefinite = new Set([
  'UNKNOWN_SERVER_ERROR',
  'REQUEST_TIMED_OUT',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'KAFKA_STORAGE_ERROR',
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

/** Whether one of these protocol errors is part of it. */
export function isOneOf(names: ReadonlySet<string>, error: unknown): boolean {
  return chainOf(error).some(({ apiId }) => apiId !== undefined && names.has(apiId));
}

export function isFatal(error: unknown): boolean {
  return isOneOf(fatal, error);
}

export function isTooLarge(error: unknown): boolean {
  return isOneOf(tooLarge, error);
}

/** Of an error code in a produce response: whether the batch may be written all the same. */
export function isIndefinite(error: unknown): boolean {
  return isOneOf(indefinite, error);
}

/** Whether the same request may succeed a moment later: the broker said so, or it said nothing. */
export function isTransient(error: unknown): boolean {
  const answers = chainOf(error).filter(({ apiId }) => apiId !== undefined && apiId !== notAttempted);
  return answers.every(({ canRetry }) => canRetry === true);
}

/** The innermost reason: the socket's, where there is one; without a full stop. */
export function rootReason(error: unknown): string {
  const chain = chainOf(error);
  return reasonOf(chain.at(-1) ?? error).replace(/\.$/, '');
}

export function topicMissing(topic: string, cause: unknown): StreamlabError {
  return new StreamlabError('TOPIC_MISSING', `The topic ${topic} does not exist.`, {
    suggestions: ['Create the topics of the lab with: streamlab up'],
    cause,
  });
}

/** The StreamlabError NOT_PERMITTED where a login or a grant is what is missing. */
export function notPermitted(
  kafka: KafkaConnection,
  topic: string,
  cause: unknown,
): StreamlabError | undefined {
  const { kind } = connectFailure(cause);
  if (kind !== 'forbidden' && kind !== 'login-refused') return undefined;
  return kafkaError(kafka, `writing ${topic}`, cause);
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
    : `Kafka at ${kafka.brokers.join(', ')} has not acknowledged anything for ${timeoutMs / 1_000} s: ${rootReason(cause)}.`;
  return new StreamlabError(isFatal(cause) ? 'SERVICE_FAILED' : 'SERVICE_UNREACHABLE', sentence, {
    suggestions: [
      'The events that are not acknowledged may or may not be in the topic.',
      'See the state of the broker with: streamlab status',
    ],
    cause,
  });
}

/** A record of more than max.message.bytes of its topic. */
export function tooLargeRecord({ key, payload, partition }: OutgoingRecord): string {
  const whose = key === null ? '' : ` with key ${JSON.stringify(Buffer.from(key, 'latin1').toString())}`;
  return (
    `a record of ${payload.length} bytes${whose} for partition ${partition} was given up: ` +
    'it is larger than the topic takes (max.message.bytes)'
  );
}

/** A request that takes longer is worth a word. */
const NOTABLE_SILENCE_MS = 2_000;

/** What stands in the way: of some partitions, or of all. Undefined when nothing does. */
export function troubleOf(
  lanes: readonly { partition: number; trouble: string | undefined; sentAt: number | undefined }[],
  throttledMs: number,
): string | undefined {
  const troubled = lanes.filter(({ trouble }) => trouble !== undefined);
  const [first] = troubled;
  if (first?.trouble !== undefined) {
    if (troubled.length === lanes.length || first.trouble.startsWith('partition ')) return first.trouble;
    const numbers = troubled.map(({ partition }) => partition).join(', ');
    return `partition${troubled.length === 1 ? '' : 's'} ${numbers}: ${first.trouble}`;
  }
  if (throttledMs > 0)
    return `a quota of the broker is used up: it takes nothing for ${(throttledMs / 1_000).toFixed(1)} s`;
  const silentMs =
    performance.now() - Math.min(...lanes.map(({ sentAt }) => sentAt ?? Number.POSITIVE_INFINITY));
  return silentMs > NOTABLE_SILENCE_MS ? `no answer for ${Math.round(silentMs / 1_000)} s` : undefined;
}
