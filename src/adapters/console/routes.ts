import type { ConsoleBackend } from './backend.js';
import type { PageFile } from './page-files.js';
import type { ConsoleRequest, Reply, Routes } from './server.js';

const indexFile = 'index.html';

/**
 * The files of the page below `/assets/`, and the page itself at the address of each of its views.
 * @param views such as `/map`
 */
export function pageRoutes(files: ReadonlyMap<string, PageFile>, views: readonly string[]): Routes {
  const index = files.get(indexFile);
  if (index === undefined) return {};
  const assets = [...files].map(([name, file]) => [`GET /assets/${name}`, fileRoute(file)] as const);
  return Object.fromEntries([...assets, ...views.map((view) => [`GET ${view}`, fileRoute(index)] as const)]);
}

/** Sent once, then only asked about. */
function fileRoute({ bytes, type, etag }: PageFile): (request: ConsoleRequest) => Reply {
  const known = { 'cache-control': 'no-cache', etag };
  return ({ headers }) =>
    headers['if-none-match'] === etag
      ? { status: 304, type, body: '', headers: known }
      : { type, body: bytes, headers: known };
}

/** What the page asks for. */
export function apiRoutes(backend: ConsoleBackend): Routes {
  return {
    'GET /api/session': async () => json(await backend.session()),
    'GET /api/dashboards': () => json(backend.dashboards()),
    'GET /api/query': async ({ query, signal }) => json(await backend.query(query, signal)),
    'GET /api/pipeline': () => json(backend.pipeline()),
  };
}

function json(value: unknown): Reply {
  return { type: 'application/json', body: JSON.stringify(value) };
}
