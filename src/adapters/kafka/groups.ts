import { findCoordinatorV6, leaveGroupV5 } from './client.js';
import type { KafkaConnection } from '../../domain/connections.js';
import { KafkaCluster } from './cluster.js';
import { kafkaError } from './errors.js';

/** Asks for the coordinator of a consumer group. */
const groupCoordinator = 0;

/**
 * Takes members out of a consumer group, as `kafka-consumer-groups` and KIP-345 do. A consumer that is alive and was
 * taken out joins again by itself.
 * @throws StreamlabError SERVICE_UNREACHABLE
 */
export async function removeMembers(
  connection: KafkaConnection,
  group: string,
  memberIds: readonly string[],
): Promise<void> {
  if (memberIds.length === 0) return;
  const cluster = new KafkaCluster(connection);
  try {
    const any = await cluster.anyBroker();
    const found = await findCoordinatorV6.api.async(any, groupCoordinator, [group]);
    const coordinator = found.coordinators[0];
    if (coordinator === undefined) throw new Error(`no coordinator for ${group}`);
    const broker = await cluster.connect(`${coordinator.host}:${String(coordinator.port)}`);
    const members = memberIds.map((memberId) => ({
      memberId,
      groupInstanceId: null,
      reason: 'its process is gone',
    }));
    await leaveGroupV5.api.async(broker, group, members);
  } catch (error) {
    throw kafkaError(connection, `members of ${group}`, error);
  } finally {
    await cluster.close();
  }
}
