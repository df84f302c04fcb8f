/** Topic names and what each needs; the contract is docs/contracts.md. */
export const topics = {
  raw: 'events.raw.v1',
  aggregates: 'events.agg-1m.v1',
  alerts: 'events.alerts.v1',
  deadLetters: 'events.dlq.v1',
  replays: 'events.dlq-replays.v1',
  verdicts: 'events.verdicts.v1',
} as const;

export interface TopicSpec {
  name: string;
  partitions: number;
  replicationFactor: number;
  config: Readonly<Record<string, string>>;
}

/** Kafka's own default, written down because the next constant depends on it. */
export const MAX_RAW_BYTES = 1_048_588;
/**
 * The largest record the job may write. A payload becomes a JSON string in its dead letter, up to six bytes for one
 * (`\u0000`), with the key beside it: were it refused, the job could never get past that record.
 */
export const MAX_RESULT_BYTES = 16 * 1024 * 1024;

const largeResults = { 'max.message.bytes': String(MAX_RESULT_BYTES) };
const keepForAWeek = { 'cleanup.policy': 'delete', 'retention.ms': String(7 * 24 * 3_600_000) };
const compacted = { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0.1' };

/** The topics of a lab. Aggregates and dead letters have as many partitions as the raw topic. */
export function topicSpecs(options: {
  rawPartitions: number;
  replicationFactor: number;
  audit: boolean;
}): TopicSpec[] {
  const spec = (name: string, partitions: number, config: Readonly<Record<string, string>>): TopicSpec => ({
    name,
    partitions,
    replicationFactor: options.replicationFactor,
    config,
  });
  return [
    spec(topics.raw, options.rawPartitions, { ...keepForAWeek, 'max.message.bytes': String(MAX_RAW_BYTES) }),
    spec(topics.aggregates, options.rawPartitions, { ...compacted, ...largeResults }),
    spec(topics.alerts, 1, keepForAWeek),
    spec(topics.deadLetters, options.rawPartitions, { ...keepForAWeek, ...largeResults }),
    spec(topics.replays, 1, compacted),
    ...(options.audit
      ? [spec(topics.verdicts, options.rawPartitions, { ...keepForAWeek, ...largeResults })]
      : []),
  ];
}
