import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { HttpAccess } from '../../domain/connections.js';
import { SqlRejected } from '../../domain/sql-rejected.js';
import { StreamlabError } from '../../errors.js';
import { abortError, RefusedRequest, request, type RestOptions } from './http.js';
import { positionIn, rootCauseOf } from './java-errors.js';

/** What a statement gave. */
export interface SqlResult {
  columns: string[];
  /** One array of JSON values for each row, in the order of the columns. */
  rows: unknown[][];
  /** The Flink job that the statement started, if it started one. */
  jobId: string | undefined;
}

export interface SqlSession {
  /**
   * Runs one statement and fetches its whole result.
   * @throws SqlRejected
   * @throws StreamlabError SERVICE_UNREACHABLE, TIMED_OUT, INTERRUPTED
   */
  execute(sql: string, signal?: AbortSignal): Promise<SqlResult>;
  /** Forgets the session's tables and settings; jobs it started go on. Never throws. */
  close(): Promise<void>;
}

const sessionAnswer = z.object({ sessionHandle: z.string() });
const operationAnswer = z.object({ operationHandle: z.string() });
const anyAnswer = z.unknown();
const resultAnswer = z.object({
  resultType: z.enum(['NOT_READY', 'PAYLOAD', 'EOS']),
  nextResultUri: z.string().nullish(),
  jobID: z.string().nullish(),
  results: z
    .object({
      columns: z.array(z.object({ name: z.string() })),
      data: z.array(z.object({ fields: z.array(z.unknown()) })),
    })
    .nullish(),
});

const FIRST_POLL_MS = 20;
const LONGEST_POLL_MS = 500;

/**
 * Opens a session on a SQL Gateway (its REST API v3, which Flink 2.0 and later speak). The gateway forgets a session
 * that nobody used for `sql-gateway.session.idle-timeout` (10 minutes); polling a result counts as use.
 *
 * @param gatewayUrl address without a slash at the end
 * @param properties Flink settings of the session
 * @throws StreamlabError SERVICE_UNREACHABLE, SERVICE_FAILED, TIMED_OUT, INTERRUPTED
 */
export async function openSqlSession(
  gatewayUrl: string,
  properties: Readonly<Record<string, string>> = {},
  signal?: AbortSignal,
  access?: HttpAccess,
): Promise<SqlSession> {
  const rest: RestOptions = { service: 'the SQL Gateway', url: gatewayUrl, access };
  try {
    const { sessionHandle } = await request(rest, {
      method: 'POST',
      path: '/v3/sessions',
      body: { sessionName: 'streamlab', properties },
      answer: sessionAnswer,
      signal,
    });
    return new GatewaySession(rest, sessionHandle);
  } catch (error) {
    if (!(error instanceof RefusedRequest)) throw error;
    throw new StreamlabError(
      'SERVICE_FAILED',
      `The SQL Gateway at ${gatewayUrl} opens no session: ${error.message}`,
      {
        cause: error,
      },
    );
  }
}

class GatewaySession implements SqlSession {
  constructor(
    private readonly rest: RestOptions,
    private readonly handle: string,
  ) {}

  async execute(sql: string, signal?: AbortSignal): Promise<SqlResult> {
    try {
      const path = `/v3/sessions/${this.handle}/statements`;
      const { operationHandle } = await request(this.rest, {
        method: 'POST',
        path,
        body: { statement: sql },
        answer: operationAnswer,
        signal,
      });
      return await this.fetchOrCancel(`/v3/sessions/${this.handle}/operations/${operationHandle}`, signal);
    } catch (error) {
      if (error instanceof RefusedRequest) throw rejection(error.detail);
      throw error;
    }
  }

  async close(): Promise<void> {
    const path = `/v3/sessions/${this.handle}`;
    await request(this.rest, { method: 'DELETE', path, answer: anyAnswer }).catch(() => undefined);
  }

  /** A statement that the caller no longer waits for is cancelled, so that it does not run on unseen. */
  private async fetchOrCancel(operation: string, signal: AbortSignal | undefined): Promise<SqlResult> {
    try {
      return await this.fetchAll(operation, signal);
    } catch (error) {
      if (signal?.aborted === true) {
        const cancel = { method: 'POST', path: `${operation}/cancel`, answer: anyAnswer } as const;
        await request(this.rest, cancel).catch(() => undefined);
      }
      throw error;
    }
  }

  /** Follows the chain of result pages to its end. NOT_READY repeats a page, PAYLOAD may be empty, EOS ends it. */
  private async fetchAll(operation: string, signal: AbortSignal | undefined): Promise<SqlResult> {
    const result: SqlResult = { columns: [], rows: [], jobId: undefined };
    let path: string | undefined = `${operation}/result/0?rowFormat=JSON`;
    let waitMs = FIRST_POLL_MS;
    while (path !== undefined) {
      const page: z.infer<typeof resultAnswer> = await request(this.rest, {
        method: 'GET',
        path,
        answer: resultAnswer,
        signal,
      });
      result.jobId ??= page.jobID ?? undefined;
      if (page.results) {
        result.columns = page.results.columns.map((column) => column.name);
        for (const row of page.results.data) result.rows.push(row.fields);
      }
      if (page.resultType === 'EOS') break;
      if (page.resultType === 'NOT_READY') {
        await pause(waitMs, signal);
        waitMs = Math.min(waitMs * 2, LONGEST_POLL_MS);
      }
      path = page.nextResultUri ?? undefined;
    }
    return result;
  }
}

/** The gateway plans a job and submits it in one go; its trace tells which of the two failed. */
function rejection(trace: string): SqlRejected {
  const phase = trace.includes('Failed to execute job') ? 'submission' : 'sql';
  return new SqlRejected(rootCauseOf(trace), phase, positionIn(trace));
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    throw signal?.aborted === true ? abortError(signal, 'waiting for a SQL statement') : error;
  }
}
