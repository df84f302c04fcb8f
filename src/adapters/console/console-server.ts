import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { refusal, tokenHeader, type RequestFacts } from '../../domain/console/guard.js';
import { reasonOf, StreamlabError } from '../../errors.js';
import { answerError, answerJson, safeHeaders } from './answers.js';
import type { ConsoleBackend } from './backend.js';
import { readPageFiles, type PageFile } from './page-files.js';

const host = '127.0.0.1';
const indexFile = 'index.html';
/** Addresses of the page itself: which of its views is shown, it finds out by itself. */
const pages = /^\/(map|letters(\/[^/]+)?|d\/[\w-]+)?$/;

export interface ConsoleServer {
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

export interface ConsoleOptions {
  /** 0 takes a free one. */
  port: number;
  /** `console/` of the package. */
  folder: string;
  backend: ConsoleBackend;
}

/**
 * Serves the console to this machine: its page, and what the page asks for below /api. Requests of other pages and for
 * other hosts are refused (src/domain/console/guard.ts).
 * @throws StreamlabError PORT_TAKEN, NOT_PERMITTED, INVALID_FILE
 */
export async function serveConsole({ port, folder, backend }: ConsoleOptions): Promise<ConsoleServer> {
  const site = new ConsoleSite(await readPageFiles(folder), backend);
  const server = createServer((request, response) => void site.answer(request, response));
  await listen(server, port);
  site.port = (server.address() as AddressInfo).port;
  return {
    port: site.port,
    url: `http://${host}:${String(site.port)}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

type Answer = (params: URLSearchParams, signal: AbortSignal) => unknown;

class ConsoleSite {
  port = 0;
  /** Changes with every start: a page of an earlier process may look, and change nothing. */
  readonly #token = randomBytes(32).toString('base64url');
  readonly #reads: Readonly<Record<string, Answer>>;

  constructor(
    private readonly files: ReadonlyMap<string, PageFile>,
    backend: ConsoleBackend,
  ) {
    this.#reads = {
      '/healthz': () => backend.health(),
      '/api/session': () => ({ ...backend.facts, token: this.#token }),
      '/api/dashboards': () => backend.dashboards(),
      '/api/query': (params, signal) => backend.query(params, signal),
      '/api/pipeline': () => backend.pipeline(),
    };
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(safeHeaders)) response.setHeader(name, value);
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://console');
    const refused = refusal(factsOf(request, pathname), { port: this.port, token: this.#token });
    if (refused !== undefined) {
      answerRefusal(response, refused.status, refused.sentence);
      return;
    }
    const read = this.#reads[pathname];
    if (read !== undefined) await answerRead(response, read, searchParams);
    else this.#answerFile(request, response, pathname);
  }

  #answerFile(request: IncomingMessage, response: ServerResponse, path: string): void {
    const name = pages.test(path) ? indexFile : path.replace(/^\/assets\//, '');
    const file = path.startsWith('/assets/') || name === indexFile ? this.files.get(name) : undefined;
    if (file === undefined) {
      answerRefusal(response, 404, `There is nothing at ${path}.`);
      return;
    }
    const headers = { 'content-type': file.type, 'cache-control': 'no-cache', etag: file.etag };
    const isKnown = request.headers['if-none-match'] === file.etag;
    response.writeHead(isKnown ? 304 : 200, headers);
    response.end(isKnown || request.method === 'HEAD' ? undefined : file.bytes);
  }
}

function answerRefusal(response: ServerResponse, status: number, message: string): void {
  answerJson(response, status, { error: { code: 'INVALID_USAGE', message, suggestions: [] } });
}

/** What nobody waits for any more is given up. */
async function answerRead(response: ServerResponse, read: Answer, params: URLSearchParams): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => {
    if (!response.writableFinished) gone.abort(new StreamlabError('INTERRUPTED', 'The browser has left.'));
  });
  try {
    answerJson(response, 200, await read(params, gone.signal));
  } catch (error) {
    answerError(response, error);
  }
}

function factsOf(request: IncomingMessage, path: string): RequestFacts {
  const one = (name: string): string | undefined => {
    const value = request.headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  return {
    method: request.method ?? 'GET',
    path,
    host: one('host'),
    origin: one('origin'),
    fetchSite: one('sec-fetch-site'),
    contentType: one('content-type'),
    token: one(tokenHeader),
  };
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === 'EADDRINUSE';
      const message = isTaken
        ? `Port ${String(port)} of the console is taken on ${host}.`
        : `The console cannot listen on ${host}:${String(port)}: ${reasonOf(error)}.`;
      reject(
        new StreamlabError(isTaken ? 'PORT_TAKEN' : 'NOT_PERMITTED', message, {
          suggestions: ['Give another one with --console-port.'],
          cause: error,
        }),
      );
    });
    server.listen(port, host, resolve);
  });
}
