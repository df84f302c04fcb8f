import type { LabConnections } from '../../../domain/connections.js';
import type { ObservedContainer } from '../../../domain/stack/observed.js';
import type { Stack, StackService } from '../../../domain/stack/stack.js';
import type { Probes } from '../probes.js';
import type { ServiceState, ServiceStatus } from '../runtime.js';
import type { DockerEngine } from './engine.js';
import { endpointOf } from './lab-services.js';

export interface StatusRequest {
  engine: DockerEngine;
  stack: Stack;
  containers: readonly ObservedContainer[];
  connections: LabConnections;
  slots: number;
  probes: Probes;
}

/** Every service of the lab: as its container is, and whether it answers on its published port. */
export async function serviceStatuses(request: StatusRequest): Promise<ServiceStatus[]> {
  const services = request.stack.services.filter(({ isTask }) => !isTask);
  return Promise.all(services.map((service) => serviceStatus(service, request)));
}

async function serviceStatus(service: StackService, request: StatusRequest): Promise<ServiceStatus> {
  const { containers, connections } = request;
  const container = containers.find(({ name }) => name === service.container);
  const state = await stateOf(service, container, request);
  const isUp = container?.state === 'running';
  return {
    name: service.name,
    state,
    endpoint: isUp ? endpointOf(service.name, connections) : null,
    version: await versionOf(service, state, request),
  };
}

async function stateOf(
  service: StackService,
  container: ObservedContainer | undefined,
  { engine, probes, connections, slots }: StatusRequest,
): Promise<ServiceState> {
  if (container === undefined || container.state === 'created') return 'stopped';
  // Ended by a signal that asks to end (128 + 15), by the engine (137) or by itself: stopped. Anything else went wrong.
  if (container.state === 'exited')
    return [0, 130, 137, 143].includes(container.exitCode) ? 'stopped' : 'failed';
  if (container.state !== 'running') return 'failed';
  const health = (await engine.state(container.name))?.health;
  if (health === 'unhealthy') return 'failed';
  if (health === 'starting') return 'starting';
  const probe = {
    kafka: () => probes.kafka(connections),
    'flink-jobmanager': () => probes.jobManager(connections),
    'flink-taskmanager': () => probes.taskSlots(connections, slots),
    'flink-sql-gateway': () => probes.sqlGateway(connections),
    clickhouse: () => probes.clickhouse(connections),
  }[service.name];
  if (probe === undefined) return 'running';
  return probe().then(
    (lacking) => (lacking === undefined ? 'running' : 'starting'),
    () => 'starting',
  );
}

/** ClickHouse tells its own; of the others the tag of the image does. */
async function versionOf(
  service: StackService,
  state: ServiceState,
  { probes, connections }: StatusRequest,
): Promise<string | null> {
  if (service.name === 'clickhouse' && state === 'running')
    return probes.clickhouseVersion(connections).catch(() => null);
  return /:v?([^:/@]+)(?:@.*)?$/.exec(service.definition.image)?.[1] ?? null;
}
