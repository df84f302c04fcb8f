import type { LocalPorts } from '../../../domain/lab-state.js';
import type { LocalService } from './services.js';

/** The ports of a local lab. */
export const localPortNames = {
  public: ['kafka', 'flink', 'sqlGateway', 'clickhouse'],
  internal: ['kafkaController', 'flinkRpc'],
} as const;

/** The ports each service listens on; the first is the one clients use. */
export const holders: Record<LocalService, readonly (keyof LocalPorts)[]> = {
  kafka: ['kafka', 'kafkaController'],
  'flink-jobmanager': ['flink', 'flinkRpc'],
  'flink-taskmanager': [],
  'flink-sql-gateway': ['sqlGateway'],
  clickhouse: ['clickhouse'],
};

/** The port on which clients find the service. */
export function portOf(service: LocalService, ports: LocalPorts): number | undefined {
  const [name] = holders[service];
  return name === undefined ? undefined : ports[name];
}
