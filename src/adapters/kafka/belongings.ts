import { deleteGroupsV2, deleteTopicsV6, describeGroupsV5, metadataV12, type Connection } from './client.js';
import type { Thing } from '../../domain/attach/created.js';
import type { KafkaConnection } from '../../domain/connections.js';
import { StreamlabError } from '../../errors.js';
import { answerOf, errorName } from './answers.js';
import { clusterRelease } from './broker-version.js';
import { KafkaCluster } from './cluster.js';
import { groupCoordinators } from './coordinators.js';
import { kafkaError } from './errors.js';
import { removeMembers } from './groups.js';
import { groupFacts } from './preflight.js';

const deleteTimeoutMs = 15_000;

/** Runs `ask` on a cluster of its own; errors become StreamlabErrors. */
async function onCluster<T>(
  kafka: KafkaConnection,
  what: string,
  ask: (cluster: KafkaCluster, connection: Connection) => Promise<T>,
): Promise<T> {
  const cluster = new KafkaCluster(kafka);
  try {
    return await ask(cluster, await cluster.anyBroker());
  } catch (error) {
    throw kafkaError(kafka, what, error);
  } finally {
    await cluster.close();
  }
}

/**
 * Those of the topics that are there, with the id that the cluster gave them (KIP-516).
 * @throws StreamlabError SERVICE_UNREACHABLE
 */
export async function topicsPresent(kafka: KafkaConnection, names: readonly string[]): Promise<Thing[]> {
  return onCluster(kafka, 'topics', async (_, connection) => {
    const { topics } = await answerOf(metadataV12.api.async(connection, [...names], false, false));
    return topics
      .filter(({ errorCode }) => errorCode === 0)
      .map(({ name, topicId }) => ({ name: name ?? '', id: topicId }));
  });
}

/**
 * Deletes topics by their id, never by their name: one that was made anew meanwhile stays.
 * @throws StreamlabError NOT_PERMITTED naming those that could not be deleted, SERVICE_UNREACHABLE
 */
export async function deleteTopics(kafka: KafkaConnection, topics: readonly Thing[]): Promise<void> {
  if (topics.length === 0) return;
  await onCluster(kafka, 'deleting topics', async (_, connection) => {
    // By id the name must be null, which the library's type does not know.
    const wanted = topics.map(({ id }) => ({ name: null as unknown as string, topicId: id }));
    const { responses } = await answerOf(deleteTopicsV6.api.async(connection, wanted, deleteTimeoutMs));
    const kept = responses.filter(
      ({ errorCode }) => errorCode !== 0 && errorName(errorCode) !== 'UNKNOWN_TOPIC_ID',
    );
    if (kept.length === 0) return;
    const nameOf = (id: string): string => topics.find((topic) => topic.id === id)?.name ?? id;
    const list = kept.map(({ topicId, errorCode }) => `${nameOf(topicId)} (${errorName(errorCode)})`);
    throw new StreamlabError('NOT_PERMITTED', `Kafka did not delete: ${list.join(', ')}.`, {
      suggestions: [
        'The user needs the operation Delete on them; streamlab down --volumes then goes on where it stopped.',
      ],
    });
  });
}

/**
 * Those of the groups that are there; one of which nobody knows for sure counts as there.
 * @throws StreamlabError SERVICE_UNREACHABLE
 */
export async function groupsPresent(kafka: KafkaConnection, groups: readonly string[]): Promise<string[]> {
  const facts = await onCluster(kafka, 'consumer groups', (cluster) => groupFacts(cluster, groups));
  return facts.filter(({ exists }) => exists).map(({ name }) => name);
}

/**
 * Deletes consumer groups, taking members out that ClickHouse left behind. One that somebody still uses, or that must
 * not be deleted, stays: it holds nothing but offsets of topics that are gone.
 * @returns the names of those that stay
 */
export async function deleteGroups(kafka: KafkaConnection, groups: readonly string[]): Promise<string[]> {
  if (groups.length === 0) return [];
  return onCluster(kafka, 'deleting consumer groups', async (cluster) => {
    const coordinators = await groupCoordinators(cluster, groups);
    const stay: string[] = [];
    for (const group of groups) {
      const address = coordinators.get(group)?.address;
      const isGone =
        address !== undefined && (await deleteGroup(kafka, await cluster.connect(address), group));
      if (!isGone) stay.push(group);
    }
    return stay;
  });
}

async function deleteGroup(kafka: KafkaConnection, connection: Connection, group: string): Promise<boolean> {
  const described = await answerOf(describeGroupsV5.api.async(connection, [group], false));
  const members = (described.groups[0]?.members ?? []).map(({ memberId }) => memberId);
  await removeMembers(kafka, group, members).catch(() => undefined);
  const { results } = await answerOf(deleteGroupsV2.api.async(connection, [group]));
  const { errorCode } = results[0] ?? { errorCode: 0 };
  return errorCode === 0 || errorName(errorCode) === 'GROUP_ID_NOT_FOUND';
}

/**
 * The release of the cluster; null where it does not say.
 * @throws StreamlabError SERVICE_UNREACHABLE
 */
export async function kafkaRelease(kafka: KafkaConnection): Promise<string | null> {
  return onCluster(kafka, 'version', (_, connection) => clusterRelease(connection));
}
