import type { LabConnections } from '../../domain/connections.js';

/** How the runtime asks a service whether it really answers; each says what is still lacking. */
export interface Probes {
  kafka(connections: LabConnections): Promise<string | undefined>;
  jobManager(connections: LabConnections): Promise<string | undefined>;
  taskSlots(connections: LabConnections, slots: number): Promise<string | undefined>;
  sqlGateway(connections: LabConnections): Promise<string | undefined>;
  clickhouse(connections: LabConnections): Promise<string | undefined>;
  clickhouseVersion(connections: LabConnections): Promise<string>;
}
