import type {
  KafkaRecord,
  PartitionOffsets,
  ReadOptions,
  OffsetRange,
} from '../../src/adapters/kafka/reader.js';
import { StreamlabError } from '../../src/errors.js';

interface FakePartition {
  records: KafkaRecord[];
  begin: number;
  lastStable: number;
  highWatermark: number;
}

/** Topics and groups in memory, with markers and open transactions where a test puts them. */
export class FakeKafka {
  readonly topics = new Map<string, FakePartition[]>();
  readonly groups = new Map<string, Map<number, number>>();

  createTopic(topic: string, partitions: number): void {
    const empty = () => ({ records: [], begin: 0, lastStable: 0, highWatermark: 0 });
    this.topics.set(topic, Array.from({ length: partitions }, empty));
  }

  append(topic: string, partition: number, record: Partial<KafkaRecord> = {}): void {
    const log = this.partition(topic, partition);
    const defaults = { timestampMs: 0, key: null, value: null, headers: [] };
    log.records.push({ ...defaults, ...record, partition, offset: log.highWatermark });
    log.lastStable = ++log.highWatermark;
  }

  /** A control record: an offset without a record. */
  appendMarker(topic: string, partition: number): void {
    const log = this.partition(topic, partition);
    log.lastStable = ++log.highWatermark;
  }

  commit(group: string, topic: string, partition: number, offset: number): void {
    const key = `${group}/${topic}`;
    this.groups.set(key, (this.groups.get(key) ?? new Map<number, number>()).set(partition, offset));
  }

  /** Commits the end of every partition that has records, as a consumer that has seen everything. */
  commitAll(group: string, topic: string): void {
    (this.topics.get(topic) ?? []).forEach(({ records }, partition) => {
      const last = records.at(-1);
      if (last !== undefined) this.commit(group, topic, partition, last.offset + 1);
    });
  }

  partition(topic: string, partition: number): FakePartition {
    const found = this.topics.get(topic)?.[partition];
    if (found === undefined) throw new StreamlabError('TOPIC_MISSING', topic);
    return found;
  }

  readonly committed = (group: string, topic: string): Promise<ReadonlyMap<number, number>> =>
    Promise.resolve(this.groups.get(`${group}/${topic}`) ?? new Map<number, number>());

  readonly reader = {
    offsets: (topic: string): Promise<PartitionOffsets[]> => {
      const found = this.topics.get(topic);
      if (found === undefined) return Promise.reject(new StreamlabError('TOPIC_MISSING', topic));
      return Promise.resolve(
        found.map(({ begin, lastStable, highWatermark }, partition) => ({
          partition,
          begin,
          lastStable,
          highWatermark,
        })),
      );
    },
    offsetsAt: (topic: string, timestampMs: number): Promise<ReadonlyMap<number, number>> => {
      const firsts = (this.topics.get(topic) ?? []).map(({ records }, partition) => {
        const first = records.find((record) => record.timestampMs >= timestampMs);
        return [partition, first?.offset] as const;
      });
      return Promise.resolve(
        new Map(firsts.flatMap(([partition, offset]) => (offset === undefined ? [] : [[partition, offset]]))),
      );
    },
    read: (topic: string, ranges: readonly OffsetRange[], options?: ReadOptions) =>
      this.read(topic, ranges, options),
  };

  // eslint-disable-next-line @typescript-eslint/require-await -- the interface is asynchronous
  private async *read(
    topic: string,
    ranges: readonly OffsetRange[],
    options?: ReadOptions,
  ): AsyncGenerator<KafkaRecord[]> {
    for (const { partition, from, to } of ranges) {
      options?.signal?.throwIfAborted();
      const found = this.partition(topic, partition).records.filter(
        ({ offset }) => offset >= from && offset < to,
      );
      if (found.length > 0) yield found;
    }
  }
}
