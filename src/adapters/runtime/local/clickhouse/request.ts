import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { clickHouseError } from './errors.js';
import { isMultipart } from './multipart.js';
import type { SessionRequest } from './sessions.js';

/** A request for a query, its URL and headers read. The query's text may go on in the body. */
export interface QueryRequest {
  readonly method: string;
  readonly query: string;
  readonly queryId: string;
  readonly database: string | undefined;
  readonly defaultFormat: string;
  readonly roles: readonly string[];
  /** The values of `{name:Type}` placeholders. */
  readonly parameters: ReadonlyMap<string, string>;
  readonly settings: ReadonlyMap<string, string>;
  /** `name_structure`, `name_types` and `name_format` of external tables; only multipart requests have them. */
  readonly externalOptions: ReadonlyMap<string, string>;
  readonly session: SessionRequest | undefined;
  /** GET may not write. */
  readonly readonly: boolean;
  /** Send nothing before the query has ended. */
  readonly waitEndOfQuery: boolean;
  /** How many bytes of the result are held back for a late error to become an HTTP status. */
  readonly bufferBytes: number;
  /** ClickHouse's own block compression of the response (`compress=1`) and of the body (`decompress=1`). */
  readonly compress: boolean;
  readonly decompress: boolean;
  /** Send the revision-dependent parts of the Native format; 0 for none. */
  readonly clientProtocolVersion: number;
}

/** Names in the URL that are not settings (src/Server/HTTPHandler.cpp, reserved_param_names). */
const reserved = new Set([
  ...['query', 'compress', 'decompress', 'user', 'password', 'quota_key', 'query_id', 'stacktrace', 'role'],
  ...['buffer_size', 'wait_end_of_query', 'session_id', 'session_timeout', 'session_check', 'close_session'],
  ...['client_protocol_version', 'database', 'default_format', 'http_response_buffer_size'],
]);
/** Names in the URL that describe the external tables of a multipart request; they are no settings. */
const externalTableOption = /_(format|types|structure)$/;
const parameterPrefix = 'param_';
/** Zero would send every bit at once; a server holds back one buffer too. */
const defaultBufferBytes = 1024 ** 2;
const defaultSessionSeconds = 60;
const maxSessionSeconds = 3600;

/** Reads what the URL and the headers say; headers win, as in ClickHouse. */
export function readQueryRequest(request: IncomingMessage, url: URLSearchParams): QueryRequest {
  const header = (name: string): string | undefined => nonEmpty(request.headers[name]?.toString());
  const parameters = new Map<string, string>();
  const settings = new Map<string, string>();
  const externalOptions = new Map<string, string>();
  for (const [name, value] of url) {
    if (isMultipart(request) && externalTableOption.test(name)) externalOptions.set(name, value);
    else sortParameter(name, value, parameters, settings);
  }
  return {
    method: request.method ?? 'GET',
    query: url.get('query') ?? '',
    queryId: nonEmpty(url.get('query_id')) ?? header('x-clickhouse-query-id') ?? randomUUID(),
    database: header('x-clickhouse-database') ?? nonEmpty(url.get('database')),
    defaultFormat: formatName(header('x-clickhouse-format') ?? nonEmpty(url.get('default_format'))),
    roles: url.getAll('role'),
    parameters,
    settings,
    externalOptions,
    session: readSession(url),
    readonly: request.method !== 'POST',
    waitEndOfQuery: flag(url, 'wait_end_of_query') || flag(url, 'http_wait_end_of_query'),
    bufferBytes: whole(url, 'buffer_size') ?? whole(url, 'http_response_buffer_size') ?? defaultBufferBytes,
    compress: flag(url, 'compress'),
    decompress: flag(url, 'decompress'),
    clientProtocolVersion: whole(url, 'client_protocol_version') ?? 0,
  };
}

/** Puts a name and value where they belong: `param_x`, reserved, or a setting. */
export function sortParameter(
  name: string,
  value: string,
  parameters: Map<string, string>,
  settings: Map<string, string>,
): void {
  if (name.startsWith(parameterPrefix)) parameters.set(name.slice(parameterPrefix.length), value);
  else if (name !== '' && !reserved.has(name)) settings.set(name, value);
}

function readSession(url: URLSearchParams): SessionRequest | undefined {
  const id = url.get('session_id');
  if (id === null) return undefined;
  return {
    id,
    timeoutSeconds: sessionTimeout(url.get('session_timeout')),
    check: flag(url, 'session_check'),
    close: flag(url, 'close_session'),
  };
}

function sessionTimeout(text: string | null): number {
  if (text === null) return defaultSessionSeconds;
  if (!/^\d+$/.test(text))
    throw clickHouseError('INVALID_SESSION_TIMEOUT', `Invalid session timeout: '${text}'.`);
  if (Number(text) > maxSessionSeconds) {
    const reason = `Session timeout '${text}' is larger than max_session_timeout: ${maxSessionSeconds}. Maximum session timeout could be modified in configuration file.`;
    throw clickHouseError('INVALID_SESSION_TIMEOUT', reason);
  }
  return Number(text);
}

/** The name goes into SQL: letters, digits and underscores only. */
function formatName(name: string | undefined): string {
  if (name === undefined) return 'TabSeparated';
  if (!/^\w+$/.test(name)) throw clickHouseError('UNKNOWN_FORMAT', `Unknown format ${name}.`);
  return name;
}

function flag(url: URLSearchParams, name: string): boolean {
  const value = url.get(name);
  if (value === null || value === '' || value === '0' || value === 'false') return false;
  if (value === '1' || value === 'true') return true;
  throw clickHouseError(
    'BAD_ARGUMENTS',
    `Cannot parse '${value}' as a boolean for the URL parameter ${name}.`,
  );
}

function whole(url: URLSearchParams, name: string): number | undefined {
  const value = url.get(name);
  if (value === null || value === '') return undefined;
  if (!/^\d+$/.test(value)) {
    throw clickHouseError(
      'BAD_ARGUMENTS',
      `Cannot parse '${value}' as a number for the URL parameter ${name}.`,
    );
  }
  return Number(value);
}

function nonEmpty(value: string | null | undefined): string | undefined {
  return value === null || value === '' ? undefined : value;
}
