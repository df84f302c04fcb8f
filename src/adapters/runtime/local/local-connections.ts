import type { LabConnections } from '../../../domain/connections.js';
import type { LocalLab } from '../../../domain/lab-state.js';
import type { LocalService } from './services.js';

/** How to reach a local lab: everything on 127.0.0.1. */
export function connectionsOf(state: LocalLab): LabConnections {
  const kafka = { brokers: [`127.0.0.1:${String(state.ports.kafka)}`] };
  return {
    kafka,
    kafkaInside: kafka,
    flink: {
      restUrl: `http://127.0.0.1:${String(state.ports.flink)}`,
      gatewayUrl: `http://127.0.0.1:${String(state.ports.sqlGateway)}`,
    },
    clickhouse: {
      url: `http://127.0.0.1:${String(state.ports.clickhouse)}`,
      user: 'default',
      password: state.clickhousePassword,
      database: 'streamlab',
    },
    pages: {},
  };
}

/** The address people use; null for a service nobody talks to from outside. */
export function endpointOf(service: LocalService, connections: LabConnections): string | null {
  const endpoints: Record<LocalService, string | null> = {
    kafka: connections.kafka.brokers[0] ?? null,
    'flink-jobmanager': connections.flink.restUrl,
    'flink-taskmanager': null,
    'flink-sql-gateway': connections.flink.gatewayUrl,
    clickhouse: connections.clickhouse.url,
  };
  return endpoints[service];
}
