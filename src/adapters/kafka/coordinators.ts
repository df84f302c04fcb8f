import { setTimeout as delay } from 'node:timers/promises';
import { findCoordinatorV6 } from './client.js';
import { answerOf, errorName } from './answers.js';
import type { KafkaCluster } from './cluster.js';

const groupKey = 0;
/** A new cluster makes the topic of the offsets at the first question; until then it has no coordinator. */
const patienceMs = 3_000;
const pauseMs = 200;

export interface Coordinator {
  /** `host:port`; undefined where there is none, or where one may not ask. */
  address: string | undefined;
  /** The protocol's name of the error; undefined where there is none. */
  error: string | undefined;
}

/** The coordinator of each consumer group. */
export async function groupCoordinators(
  cluster: KafkaCluster,
  groups: readonly string[],
): Promise<Map<string, Coordinator>> {
  const end = Date.now() + patienceMs;
  const connection = await cluster.anyBroker();
  for (;;) {
    const { coordinators } = await answerOf(findCoordinatorV6.api.async(connection, groupKey, [...groups]));
    const isNew = coordinators.some(({ errorCode }) => errorName(errorCode) === 'COORDINATOR_NOT_AVAILABLE');
    if (!isNew || Date.now() > end) {
      return new Map(
        coordinators.map(({ key, host, port, errorCode }) => [
          key,
          errorCode === 0
            ? { address: `${host}:${String(port)}`, error: undefined }
            : { address: undefined, error: errorName(errorCode) },
        ]),
      );
    }
    await delay(pauseMs);
  }
}
