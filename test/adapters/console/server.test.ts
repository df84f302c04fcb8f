import { request, type IncomingHttpHeaders } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { serveConsole, type ConsoleServer } from '../../../src/adapters/console/server.js';
import { StreamlabError } from '../../../src/errors.js';

const token = 'a-token-that-nobody-guesses';
let server: ConsoleServer;
let defects: unknown[];
/** A request that was left has ended. */
let ended: { promise: Promise<void>; resolve: () => void };

beforeEach(async () => {
  defects = [];
  let resolve = (): void => undefined;
  const promise = new Promise<void>((end) => (resolve = end));
  ended = { promise, resolve };
  server = await serveConsole({
    port: 0,
    token,
    routes: {
      'GET /': ({ query }) => ({ type: 'text/plain', body: `hello ${query.get('name') ?? ''}` }),
      'POST /echo': async ({ body }) => ({ type: 'text/plain', body: await body() }),
      'GET /trouble': () => {
        throw new StreamlabError('LAB_NOT_RUNNING', 'It does not run.', { suggestions: ['Start it.'] });
      },
      'GET /defect': () => Promise.reject(new TypeError('secret words')),
      'GET /slow': ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            reject(signal.reason as Error);
            ended.resolve();
          });
        }),
      'GET /late-defect': ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            reject(new TypeError('while nobody waits'));
            ended.resolve();
          });
        }),
    },
    onDefect: (error) => defects.push(error),
  });
});

afterEach(() => server.close());

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** As a browser may not send it: with any `Host`. */
function ask(
  path: string,
  {
    headers = {},
    method = 'GET',
    body = '',
  }: { headers?: Record<string, string>; method?: string; body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(`${server.url}${path}`, { method, headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      });
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

/** What the page sends with every POST. */
const proven = { 'content-type': 'application/json', 'x-streamlab-token': token };
const own = (): string => server.url.slice('http://'.length);

describe('the console answers', () => {
  test('its own user, by either name of this machine', async () => {
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await ask('/?name=you')).toMatchObject({ status: 200, body: 'hello you' });
    const named = { host: own().replace('127.0.0.1', 'localhost') };
    expect((await ask('/', { headers: named })).status).toBe(200);
    expect(await ask('/?name=who?me?')).toMatchObject({ body: 'hello who?me?' });
    expect(await ask('/', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
  });

  test('its own page, also to POST', async () => {
    const headers = { origin: server.url, 'sec-fetch-site': 'same-origin', ...proven };
    expect(await ask('/echo', { method: 'POST', headers, body: '{"ü":1}' })).toMatchObject({
      body: '{"ü":1}',
    });
  });

  test('a link from elsewhere, with the page that it leads to', async () => {
    const link = {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    };
    expect((await ask('/', { headers: link })).status).toBe(200);
  });

  test('what is not there, or not so, and what went wrong, without the words of a defect', async () => {
    expect((await ask('/constructor')).status).toBe(404);
    expect(await ask('/echo')).toMatchObject({ status: 405, headers: { allow: 'POST' } });
    const trouble = await ask('/trouble');
    expect(trouble.status).toBe(503);
    expect(JSON.parse(trouble.body)).toEqual({
      error: { code: 'LAB_NOT_RUNNING', message: 'It does not run.', suggestions: ['Start it.'] },
    });
    const defect = await ask('/defect');
    expect(defect.status).toBe(500);
    expect(defect.body).not.toContain('secret');
    expect(defects).toEqual([new TypeError('secret words')]);
  });

  test('with headers that let nothing in from elsewhere', async () => {
    for (const path of ['/', '/nothing']) {
      const { headers } = await ask(path);
      expect(headers['content-security-policy']).toMatch(/default-src 'self'.*frame-ancestors 'none'/);
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['cross-origin-resource-policy']).toBe('same-origin');
      expect(headers['access-control-allow-origin']).toBeUndefined();
    }
  });
});

describe('whoever leaves before the answer', () => {
  const leave = (path: string, options: { method?: string; headers?: Record<string, string> } = {}) => {
    const asked = request(`${server.url}${path}`, options);
    asked.on('error', () => undefined);
    asked.write('{');
    setTimeout(() => asked.destroy(), 100);
  };
  const settled = () => new Promise((resolve) => setTimeout(resolve, 100));

  test('is no defect: a page is left with every look at another one', async () => {
    leave('/slow');
    await ended.promise;
    await settled();
    expect(defects).toEqual([]);
  });

  test('is none in the middle of a body either', async () => {
    const headers = { ...proven, 'content-length': '100' };
    leave('/echo', { method: 'POST', headers });
    await settled();
    await settled();
    expect(defects).toEqual([]);
  });

  test('does not hide one', async () => {
    leave('/late-defect');
    await ended.promise;
    await settled();
    expect(defects).toEqual([new TypeError('while nobody waits')]);
  });
});

describe('the console refuses', () => {
  const refused = async (path: string, options: Parameters<typeof ask>[1]): Promise<void> => {
    const { status, body } = await ask(path, options);
    expect([status, body]).toEqual([403, expect.stringMatching(/^The console /)]);
  };

  test.each(['evil.example', 'evil.example:4000', '127.0.0.1', '127.0.0.1:1'])(
    'another name that leads to it (DNS rebinding): Host %s',
    async (host) => {
      await refused('/', { headers: { host } });
    },
  );

  test.each(['https://evil.example', 'http://localhost:3000', 'null', 'http://127.0.0.1'])(
    'another origin: %s',
    async (origin) => {
      await refused('/echo', { method: 'POST', headers: { ...proven, origin } });
      await refused('/', { headers: { origin } });
    },
  );

  test.each(['cross-site', 'same-site'])('what a page of a %s loads or sends', async (site) => {
    await refused('/', {
      headers: { 'sec-fetch-site': site, 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' },
    });
    await refused('/', {
      headers: { 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
    });
    const form = { 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    await refused('/echo', { method: 'POST', headers: { ...proven, ...form } });
  });

  test.each([
    ['without the token', { 'content-type': 'application/json' }],
    ['with an empty token', { ...proven, 'x-streamlab-token': '' }],
    ['with the token of another start', { ...proven, 'x-streamlab-token': `${token}0` }],
    ['of a form', { ...proven, 'content-type': 'application/x-www-form-urlencoded' }],
    ['of text, which a form can send as well', { ...proven, 'content-type': 'text/plain' }],
    ['of no type', { 'x-streamlab-token': token }],
  ])('what would change something %s (CSRF)', async (_, headers: Record<string, string>) => {
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const { status, body } = await ask('/echo', { method, headers, body: '{}' });
      expect([method, status]).toEqual([method, 403]);
      expect(JSON.parse(body)).toMatchObject({ error: { code: 'NOT_PERMITTED' } });
    }
  });

  test('a request without end', async () => {
    const body = 'x'.repeat(300_000);
    expect((await ask('/echo', { method: 'POST', headers: proven, body })).status).toBe(400);
  });

  test('a port that is taken, in a sentence', async () => {
    const port = Number(own().split(':')[1]);
    await expect(serveConsole({ port, token, routes: {}, onDefect: () => undefined })).rejects.toMatchObject({
      code: 'PORT_TAKEN',
    });
  });
});
