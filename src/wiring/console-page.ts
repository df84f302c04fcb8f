import { join } from 'node:path';
import type { ConsoleBackend, ConsoleFacts } from '../adapters/console/backend.js';
import type { ConsoleServer } from '../adapters/console/console-server.js';
import type { LabConnections } from '../domain/connections.js';

export interface ConsolePageOptions {
  /** 0 takes a free one. */
  port: number;
  facts: ConsoleFacts;
  connections: LabConnections;
  /** What `/healthz` says. */
  health: () => object;
  /** The view of the pipeline. */
  pipeline: () => object;
}

/**
 * Serves the console's page of a running lab. The lab is watched by who calls this.
 * @throws StreamlabError PORT_TAKEN, NOT_PERMITTED, INVALID_FILE
 */
export async function openConsolePage(options: ConsolePageOptions): Promise<ConsoleServer> {
  const { port, facts, connections, health, pipeline } = options;
  const [
    { serveConsole },
    { createDashboardQueries },
    { readDashboards },
    { PanelQueries },
    { packageRoot },
  ] = await Promise.all([
    import('../adapters/console/console-server.js'),
    import('../adapters/clickhouse/dashboard-query.js'),
    import('../adapters/files/dashboards.js'),
    import('../services/panel-queries.js'),
    import('../adapters/files/paths.js'),
  ]);
  const clickhouse = createDashboardQueries(connections.clickhouse);
  const queries = new PanelQueries(await readDashboards(), clickhouse);
  const backend: ConsoleBackend = {
    facts,
    health,
    pipeline,
    dashboards: () => queries.dashboards,
    query: (params, signal) => queries.answer(params, signal),
  };
  const server = await serveConsole({ port, folder: join(packageRoot, 'console'), backend });
  return {
    ...server,
    close: async () => {
      await server.close();
      await clickhouse.close();
    },
  };
}
