import type { LabConnections } from '../../../domain/connections.js';
import type { DockerLab, DockerPorts } from '../../../domain/lab-state.js';
import type { ObservedContainer } from '../../../domain/stack/observed.js';
import { serviceLabel } from '../../../domain/stack/stack.js';

/** Of compose/compose.yaml, where nothing else is set. */
export const defaultClickhousePassword = 'streamlab';

/** The ports of a docker lab. */
export const dockerPortNames = {
  public: ['kafka', 'flink', 'sqlGateway', 'clickhouse', 'grafana', 'kafkaUi'],
  internal: [],
} as const satisfies { public: readonly (keyof DockerPorts)[]; internal: readonly never[] };

/** Where each published port leads: the service and its port in the container, as compose/compose.yaml has them. */
const publishedBy: Record<keyof DockerPorts, { service: string; port: number }> = {
  kafka: { service: 'kafka', port: 9092 },
  flink: { service: 'flink-jobmanager', port: 8081 },
  sqlGateway: { service: 'flink-sql-gateway', port: 8083 },
  clickhouse: { service: 'clickhouse', port: 8123 },
  grafana: { service: 'grafana', port: 3000 },
  kafkaUi: { service: 'kafka-ui', port: 8080 },
};

export const grafanaService = publishedBy.grafana.service;
export const kafkaUiService = publishedBy.kafkaUi.service;

/** The ports to choose: of a service that is left out nobody asks. */
export function wantedPorts(without: readonly string[]): {
  public: (keyof DockerPorts)[];
  internal: readonly never[];
} {
  const wanted = dockerPortNames.public.filter((name) => !without.includes(publishedBy[name].service));
  return { public: wanted, internal: [] };
}

/** Slots of the TaskManager that is there. */
export function observedSlots(containers: readonly ObservedContainer[]): number | undefined {
  const taskManager = containers.find(({ labels }) => labels[serviceLabel] === 'flink-taskmanager');
  const slots = taskManager?.environment.TASK_MANAGER_NUMBER_OF_TASK_SLOTS;
  return slots === undefined ? undefined : Number(slots);
}

/** The listener of Kafka that containers use. */
const kafkaInside = 'kafka:19092';

/** Ports that the containers of a lab publish, and which of them are held by one that runs. */
export function observedPorts(containers: readonly ObservedContainer[]): {
  ports: Partial<DockerPorts>;
  held: Set<keyof DockerPorts>;
} {
  const ports: Partial<DockerPorts> = {};
  const held = new Set<keyof DockerPorts>();
  for (const name of dockerPortNames.public) {
    const { service, port } = publishedBy[name];
    const container = containers.find(({ labels }) => labels[serviceLabel] === service);
    const published = container?.ports[port];
    if (published === undefined) continue;
    ports[name] = published;
    if (container?.state === 'running' || container?.state === 'paused') held.add(name);
  }
  return { ports, held };
}

export function connectionsOf({ ports, clickhousePassword, without }: DockerLab): LabConnections {
  const url = (port: number): string => `http://127.0.0.1:${String(port)}`;
  return {
    kafka: { brokers: [`127.0.0.1:${String(ports.kafka)}`] },
    kafkaInside: { brokers: [kafkaInside] },
    flink: { restUrl: url(ports.flink), gatewayUrl: url(ports.sqlGateway) },
    clickhouse: {
      url: url(ports.clickhouse),
      user: 'default',
      password: clickhousePassword,
      ...(clickhousePassword === defaultClickhousePassword ? {} : { isPasswordGiven: true }),
      database: 'streamlab',
    },
    pages: {
      ...(without.includes(grafanaService) ? {} : { grafana: url(ports.grafana) }),
      ...(without.includes(kafkaUiService) ? {} : { kafkaUi: url(ports.kafkaUi) }),
    },
  };
}

/** The address people use; null for a service nobody talks to from outside. */
export function endpointOf(
  service: string,
  { kafka, flink, clickhouse, pages }: LabConnections,
): string | null {
  const endpoints: Record<string, string | undefined> = {
    kafka: kafka.brokers[0],
    'flink-jobmanager': flink.restUrl,
    'flink-sql-gateway': flink.gatewayUrl,
    clickhouse: clickhouse.url,
    [grafanaService]: pages.grafana,
    [kafkaUiService]: pages.kafkaUi,
  };
  return endpoints[service] ?? null;
}
