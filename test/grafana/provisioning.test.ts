import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { dashboardNames, readDashboard } from '../integration/support/grafana.js';

interface Compose {
  services: { grafana: { environment: Record<string, string>; volumes: string[] } };
}
interface Provisioning {
  datasources: {
    uid: string;
    type: string;
    jsonData: { defaultDatabase: string };
    secureJsonData: { password: string };
  }[];
  providers: { folder: string; options: { path: string } }[];
}

const yaml = (file: string): unknown => parse(readFileSync(file, 'utf8'), { merge: true });
const { grafana } = (yaml('compose/compose.yaml') as Compose).services;
const dashboards = dashboardNames.map(readDashboard);
const sourceFile = 'grafana/provisioning/datasources/clickhouse.yaml';
const [source] = (yaml(sourceFile) as Pick<Provisioning, 'datasources'>).datasources;

/** The folder of this repository that a folder of the container is, or is in. */
function mounted(path: string): string {
  const mount = grafana.volumes
    .map((volume) => volume.split(':'))
    .find(([from, to]) => from?.startsWith('../') && to !== undefined && path.startsWith(to));
  if (mount === undefined) throw new Error(`compose.yaml mounts nothing at ${path}`);
  const [from, to] = mount as [string, string];
  return join('compose', from, path.slice(to.length));
}

it('commits the dashboards that scripts/generate-dashboards.mjs writes', async () => {
  const program = ['scripts/generate-dashboards.mjs', '--check'];
  await expect(promisify(execFile)(process.execPath, program)).resolves.toBeDefined();
});

it('has no query file that no dashboard uses', () => {
  const used = dashboards.flatMap(({ panels, templating }) => [
    ...panels.flatMap(({ targets }) => targets.map(({ rawSql }) => rawSql)),
    ...templating.list.map(({ query }) => query.rawSql),
  ]);
  for (const name of readdirSync('grafana/queries')) {
    const text = readFileSync(join('grafana/queries', name), 'utf8');
    expect(used, name).toContain(text.replace(/^(--.*\n)+/, '').trimEnd());
  }
});

it('gives each panel a description, a unit and the provisioned data source', () => {
  for (const { title, type, description, fieldConfig, targets } of dashboards.flatMap(
    ({ panels }) => panels,
  )) {
    expect(description, title).toMatch(/\w{3}/);
    if (type !== 'table') expect(fieldConfig.defaults.unit, title).toBeDefined();
    expect(targets.map(({ datasource }) => datasource.uid)).toEqual([source?.uid]);
  }
});

it('gives each dashboard its uid, and links from each to all others', () => {
  const uids = dashboardNames.map((name) => `streamlab-${name}`);
  expect(dashboards.map(({ uid }) => uid)).toEqual(uids);
  for (const { uid, links, panels } of dashboards) {
    const paths = uids.filter((other) => other !== uid).map((other) => `/d/${other}`);
    expect(links.map(({ url }) => url)).toEqual(paths);
    const fromPanels = panels.flatMap((panel) => (panel.links ?? []).map(({ url }) => url));
    expect(fromPanels.filter((url) => !paths.includes(url))).toEqual([]);
  }
});

it('filters only by variables that the dashboard has', () => {
  for (const { uid, panels, templating } of dashboards) {
    const names = templating.list.map(({ name }) => name);
    const used = panels.flatMap(({ targets }) =>
      targets.flatMap(({ rawSql }) => [...rawSql.matchAll(/\$\{(\w+):/g)].map(([, name]) => name ?? '')),
    );
    expect(names, uid).toEqual(expect.arrayContaining(used));
  }
});

it('takes the password from a variable that compose gives the container', () => {
  expect(source?.secureJsonData.password).toBe('$CLICKHOUSE_PASSWORD');
  expect(grafana.environment).toHaveProperty('CLICKHOUSE_PASSWORD');
  expect(grafana.environment.GF_PLUGINS_PREINSTALL_SYNC?.split('@')[0]).toBe(source?.type);
});

it('finds provisioning, dashboards and the home dashboard where compose mounts them', () => {
  const file = join(mounted('/etc/grafana/provisioning/dashboards'), 'streamlab.yaml');
  const [provider] = (yaml(file) as Pick<Provisioning, 'providers'>).providers;
  expect(provider?.folder).toBe('streamlab');
  expect(mounted(provider?.options.path ?? '')).toBe('grafana/dashboards');
  const home = mounted(grafana.environment.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH ?? '');
  expect(dirname(home)).toBe('grafana/dashboards');
  expect(existsSync(home)).toBe(true);
});
