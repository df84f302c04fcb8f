import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Transform } from 'node:stream';
import { bodyError, openBody } from './body.js';
import type { Engine, EngineSession } from './engine.js';
import { chooseEncoding, encoderFor } from './encoding.js';
import { clickHouseError, errorCodes, toClickHouseException } from './errors.js';
import { executeInsert, executeRows, executeWhole, type Execution, type Outcome } from './execute.js';
import { contentTypeOf } from './formats.js';
import type { Log } from './log.js';
import { loadExternalTable } from './external-tables.js';
import { NativeCompressor } from './native-compression.js';
import { readQueryRequest, type QueryRequest } from './request.js';
import { QueryResult, type ResultOptions } from './result.js';
import type { RunningQueries, RunningQuery } from './running.js';
import { applySetup, undoOf, type Setup } from './session-setup.js';
import type { NamedSessions } from './sessions.js';
import type { Slots } from './slots.js';
import { readQueryText, type QueryText } from './query-text.js';

export interface QueryDeps {
  readonly engine: Engine;
  readonly slots: Slots;
  readonly sessions: NamedSessions;
  readonly running: RunningQueries;
  readonly spoolDir: string;
  readonly log: Log;
}

/** Errors and results that are sent as they are. */
function plainResult(deps: QueryDeps): ResultOptions {
  return {
    bufferBytes: 0,
    waitEndOfQuery: false,
    spoolFile: join(deps.spoolDir, randomUUID()),
    encoders: [],
    contentEncoding: undefined,
    version: deps.engine.version,
  };
}

/** The result as the request wants it: held back, compressed. */
function resultOptions(request: IncomingMessage, query: QueryRequest, deps: QueryDeps): ResultOptions {
  const wanted = ['1', 'true'].includes(query.settings.get('enable_http_compression') ?? '0');
  const encoding = wanted ? chooseEncoding(request.headers['accept-encoding']?.toString() ?? '') : undefined;
  const encoders: Transform[] = [];
  if (query.compress) encoders.push(new NativeCompressor());
  if (encoding !== undefined)
    encoders.push(encoderFor(encoding, query.settings.get('http_zlib_compression_level')));
  const { bufferBytes, waitEndOfQuery } = query;
  return { ...plainResult(deps), bufferBytes, waitEndOfQuery, encoders, contentEncoding: encoding };
}

/** Answers one query; every failure becomes ClickHouse's form of an error, none is thrown. */
export async function handleQuery(
  request: IncomingMessage,
  response: ServerResponse,
  url: URLSearchParams,
  deps: QueryDeps,
): Promise<void> {
  const result = new QueryResult(response, plainResult(deps));
  try {
    const query = readQueryRequest(request, url);
    response.setHeader('X-ClickHouse-Query-Id', query.queryId);
    response.setHeader('X-ClickHouse-Timezone', deps.engine.timezone);
    result.configure(resultOptions(request, query, deps));
    await new QueryRun(request, response, query, result, deps).run();
  } catch (error) {
    const exception = toClickHouseException(error);
    if (exception.code === errorCodes.UNKNOWN_EXCEPTION) {
      deps.log.error('query.failed', { message: exception.reason });
    }
    await result.fail(exception);
  } finally {
    // What is left of the body must not be taken for the next request.
    request.unpipe();
    request.resume();
  }
}

/** One request's way through session, slot and engine. */
class QueryRun {
  readonly #gone = new AbortController();

  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    private readonly query: QueryRequest,
    private readonly result: QueryResult,
    private readonly deps: QueryDeps,
  ) {
    response.on('close', () => {
      if (!response.writableFinished) this.#gone.abort();
    });
  }

  async run(): Promise<void> {
    const body = openBody(this.request, this.query.decompress);
    const text = await readQueryText(this.request, this.query, body).catch((error: unknown) => {
      throw bodyError(error);
    });
    if (text.kind === 'statement' && text.statement.kind === 'empty') throw emptyQuery();
    const { body: rest, summary } = await this.#inSession(text);
    if (rest && rest.length > 0) await this.result.write(rest, () => summary);
    await this.result.end(summary);
  }

  /** Session and slot are given back as soon as the engine is done, however slowly the client reads. */
  async #inSession(text: QueryText): Promise<Outcome> {
    const lease = this.query.session ? this.deps.sessions.lease(this.query.session) : undefined;
    try {
      return await this.#inSlot(text, lease?.session);
    } finally {
      lease?.release();
    }
  }

  async #inSlot(text: QueryText, named: EngineSession | undefined): Promise<Outcome> {
    const slot = await this.deps.slots.acquire(this.#gone.signal);
    let session: EngineSession | undefined;
    try {
      // A session without an id lives for one request: settings, parameters and leftovers of errors go with it.
      session = named ?? this.deps.engine.open(this.query.readonly ? { readonly: '2' } : {});
      return await this.#asRunning(text, session, slot.fifo, named !== undefined);
    } finally {
      if (!named) session?.close();
      this.deps.slots.release(slot);
    }
  }

  async #asRunning(text: QueryText, session: EngineSession, fifo: string, named: boolean): Promise<Outcome> {
    const { running } = this.deps;
    const query = running.add(this.query.queryId, this.query.settings.get('log_comment'));
    this.#gone.signal.addEventListener('abort', () => {
      this.#onClientGone(query, text);
    });
    try {
      const setup = this.#setup(query, text);
      const undo = named ? await undoOf(session, setup) : [];
      try {
        await applySetup(session, setup);
        return await this.#execute({ session, fifo, query, running }, text);
      } finally {
        for (const sql of undo) await session.run(sql);
      }
    } finally {
      running.remove(query);
    }
  }

  #setup(query: RunningQuery, text: QueryText): Setup {
    const { database, roles, settings } = this.query;
    const parameters = new Map([...text.formParameters, ...this.query.parameters]);
    return { database, roles, settings, parameters, logComment: query.comment };
  }

  /** A SELECT nobody waits for is cancelled; a write that has arrived whole runs on, as in ClickHouse. */
  #onClientGone(query: RunningQuery, text: QueryText): void {
    const reads = text.kind === 'statement' && (text.statement.kind === 'rows' || this.query.readonly);
    if (!reads || query.settled) return;
    this.deps.log.info('query.cancelled', { queryId: query.queryId, reason: 'client gone' });
    void this.deps.running.kill(query);
  }

  async #execute(execution: Execution, text: QueryText): Promise<Outcome> {
    if (this.#gone.signal.aborted)
      throw clickHouseError('QUERY_WAS_CANCELLED', 'Query was cancelled: the client is gone.');
    for (const table of text.externalTables) await loadExternalTable(execution, table);
    if (text.kind === 'insert') {
      this.#refuseWrite();
      return executeInsert(execution, text.head, text.data);
    }
    const { statement } = text;
    if (statement.kind === 'empty') throw emptyQuery();
    const yieldsRows = statement.kind !== 'other' || statement.yieldsRows;
    if (yieldsRows) this.#describe(statement.format);
    if (statement.kind === 'rows') return executeRows(execution, statement, this.result);
    if (!yieldsRows) this.#refuseWrite(statement.sql);
    return executeWhole(execution, statement);
  }

  /** In a session with an id, whose settings outlive the request, GET cannot be held back by the engine's `readonly`. */
  #refuseWrite(sql = 'INSERT'): void {
    if (!this.query.readonly || !this.query.session) return;
    if (/^\s*(SET|USE|CREATE\s+TEMPORARY)\s/i.test(sql)) return;
    throw clickHouseError(
      'READONLY',
      'Cannot execute query in readonly mode. For queries over HTTP, method GET implies readonly. You should use method POST for modifying queries.',
    );
  }

  #describe(format: string): void {
    this.response.setHeader('X-ClickHouse-Format', format);
    this.response.setHeader('Content-Type', contentTypeOf(format));
  }
}

function emptyQuery(): Error {
  return clickHouseError('SYNTAX_ERROR', 'Syntax error: failed at position 1 (end of query): Empty query.');
}
