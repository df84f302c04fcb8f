import { join } from 'node:path';
import type { ConsoleBackend, ConsoleSession, PipelineAnswer } from '../adapters/console/backend.js';
import type { Routes } from '../adapters/console/server.js';
import type { Config } from '../domain/config.js';
import { endpointsOf } from '../domain/pages.js';
import { StreamlabError } from '../errors.js';
import { openLab } from './lab.js';
import { runtimeOf } from './runtimes.js';

export interface ConsolePage {
  routes: Routes;
  close(): Promise<void>;
}

export interface ConsolePageCall {
  /** What whoever changes something has to know. */
  token: string;
  pipeline: () => PipelineAnswer;
  /** Receives what happens, a sentence each. */
  say: (sentence: string) => void;
  /** Receives what went wrong and is no StreamlabError. */
  onDefect: (error: unknown) => void;
}

/**
 * The console's page and all that it asks for. The lab is watched by who calls this, and may be down for a while.
 * @throws StreamlabError INVALID_FILE
 */
export async function consolePage(config: Config, call: ConsolePageCall): Promise<ConsolePage> {
  const [{ apiRoutes, pageRoutes }, { letterRoutes }, { readPageFiles }, { packageRoot }] = await Promise.all(
    [
      import('../adapters/console/routes.js'),
      import('../adapters/console/letter-routes.js'),
      import('../adapters/console/page-files.js'),
      import('../adapters/files/paths.js'),
    ],
  );
  const [{ consoleLetters }, queries] = await Promise.all([
    import('./console-letters.js'),
    openQueries(config),
  ]);
  const letters = consoleLetters(config, call);
  const backend: ConsoleBackend = {
    session: () => sessionOf(config, call.token),
    pipeline: call.pipeline,
    dashboards: () => queries.panels.dashboards,
    query: (params, signal) => queries.panels.answer(params, signal),
  };
  const views = ['/', '/map', '/letters', ...backend.dashboards().map(({ uid }) => `/d/${uid}`)];
  const files = await readPageFiles(join(packageRoot, 'console'));
  return {
    routes: { ...pageRoutes(files, views), ...apiRoutes(backend), ...letterRoutes(letters) },
    close: async () => {
      await Promise.all([letters.close(), queries.close()]);
    },
  };
}

async function openQueries(config: Config) {
  const [{ createDashboardQueries }, { readDashboards }, { PanelQueries }, { Reopened }] = await Promise.all([
    import('../adapters/clickhouse/dashboard-query.js'),
    import('../adapters/files/dashboards.js'),
    import('../services/panel-queries.js'),
    import('../services/reopened.js'),
  ]);
  const clickhouse = new Reopened(async () =>
    createDashboardQueries((await openLab(config)).connections.clickhouse),
  );
  return {
    panels: new PanelQueries(await readDashboards(), clickhouse),
    close: () => clickhouse.close(),
  };
}

async function sessionOf(config: Config, token: string): Promise<ConsoleSession> {
  const [{ readOwnVersion }, { name: runtime }] = await Promise.all([
    import('../adapters/files/package-files.js'),
    runtimeOf(config),
  ]);
  const session = { lab: config.lab, runtime, version: await readOwnVersion(), token };
  try {
    return { ...session, endpoints: endpointsOf((await openLab(config)).connections) };
  } catch (error) {
    if (error instanceof StreamlabError && error.code === 'LAB_NOT_RUNNING')
      return { ...session, endpoints: [] };
    throw error;
  }
}
