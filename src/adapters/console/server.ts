import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exitCodeOf, ExitCode, reasonOf, StreamlabError, type ErrorCode } from '../../errors.js';
import { refusal, safeHeaders, unprovenRefusal } from './gate.js';

/** Not a choice: the console has no login. */
const host = '127.0.0.1';
const longestBodyBytes = 256 * 1024;
const requestTimeoutMs = 30_000;

export interface ConsoleRequest {
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  /** @throws StreamlabError INVALID_USAGE beyond 256 KiB */
  body: () => Promise<string>;
  /** Aborted when whoever asked is gone. */
  signal: AbortSignal;
}

export interface Reply {
  /** 200 where it is absent. */
  status?: number;
  /** Value of `content-type`. */
  type: string;
  body: string | Uint8Array;
  headers?: Readonly<Record<string, string>>;
}

/** By method and path, such as `GET /healthz`; HEAD is answered as GET without the body. */
export type Routes = Readonly<Record<string, (request: ConsoleRequest) => Reply | Promise<Reply>>>;

export interface ConsoleServer {
  readonly url: string;
  close(): Promise<void>;
}

export interface ConsoleOptions {
  /** 0 takes a free one. */
  port: number;
  routes: Routes;
  /** What every request but GET and HEAD has to carry. */
  token: string;
  /** Receives what a route threw that is no StreamlabError. */
  onDefect: (error: unknown) => void;
}

/**
 * Serves the routes to this machine only, and to no page but its own.
 * @throws StreamlabError PORT_TAKEN, NOT_PERMITTED
 */
export async function serveConsole(options: ConsoleOptions): Promise<ConsoleServer> {
  const { port, onDefect } = options;
  const server = createServer({ requestTimeout: requestTimeoutMs }, (request, response) => {
    const { port: own } = server.address() as AddressInfo;
    answer(options, own, request, response).catch((error: unknown) => {
      onDefect(error);
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(cannotListen(port, error));
    });
    server.listen(port, host, resolve);
  });
  const { port: listening } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${String(listening)}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function answer(
  options: ConsoleOptions,
  port: number,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = 'GET', headers } = request;
  const refused = refusal(headers, method, port);
  const reply =
    refused === undefined
      ? (unproven(method, headers, options.token) ?? (await replyTo(options, request, response)))
      : plain(403, refused);
  if (response.destroyed) return;
  response.writeHead(reply.status ?? 200, {
    ...safeHeaders,
    'content-type': reply.type,
    'content-length': Buffer.byteLength(reply.body),
    ...reply.headers,
  });
  response.end(method === 'HEAD' ? undefined : reply.body);
}

function unproven(method: string, headers: IncomingHttpHeaders, token: string): Reply | undefined {
  if (method === 'GET' || method === 'HEAD') return undefined;
  const sentence = unprovenRefusal(headers, token);
  if (sentence === undefined) return undefined;
  const error = new StreamlabError('NOT_PERMITTED', sentence, { suggestions: ['Load the page again.'] });
  return { ...failure(error), status: 403 };
}

async function replyTo(
  { routes, onDefect }: ConsoleOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Reply> {
  const { pathname: path, search: query } = parts(request.url ?? '');
  const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET');
  const route = Object.hasOwn(routes, `${method} ${path}`) ? routes[`${method} ${path}`] : undefined;
  if (route === undefined) {
    const allowed = Object.keys(routes).flatMap((key) =>
      key.endsWith(` ${path}`) ? [key.split(' ')[0] ?? ''] : [],
    );
    if (allowed.length === 0) return plain(404, 'There is nothing here.');
    return { ...plain(405, 'Not with this method.'), headers: { allow: allowed.join(', ') } };
  }
  const gone = new AbortController();
  response.once('close', () => {
    gone.abort();
  });
  try {
    return await route({
      query: new URLSearchParams(query),
      headers: request.headers,
      body: () => bodyOf(request),
      signal: gone.signal,
    });
  } catch (error) {
    // A page that goes on to another view leaves all that it asked for: nothing is wrong then.
    const isLeft = gone.signal.aborted && error === gone.signal.reason;
    if (!(error instanceof StreamlabError) && !isLeft) onDefect(error);
    return failure(error);
  }
}

/** Up to the first question mark, and what is behind it, which may hold others. */
function parts(url: string): { pathname: string; search: string } {
  const at = url.indexOf('?');
  return at < 0 ? { pathname: url, search: '' } : { pathname: url.slice(0, at), search: url.slice(at + 1) };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > longestBodyBytes) throw new StreamlabError('INVALID_USAGE', 'The request is too long.');
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof StreamlabError) throw error;
    throw new StreamlabError('INTERRUPTED', 'The request broke off.', { cause: error });
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** As under `--json`; what is no StreamlabError is a defect, and its words are not for the page. */
function failure(error: unknown): Reply {
  const { code, message, suggestions } =
    error instanceof StreamlabError
      ? error
      : { code: 'SERVICE_FAILED', message: 'This should not have happened.', suggestions: [] };
  return {
    status: error instanceof StreamlabError ? statusOf(error.code) : 500,
    type: 'application/json',
    body: `${JSON.stringify({ error: { code, message, suggestions } })}\n`,
  };
}

function statusOf(code: ErrorCode): number {
  if (code === 'NOT_FOUND' || code === 'TOPIC_MISSING') return 404;
  if (code === 'LOCKED' || code === 'NEEDS_CONFIRMATION') return 409;
  const statuses: Partial<Record<number, number>> = {
    [ExitCode.usage]: 400,
    [ExitCode.unreachable]: 503,
    [ExitCode.timeout]: 504,
  };
  return statuses[exitCodeOf(code)] ?? 500;
}

function plain(status: number, sentence: string): Reply {
  return { status, type: 'text/plain; charset=utf-8', body: `${sentence}\n` };
}

function cannotListen(port: number, error: NodeJS.ErrnoException): StreamlabError {
  const isTaken = error.code === 'EADDRINUSE';
  return new StreamlabError(
    isTaken ? 'PORT_TAKEN' : 'NOT_PERMITTED',
    `The console cannot listen on port ${port} of ${host}: ${isTaken ? 'it is taken' : reasonOf(error)}.`,
    { suggestions: ['Give another port, or none to have a free one chosen.'], cause: error },
  );
}
