import { offsetCommitV9 } from './client.js';
import type { KafkaConnection } from '../../domain/connections.js';
import { errorName } from './answers.js';
import { KafkaCluster } from './cluster.js';
import { groupCoordinators } from './coordinators.js';
import { kafkaError } from './errors.js';

/** Notes how far a group has read that has no members: kafkajs would join it for that, which takes seconds. */
export interface GroupOffsets {
  /**
   * @param offsets of the next record, by topic and partition
   * @throws StreamlabError SERVICE_UNREACHABLE, NOT_PERMITTED
   */
  commit(offsets: ReadonlyMap<string, ReadonlyMap<number, number>>): Promise<void>;
  close(): Promise<void>;
}

/** Of a group without members (KIP-98 and the simple consumer: generation -1, and no member id). */
const noGeneration = -1;

export function createGroupOffsets(connection: KafkaConnection, group: string): GroupOffsets {
  const cluster = new KafkaCluster(connection);
  return {
    commit: async (offsets) => {
      const topics = [...offsets]
        .filter(([, partitions]) => partitions.size > 0)
        .map(([name, partitions]) => ({
          name,
          partitions: [...partitions].map(([partitionIndex, offset]) => ({
            ...{ partitionIndex, committedOffset: BigInt(offset), committedLeaderEpoch: -1 },
            committedMetadata: '',
          })),
        }));
      if (topics.length === 0) return;
      try {
        const coordinator = (await groupCoordinators(cluster, [group])).get(group);
        if (coordinator?.address === undefined)
          throw new Error(`the group ${group} has no coordinator: ${coordinator?.error ?? 'no answer'}`);
        const broker = await cluster.connect(coordinator.address);
        const answer = await offsetCommitV9.api.async(broker, group, noGeneration, '', null, topics);
        const failed = answer.topics.flatMap((topic) => topic.partitions).find((p) => p.errorCode !== 0);
        if (failed !== undefined) throw new Error(errorName(failed.errorCode));
      } catch (error) {
        throw kafkaError(connection, `offsets of ${group}`, error);
      }
    },
    close: () => cluster.close(),
  };
}
