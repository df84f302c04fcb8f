import { join } from 'node:path';
import type { ConsoleBackend, ConsoleSession, PipelineAnswer } from '../adapters/console/backend.js';
import type { Routes } from '../adapters/console/server.js';
import type { Config } from '../domain/config.js';
import { openLab } from './lab.js';

export interface ConsolePage {
  routes: Routes;
  close(): Promise<void>;
}

/**
 * The console's page and all that it asks for. The lab is watched by who calls this, and may be down for a while.
 * @throws StreamlabError INVALID_FILE
 */
export async function consolePage(
  config: Config,
  told: {
    session: () => Promise<ConsoleSession>;
    pipeline: () => PipelineAnswer;
    onDefect: (error: unknown) => void;
  },
): Promise<ConsolePage> {
  const [{ apiRoutes, pageRoutes }, { readPageFiles }, { createDashboardQueries }, { readDashboards }] =
    await Promise.all([
      import('../adapters/console/routes.js'),
      import('../adapters/console/page-files.js'),
      import('../adapters/clickhouse/dashboard-query.js'),
      import('../adapters/files/dashboards.js'),
    ]);
  const [{ letterRoutes }, { consoleLetters }] = await Promise.all([
    import('../adapters/console/letter-routes.js'),
    import('./console-letters.js'),
  ]);
  const [{ PanelQueries }, { Reopened }, { packageRoot }] = await Promise.all([
    import('../services/panel-queries.js'),
    import('../services/reopened.js'),
    import('../adapters/files/paths.js'),
  ]);
  const clickhouse = new Reopened(async () =>
    createDashboardQueries((await openLab(config)).connections.clickhouse),
  );
  const queries = new PanelQueries(await readDashboards(), clickhouse);
  const letters = consoleLetters(config, told.onDefect);
  const backend: ConsoleBackend = {
    ...told,
    dashboards: () => queries.dashboards,
    query: (params, signal) => queries.answer(params, signal),
  };
  const views = ['/', '/map', '/letters', ...queries.dashboards.map(({ uid }) => `/d/${uid}`)];
  const files = await readPageFiles(join(packageRoot, 'console'));
  return {
    routes: { ...pageRoutes(files, views), ...apiRoutes(backend), ...letterRoutes(letters) },
    close: async () => {
      await Promise.all([clickhouse.close(), letters.close()]);
    },
  };
}
