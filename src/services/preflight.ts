import type {
  AttachFacts,
  ClickHouseFacts,
  FlinkFacts,
  GatewayFacts,
  KafkaFacts,
  Reached,
} from '../domain/attach/facts.js';
import { connectFailure } from '../domain/connect-failure.js';
import { rejectedOn, withDeadline } from './deadline.js';

/** One question to each system; each may throw whatever its client throws. */
export interface PreflightQuestions {
  kafka: (signal: AbortSignal) => Promise<KafkaFacts>;
  flink: (signal: AbortSignal) => Promise<FlinkFacts>;
  gateway: (signal: AbortSignal) => Promise<GatewayFacts>;
  clickhouse: (signal: AbortSignal) => Promise<ClickHouseFacts>;
}

/** The whole of it ends within 10 s, whatever the systems do. */
const deadlineMs = 7_000;

/**
 * Asks every system at once; what cannot be reached in time is a fact too. Never throws, but for an interruption.
 * @throws the signal's reason when it is aborted
 */
export async function gatherAttachFacts(
  questions: PreflightQuestions,
  signal: AbortSignal,
): Promise<AttachFacts> {
  const [kafka, flink, gateway, clickhouse] = await withDeadline(signal, deadlineMs, (bounded) =>
    Promise.all([
      reach(questions.kafka, bounded),
      reach(questions.flink, bounded),
      reach(questions.gateway, bounded),
      reach(questions.clickhouse, bounded),
    ]),
  );
  signal.throwIfAborted();
  return { kafka, flink, gateway, clickhouse };
}

/** Not every client takes a signal: the wait ends in any case. */
async function reach<T>(
  question: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
): Promise<Reached<T>> {
  const end = rejectedOn(signal, new Error('timed out'));
  try {
    return { reached: true, facts: await Promise.race([question(signal), end]) };
  } catch (error) {
    return { reached: false, failure: connectFailure(error) };
  }
}
