import { request, type IncomingHttpHeaders } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { serveConsole, type ConsoleServer } from '../../../src/adapters/console/server.js';
import { StreamlabError } from '../../../src/errors.js';

let server: ConsoleServer;
let defects: unknown[];

beforeEach(async () => {
  defects = [];
  server = await serveConsole({
    port: 0,
    token: 'secret',
    routes: {
      'GET /': ({ query }) => ({ type: 'text/plain', body: `hello ${query.get('name') ?? ''}` }),
      'POST /echo': async ({ body }) => ({ type: 'text/plain', body: await body() }),
      'GET /trouble': () => {
        throw new StreamlabError('LAB_NOT_RUNNING', 'It does not run.', { suggestions: ['Start it.'] });
      },
      'GET /defect': () => Promise.reject(new TypeError('secret words')),
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

/** As the page sends what changes something. */
const ownPost = () => ({
  method: 'POST',
  headers: { origin: server.url, 'sec-fetch-site': 'same-origin', 'x-streamlab-token': 'secret' },
});

const own = (): string => server.url.slice('http://'.length);

describe('the console answers', () => {
  test('its own user, by either name of this machine', async () => {
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await ask('/?name=you')).toMatchObject({ status: 200, body: 'hello you' });
    const named = { host: own().replace('127.0.0.1', 'localhost') };
    expect((await ask('/', { headers: named })).status).toBe(200);
    expect(await ask('/', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
  });

  test('its own page, also to POST', async () => {
    expect(await ask('/echo', { ...ownPost(), body: '{"ü":1}' })).toMatchObject({ body: '{"ü":1}' });
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
    expect(trouble.status).toBe(500);
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
      await refused('/echo', { method: 'POST', headers: { ...ownPost().headers, origin } });
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
    await refused('/echo', { method: 'POST', headers: form });
  });

  test('to change anything for who does not say where they come from, or does not bring its token', async () => {
    const { origin, ...others } = ownPost().headers;
    await refused('/echo', { method: 'POST', headers: others });
    for (const token of [{}, { 'x-streamlab-token': '' }, { 'x-streamlab-token': 'secret2' }])
      await refused('/echo', { method: 'POST', headers: { origin, ...token } });
    await refused('/echo', { method: 'DELETE', headers: { origin } });
  });

  test('a request without end', async () => {
    const body = 'x'.repeat(300_000);
    expect((await ask('/echo', { ...ownPost(), body })).status).toBe(400);
  });

  test('a port that is taken, in a sentence', async () => {
    const port = Number(own().split(':')[1]);
    await expect(
      serveConsole({ port, token: '', routes: {}, onDefect: () => undefined }),
    ).rejects.toMatchObject({
      code: 'PORT_TAKEN',
    });
  });
});
