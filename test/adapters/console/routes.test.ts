import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ConsoleBackend } from '../../../src/adapters/console/backend.js';
import { letterRoutes, type LettersBackend } from '../../../src/adapters/console/letter-routes.js';
import { readPageFiles } from '../../../src/adapters/console/page-files.js';
import { apiRoutes, pageRoutes } from '../../../src/adapters/console/routes.js';
import { serveConsole, type ConsoleServer } from '../../../src/adapters/console/server.js';

const token = 't';
const told: unknown[] = [];
/** Tells what it was asked. */
const backend = {
  session: () => Promise.resolve({ lab: 'default', token }),
  dashboards: () => [],
  query: (params: URLSearchParams) => Promise.resolve({ asked: params.get('panel') }),
  pipeline: () => ({ view: null, trouble: 'no lab' }),
} as unknown as ConsoleBackend;
const letters = {
  list: (params: URLSearchParams) => Promise.resolve({ limit: params.get('limit') }),
  counts: (params: URLSearchParams) => Promise.resolve({ counted: params.get('user') }),
  show: (target: string, isWhole: boolean) => Promise.resolve({ target, isWhole }),
  dryRun: (body: unknown) => ({ tried: body }),
  confirm: (body: unknown) => {
    told.push(body);
    return { kind: 'replay' };
  },
  stop: (body: unknown) => ({ stopped: body }),
  task: (id: string) => ({ id }),
  replays: () => [],
} as unknown as LettersBackend;
let server: ConsoleServer;

beforeEach(async () => {
  told.length = 0;
  const files = await readPageFiles('console');
  const routes = { ...pageRoutes(files, ['/', '/d/one']), ...apiRoutes(backend), ...letterRoutes(letters) };
  server = await serveConsole({ port: 0, token, routes, onDefect: (error) => told.push(error) });
});

afterEach(() => server.close());

const get = (path: string, headers = {}) => fetch(`${server.url}${path}`, { headers });
const post = (path: string, body: string) =>
  fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-streamlab-token': token },
    body,
  });

test('the page is at each of its views, and what it loads is there, of its type and asked about once', async () => {
  const page = await (await get('/d/one')).text();
  expect(await (await get('/')).text()).toBe(page);
  const loaded = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path!);
  expect(loaded.length).toBeGreaterThan(3);
  for (const path of loaded) {
    const answer = await get(path);
    expect([path, answer.status]).toEqual([path, 200]);
    const type = path.endsWith('.js')
      ? 'text/javascript'
      : path.endsWith('.css')
        ? 'text/css'
        : 'image/svg+xml';
    expect(answer.headers.get('content-type')).toContain(type);
    const again = await get(path, { 'if-none-match': answer.headers.get('etag')! });
    expect([path, again.status, await again.text()]).toEqual([path, 304, '']);
  }
});

test('nothing else of the disk is', async () => {
  for (const path of [
    '/assets/../package.json',
    '/assets/%2e%2e/package.json',
    '/package.json',
    '/assets/',
    '/d/two',
  ])
    expect([path, (await get(path)).status]).toEqual([path, 404]);
});

test('all scripts together are smaller than 300 kB', async () => {
  const files = [...(await readPageFiles('console'))].filter(([name]) => name.endsWith('.js'));
  expect(files.map(([, { bytes }]) => bytes.length).reduce((a, b) => a + b)).toBeLessThan(300_000);
});

test('every question of the page reaches what answers it', async () => {
  const answers: [string, unknown][] = [
    ['/api/session', { lab: 'default', token }],
    ['/api/dashboards', []],
    ['/api/query?panel=3', { asked: '3' }],
    ['/api/pipeline', { view: null, trouble: 'no lab' }],
    ['/api/letters?limit=7', { limit: '7' }],
    ['/api/letters/counts?user=u', { counted: 'u' }],
    ['/api/letters/show?of=1:2', { target: '1:2', isWhole: false }],
    ['/api/letters/show?of=1:2&whole=true', { target: '1:2', isWhole: true }],
    ['/api/replays', []],
    ['/api/replays/task?id=a', { id: 'a' }],
  ];
  for (const [path, answer] of answers) expect(await (await get(path)).json()).toEqual(answer);
  expect(await (await post('/api/replays/dry-run', '{"limit":1}')).json()).toEqual({ tried: { limit: 1 } });
  expect(await (await post('/api/replays/confirm', '{"id":"a"}')).json()).toEqual({ kind: 'replay' });
  expect(told).toEqual([{ id: 'a' }]);
  expect(await (await post('/api/replays/stop', '{"id":"a"}')).json()).toEqual({ stopped: { id: 'a' } });
});

test('a body that is no JSON is refused in words', async () => {
  const answer = await post('/api/replays/confirm', '{');
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ error: { message: 'The request is no JSON.' } });
  expect(told).toEqual([]);
});
