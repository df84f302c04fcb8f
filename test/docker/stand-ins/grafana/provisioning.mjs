import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

// Reads what Grafana provisions from files, and refuses what Grafana refuses: pkg/services/provisioning of grafana/grafana.

/** $NAME and ${NAME} of the environment in every string, $$ for a dollar sign. Keys are left as they are. */
export function expand(value, env) {
  if (typeof value === 'string') {
    return value.replace(/\$(?:\$|\{(\w+)\}|(\w+))/g, (whole, braced, bare) =>
      whole === '$$' ? '$' : (env[braced ?? bare] ?? ''),
    );
  }
  if (Array.isArray(value)) return value.map((item) => expand(item, env));
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expand(item, env)]));
  }
  return value;
}

function yamlFiles(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
    .map((name) => {
      const path = join(folder, name);
      try {
        return { path, value: parse(readFileSync(path, 'utf8')) ?? {} };
      } catch (error) {
        throw new Error(`${path}: ${error.message}`, { cause: error });
      }
    });
}

/** The data sources of provisioning/datasources. */
export function readDataSources(provisioning, env) {
  const sources = [];
  const uids = new Set();
  for (const { path, value } of yamlFiles(join(provisioning, 'datasources'))) {
    for (const raw of value.datasources ?? []) {
      const id = sources.length + 1;
      const source = { id, uid: `P${id}`, orgId: 1, ...expand(raw, env) };
      if (!source.name || !source.type) throw new Error(`${path}: a data source needs a name and a type`);
      if (uids.has(source.uid)) throw new Error(`${path}: two data sources have the uid ${source.uid}`);
      uids.add(source.uid);
      sources.push(source);
    }
  }
  if (sources.filter(({ isDefault }) => isDefault).length > 1) {
    throw new Error('only one data source can be the default');
  }
  return sources;
}

/** The dashboards that the providers of provisioning/dashboards point to. */
export function readDashboards(provisioning, env) {
  const dashboards = [];
  const names = new Set();
  for (const { path, value } of yamlFiles(join(provisioning, 'dashboards'))) {
    for (const raw of value.providers ?? []) {
      const provider = expand(raw, env);
      if (names.has(provider.name)) throw new Error(`${path}: two providers are named ${provider.name}`);
      names.add(provider.name);
      dashboards.push(...dashboardsOf(provider, path));
    }
  }
  const uids = new Set();
  for (const { dashboard, file } of dashboards) {
    if (uids.has(dashboard.uid)) throw new Error(`${file}: another dashboard has the uid ${dashboard.uid}`);
    uids.add(dashboard.uid);
  }
  return dashboards;
}

function dashboardsOf(provider, path) {
  const folder = provider.options?.path;
  if (!folder) throw new Error(`${path}: provider ${provider.name} has no options.path`);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Error(`${path}: provider ${provider.name}: there is no folder ${folder}`);
  }
  return readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => {
      const file = join(folder, name);
      let dashboard;
      try {
        dashboard = JSON.parse(readFileSync(file, 'utf8'));
      } catch (error) {
        throw new Error(`${file}: ${error.message}`, { cause: error });
      }
      if (!dashboard.title) throw new Error(`${file}: a dashboard needs a title`);
      dashboard.uid ??= name.replace(/\W/g, '-');
      return { dashboard, file, folder: provider.folder ?? '', editable: provider.allowUiUpdates === true };
    });
}
