import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { readDashboards, readDataSources } from './provisioning.mjs';

// The Grafana stand-in: the part of Grafana's HTTP interface that tells what was provisioned. It queries no data source.

const { env } = process;
const setting = (section, key, fallback) => env[`GF_${section}_${key}`] ?? fallback;

function log(level, message) {
  console.log(`logger=stand-in t=${new Date().toISOString()} level=${level} msg=${JSON.stringify(message)}`);
}

function provision() {
  try {
    const provisioning = env.GF_PATHS_PROVISIONING;
    return { dataSources: readDataSources(provisioning, env), dashboards: readDashboards(provisioning, env) };
  } catch (error) {
    log('error', `Failed to provision: ${error.message}`);
    return process.exit(1);
  }
}

const { dataSources, dashboards } = provision();

/** Grafana reads this one when somebody asks for it. */
function homeDashboard(response) {
  const path = setting('DASHBOARDS', 'DEFAULT_HOME_DASHBOARD_PATH', '');
  try {
    answer(response, 200, { meta: { isHome: true }, dashboard: JSON.parse(readFileSync(path, 'utf8')) });
  } catch (error) {
    answer(response, 500, { message: `Failed to load home dashboard: ${error.message}` });
  }
}

/** Viewer for whoever does not log in, if that is allowed; Admin for the administrator; else nobody. */
function roleOf(request) {
  const [scheme, encoded] = (request.headers.authorization ?? '').split(' ');
  if (scheme?.toLowerCase() === 'basic') {
    const given = Buffer.from(encoded ?? '', 'base64').toString();
    const admin = `${setting('SECURITY', 'ADMIN_USER', 'admin')}:${setting('SECURITY', 'ADMIN_PASSWORD', 'admin')}`;
    return given === admin ? 'Admin' : undefined;
  }
  if (setting('AUTH_ANONYMOUS', 'ENABLED', 'false') !== 'true') return undefined;
  return setting('AUTH_ANONYMOUS', 'ORG_ROLE', 'Viewer');
}

function answer(response, status, value) {
  response
    .writeHead(status, { 'content-type': 'application/json; charset=UTF-8' })
    .end(JSON.stringify(value));
}

/** Secrets stay inside, as in Grafana. */
function shown({ secureJsonData, ...source }) {
  return {
    ...source,
    readOnly: source.editable !== true,
    secureJsonFields: Object.fromEntries(Object.keys(secureJsonData ?? {}).map((key) => [key, true])),
  };
}

function found(response, value) {
  if (value === undefined) answer(response, 404, { message: 'Not found' });
  else answer(response, 200, value);
}

const routes = [
  [/^\/api\/datasources$/, 'Admin', (response) => answer(response, 200, dataSources.map(shown))],
  [
    /^\/api\/datasources\/uid\/([^/]+)$/,
    'Admin',
    (response, uid) => found(response, dataSources.filter((source) => source.uid === uid).map(shown)[0]),
  ],
  [
    /^\/api\/search$/,
    'Viewer',
    (response) =>
      answer(
        response,
        200,
        dashboards.map(({ dashboard, folder }) => ({
          uid: dashboard.uid,
          title: dashboard.title,
          type: 'dash-db',
          tags: dashboard.tags ?? [],
          folderTitle: folder,
          url: `/d/${dashboard.uid}`,
        })),
      ),
  ],
  [/^\/api\/dashboards\/home$/, 'Viewer', homeDashboard],
  [
    /^\/api\/dashboards\/uid\/([^/]+)$/,
    'Viewer',
    (response, uid) => {
      const match = dashboards.find(({ dashboard }) => dashboard.uid === uid);
      found(
        response,
        match && { meta: { provisioned: true, folderTitle: match.folder }, dashboard: match.dashboard },
      );
    },
  ],
];

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://grafana');
  if (pathname === '/api/health') {
    answer(response, 200, { database: 'ok', version: 'stand-in', commit: 'stand-in' });
    return;
  }
  const role = roleOf(request);
  if (role === undefined) {
    answer(response, 401, { message: 'Unauthorized' });
    return;
  }
  for (const [pattern, needed, handle] of routes) {
    const match = pattern.exec(pathname);
    if (match === null) continue;
    if (needed === 'Admin' && role !== 'Admin') answer(response, 403, { message: 'Permission denied' });
    else handle(response, decodeURIComponent(match[1] ?? ''));
    return;
  }
  answer(response, 404, { message: 'Not found' });
});
server.listen(Number(setting('SERVER', 'HTTP_PORT', '3000')), () => log('info', 'HTTP Server Listen'));

for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(0));
