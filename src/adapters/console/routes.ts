import { StreamlabError } from '../../errors.js';
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
  const { letters } = backend;
  return {
    'GET /api/session': async () => json(await backend.session()),
    'GET /api/dashboards': () => json(backend.dashboards()),
    'GET /api/query': async ({ query, signal }) => json(await backend.query(query, signal)),
    'GET /api/pipeline': () => json(backend.pipeline()),
    'GET /api/letters': async ({ query, signal }) => json(await letters.list(query, signal)),
    'GET /api/letter': async ({ query, signal }) => json(await letters.show(query, signal)),
    'GET /api/replay': () => json(letters.status()),
    'POST /api/replay/dry-run': async (request) =>
      json(await letters.dryRun(await jsonOf(request), request.signal)),
    'POST /api/replay': async (request) => json(letters.start(await jsonOf(request)), 202),
    'POST /api/replay/stop': () => json(letters.stop()),
  };
}

function json(value: unknown, status = 200): Reply {
  return { status, type: 'application/json', body: JSON.stringify(value) };
}

/** @throws StreamlabError INVALID_USAGE */
async function jsonOf({ body }: ConsoleRequest): Promise<unknown> {
  const text = await body();
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new StreamlabError('INVALID_USAGE', 'body: it is no JSON.');
  }
}
