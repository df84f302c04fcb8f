import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { hostname } from 'node:os';
import { authenticate, credentialsOf, type Credentials } from './auth.js';
import { toClickHouseException } from './errors.js';
import { handleQuery, type QueryDeps } from './query-handler.js';

/** A URL may hold a long query (ClickHouse: http_max_uri_size, 1 MiB); headers come on top. */
const maxHeaderBytes = 1.25 * 1024 ** 2;
const keepAliveSeconds = 30;

/** ClickHouse's HTTP interface (docs: interfaces/http) over an engine in this process. */
export function createHttpServer(deps: QueryDeps, expected: Credentials): Server {
  const displayName = hostname();
  const server = createServer({ maxHeaderSize: maxHeaderBytes }, (request, response) => {
    response.setHeader('X-ClickHouse-Server-Display-Name', displayName);
    route(request, response, deps, expected).catch((error: unknown) => {
      deps.log.error('request.failed', { message: String(error) });
      response.destroy();
    });
  });
  // An INSERT may go on for hours; a client that says nothing at all may not.
  server.requestTimeout = 0;
  server.headersTimeout = 60_000;
  server.keepAliveTimeout = keepAliveSeconds * 1000;
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return;
    deps.log.warn('request.malformed', { code: error.code, message: error.message });
    const tooLong = error.code === 'HPE_HEADER_OVERFLOW';
    const status = tooLong ? '431 Request Header Fields Too Large' : '400 Bad Request';
    const text = tooLong ? 'The URL or the headers are too long.\n' : 'Bad request.\n';
    socket.end(
      `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
    );
  });
  return server;
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  deps: QueryDeps,
  expected: Credentials,
): Promise<void> {
  const [path, search] = splitUrl(request.url ?? '/');
  const method = request.method ?? 'GET';
  const reads = method === 'GET' || method === 'HEAD';
  if (reads && (path === '/ping' || path === '/replicas_status' || (path === '/' && search === undefined))) {
    answer(response, 200, 'Ok.\n');
    return;
  }
  if (method === 'OPTIONS') {
    answer(response, 204, '');
    return;
  }
  if (method !== 'POST' && !(method === 'GET' && search !== undefined)) {
    answer(response, 404, notFound(path));
    return;
  }
  const url = new URLSearchParams(search ?? '');
  response.setHeader('Access-Control-Expose-Headers', exposedHeaders);
  try {
    authenticate(credentialsOf(request.headers, url), expected);
  } catch (error) {
    const exception = toClickHouseException(error);
    response.setHeader('X-ClickHouse-Exception-Code', String(exception.code));
    request.resume();
    answer(response, exception.status, `${exception.render(deps.engine.version)}\n`);
    return;
  }
  await handleQuery(request, response, url, deps);
}

const exposedHeaders = ['Query-Id', 'Summary', 'Server-Display-Name', 'Format', 'Timezone', 'Exception-Code']
  .concat('Exception-Tag')
  .map((name) => `X-ClickHouse-${name}`)
  .join(',');

function splitUrl(url: string): [string, string | undefined] {
  const mark = url.indexOf('?');
  return mark < 0 ? [url, undefined] : [url.slice(0, mark), url.slice(mark + 1)];
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/plain; charset=UTF-8');
  response.end(text);
}

function notFound(path: string): string {
  return [
    `There is no handle ${path}`,
    '',
    'Use / or /ping for health checks.',
    'Or /replicas_status for more sophisticated health checks.',
    '',
    'Send queries from your program with POST method or GET /?query=...',
    '',
  ].join('\n');
}
