import type { KafkaAdmin } from '../adapters/kafka/admin.js';
import type { GroupOffsets } from '../adapters/kafka/group-offsets.js';
import type { OffsetRange, TopicReader } from '../adapters/kafka/reader.js';
import type { TransactionalProducer } from '../adapters/kafka/transactional-producer.js';
import type { DispatchInput } from '../domain/alerts/dispatcher.js';
import type { AlertRecord } from '../domain/alerts/record.js';
import {
  aggregatesSeen,
  alertsSeen,
  dispatcherHeader,
  lettersSeen,
  type TopicRecord,
} from '../domain/alerts/topic-records.js';
import { topics } from '../domain/topics.js';
import { utf8Of } from '../domain/utf8.js';
import { newRanges, type NewRanges } from './new-ranges.js';

/** Under this group one sees how far the dispatcher has read. Nobody is a member of it. */
export const dispatcherGroup = 'streamlab-alerts';

/** What the dispatcher reads, and what it is told by. */
export const alertSources = ['aggregates', 'letters', 'alerts'] as const;
export type AlertSource = (typeof alertSources)[number];

const topicOf: Record<AlertSource, string> = {
  aggregates: topics.aggregates,
  letters: topics.deadLetters,
  alerts: topics.alerts,
};

/** By source and partition, the offset of the next record. */
export type Positions = Readonly<Record<AlertSource, Readonly<Record<string, number>>>>;

export interface AlertTopicsParts {
  reader: TopicReader;
  producer: TransactionalProducer;
  admin: Pick<KafkaAdmin, 'committed' | 'close'>;
  groupOffsets: GroupOffsets;
}

/** The topics of a lab that the dispatcher works on. */
export class AlertTopics {
  constructor(private readonly parts: AlertTopicsParts) {}

  /**
   * Where a first run begins: totals and letters from some time ago on, to have something to compare with; alerts where
   * the last run got to, if Kafka knows, or with what comes from now on.
   * @param alertsFrom read alerts from this time on instead; epoch milliseconds
   */
  async beginning(contextFrom: number, alertsFrom: number | undefined): Promise<Positions> {
    const [aggregates, letters, alerts] = await Promise.all([
      this.positionsAt(topics.aggregates, contextFrom),
      this.positionsAt(topics.deadLetters, contextFrom),
      this.positionsAt(topics.alerts, alertsFrom ?? Infinity),
    ]);
    if (alertsFrom !== undefined) return { aggregates, letters, alerts };
    const committed = await this.parts.admin.committed(dispatcherGroup, topics.alerts);
    return { aggregates, letters, alerts: { ...alerts, ...Object.fromEntries(committed) } };
  }

  /** By source, what tells its topic from one that was made anew under its name. */
  async ids(): Promise<Record<AlertSource, string>> {
    const idOf = (source: AlertSource): Promise<string> => this.parts.reader.idOf(topicOf[source]);
    const [aggregates, letters, alerts] = await Promise.all([
      idOf('aggregates'),
      idOf('letters'),
      idOf('alerts'),
    ]);
    return { aggregates, letters, alerts };
  }

  /** What came to a source since. */
  async news(source: AlertSource, positions: Positions): Promise<NewRanges> {
    return newRanges(await this.parts.reader.offsets(topicOf[source]), byPartition(positions[source]));
  }

  /** The records of ranges as inputs, one for each batch. */
  async *read(
    source: AlertSource,
    ranges: readonly OffsetRange[],
    signal: AbortSignal,
  ): AsyncGenerator<DispatchInput> {
    const { reader } = this.parts;
    for await (const batch of reader.read(topicOf[source], ranges, { signal })) yield inputOf(source, batch);
  }

  /** All of them become visible, or none. */
  async write(records: readonly AlertRecord[], signal: AbortSignal): Promise<void> {
    const written = records.map((record) => ({
      topic: topics.alerts,
      partition: 0,
      key: utf8Of(record.alert_id),
      value: utf8Of(JSON.stringify(record)),
      headers: [[dispatcherHeader, '1']] as const,
    }));
    await this.parts.producer.transact(written, signal);
  }

  /** For people and tools to see how far it is: the dispatcher itself goes by its state. */
  async commit(positions: Positions): Promise<void> {
    const offsets = alertSources.map((source) => [topicOf[source], byPartition(positions[source])] as const);
    await this.parts.groupOffsets.commit(new Map(offsets));
  }

  async close(): Promise<void> {
    const { reader, producer, admin, groupOffsets } = this.parts;
    await Promise.allSettled([reader.close(), producer.close(), admin.close(), groupOffsets.close()]);
  }

  private async positionsAt(topic: string, timeMs: number): Promise<Record<string, number>> {
    const [offsets, found] = await Promise.all([
      this.parts.reader.offsets(topic),
      timeMs === Infinity ? new Map<number, number>() : this.parts.reader.offsetsAt(topic, timeMs),
    ]);
    return Object.fromEntries(
      offsets.map(({ partition, lastStable }) => [partition, found.get(partition) ?? lastStable]),
    );
  }
}

function byPartition(offsets: Readonly<Record<string, number>>): Map<number, number> {
  return new Map(Object.entries(offsets).map(([partition, at]) => [Number(partition), at]));
}

function inputOf(source: AlertSource, batch: readonly TopicRecord[]): DispatchInput {
  switch (source) {
    case 'aggregates':
      return { kind: 'aggregates', records: aggregatesSeen(batch) };
    case 'letters':
      return { kind: 'letters', letters: lettersSeen(batch) };
    case 'alerts':
      return { kind: 'alerts', alerts: alertsSeen(batch) };
  }
}
