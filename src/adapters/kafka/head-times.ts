import type { CommittedOffset, KafkaSample, PartitionEnds } from '../../domain/pipeline/samples.js';
import type { TopicReader } from './reader.js';

export interface HeadTimes {
  /** The groups with the time of their first record that is not committed, where it was worth a read. */
  added(groups: KafkaSample['groups'], topics: KafkaSample['topics']): Promise<KafkaSample['groups']>;
}

type Head = CommittedOffset['headAt'];

/** What was found at a committed offset, and up to where one could read then. */
interface Seen {
  committed: number;
  stable: number;
  /** The end at the first look: from there on whoever looks knows when records came. */
  firstStable: number;
  head: Head;
}

/** Reads of one look; partitions beyond wait for the next. */
const readsAtMost = 16;
const readBytes = 16 * 1024;

/**
 * A group that moves on tells by the history of the topic's ends how late it is, unless it is older than the history. One
 * that stands still is either late, or has nothing before it but markers of transactions, which count as lag: only a read
 * tells.
 */
export function createHeadTimes(reader: Pick<TopicReader, 'read'>): HeadTimes {
  const seen = new Map<string, Seen>();
  return {
    added: async (groups, topics) => {
      let reads = 0;
      const look = async (
        { group, topic }: { group: string; topic: string },
        offset: CommittedOffset,
        ends: PartitionEnds,
      ): Promise<CommittedOffset> => {
        const place = `${group}/${String(offset.partition)}`;
        const before = seen.get(place);
        const now = {
          committed: offset.committed ?? ends.begin,
          stable: ends.lastStable,
          firstStable: before?.firstStable ?? ends.lastStable,
        };
        let head = known(before, now, ends);
        if (head === undefined && isWorthARead(before, now) && reads < readsAtMost) {
          reads++;
          const range = { partition: offset.partition, from: now.committed, to: now.stable };
          head = await headAt(reader, topic, range);
        }
        seen.set(place, { ...now, head });
        return head === undefined ? offset : { ...offset, headAt: head };
      };
      const result: KafkaSample['groups'] = [];
      for (const group of groups) {
        const ends = topics.find(({ topic }) => topic === group.topic)?.partitions ?? [];
        const partitions: CommittedOffset[] = [];
        for (const offset of group.partitions) {
          const end = ends.find(({ partition }) => partition === offset.partition);
          partitions.push(end === undefined ? offset : await look(group, offset, end));
        }
        result.push({ ...group, partitions });
      }
      return result;
    },
  };
}

type Now = Omit<Seen, 'head'>;

/** What is certain without a read: a record that was found stays the first; after the end there is none. */
function known(before: Seen | undefined, { committed, stable }: Now, ends: PartitionEnds): Head {
  if (stable <= committed) return stable < ends.end ? undefined : null;
  if (before?.committed !== committed) return undefined;
  return before.head === null && before.stable !== stable ? undefined : before.head;
}

/** There is something to read, and the history does not tell. */
function isWorthARead(before: Seen | undefined, { committed, stable, firstStable }: Now): boolean {
  return stable > committed && (committed < firstStable || before?.committed === committed);
}

/** Kafka timestamp of the first record of a range; null where there is none. */
async function headAt(
  reader: Pick<TopicReader, 'read'>,
  topic: string,
  range: { partition: number; from: number; to: number },
): Promise<number | null> {
  for await (const [first] of reader.read(topic, [range], { fetchBytes: readBytes })) {
    if (first !== undefined) return first.timestampMs;
  }
  return null;
}
