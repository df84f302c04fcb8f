import type { KafkaConnection } from '../../domain/connections.js';
import { StreamlabError } from '../../errors.js';
import { kafkaError } from './errors.js';
import { isOneOf, isTransient, rootReason } from './producer-errors.js';

/** A producer of the same id has a higher epoch, or the coordinator has ended the transaction by itself. */
const fenced = new Set([
  'PRODUCER_FENCED',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_TXN_STATE',
  'INVALID_PRODUCER_ID_MAPPING',
]);

/**
 * The StreamlabError for what ended a transaction.
 * @param timeoutMs given when the transaction was older than that, the age at which the broker ends it
 */
export function transactionFailed(
  { kafka, transactionalId }: { kafka: KafkaConnection; transactionalId: string },
  error: unknown,
  timeoutMs?: number,
): StreamlabError {
  if (error instanceof StreamlabError) return error;
  const brokers = kafka.brokers.join(', ');
  if (isOneOf(fenced, error)) {
    if (timeoutMs !== undefined) {
      return new StreamlabError(
        'TIMED_OUT',
        `Kafka at ${brokers} ended the transaction, which took longer than ${timeoutMs / 1_000} s. Nothing of it counts.`,
        { suggestions: ['Run it again: what was sent before stays sent.'], cause: error },
      );
    }
    return new StreamlabError(
      'LOCKED',
      `Another process took over (transactional id ${transactionalId}). Nothing of the transaction under way counts.`,
      { suggestions: ['Wait until the other one has finished, and run this again.'], cause: error },
    );
  }
  const translated = kafkaError(kafka, 'writing in a transaction', error);
  if (isTransient(error) || translated.code !== 'SERVICE_UNREACHABLE') return translated;
  return new StreamlabError(
    'SERVICE_FAILED',
    `Kafka at ${brokers} refused a transaction: ${rootReason(error)}.`,
    { suggestions: ['See the log of the broker with: streamlab logs kafka'], cause: error },
  );
}
