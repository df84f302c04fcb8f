import type { Socket } from 'node:net';
import type { StatementResult, EngineSession } from './engine.js';
import { bodyError } from './body.js';
import { ClickHouseException, toClickHouseException } from './errors.js';
import { openFifoReader, openFifoWriter } from './fifo.js';
import { readStatistics, statisticsTailBytes } from './formats.js';
import type { InsertWithData } from './insert.js';
import { isWord, tokenize } from './lexer.js';
import type { QueryResult, Summary } from './result.js';
import { queryIdExpression, type RunningQueries, type RunningQuery } from './running.js';
import { outFileClause, type Statement } from './statement.js';

/** A statement's place in the engine. */
export interface Execution {
  readonly session: EngineSession;
  readonly fifo: string;
  readonly query: RunningQuery;
  readonly running: RunningQueries;
}

/** How a statement ended well: what is still to be sent, and its figures. */
export interface Outcome {
  readonly body?: Buffer;
  readonly summary: Summary;
}

interface Figures {
  readRows?: number;
  readBytes?: number;
  writtenRows?: number;
  writtenBytes?: number;
  resultRows?: number;
  resultBytes?: number;
}

/** Runs a statement whose rows may be many: engine, pipe, response, nothing of it held whole. */
export async function executeRows(
  execution: Execution,
  statement: Extract<Statement, { kind: 'rows' }>,
  result: QueryResult,
): Promise<Outcome> {
  const { session, fifo, query } = execution;
  query.fifo = fifo;
  query.settled = false;
  const reader = openFifoReader(fifo);
  const killed = new AbortController();
  const killing = new Promise<void>((resolve) => {
    killed.signal.addEventListener('abort', () => {
      resolve();
    });
  });
  query.onKilled = () => {
    killed.abort();
  };
  const run = session.run(statement.sql(fifo)).finally(() => {
    query.settled = true;
    reader.writerDone();
  });
  run.catch(() => undefined);
  let sentBytes = 0;
  let tail = Buffer.alloc(0);
  for await (const chunk of reader.socket as AsyncIterable<Buffer>) {
    sentBytes += chunk.length;
    tail = Buffer.concat([tail, chunk.subarray(-statisticsTailBytes)]).subarray(-statisticsTailBytes);
    // A killed query's output is thrown away: its thread sits in a write to the pipe until somebody reads.
    if (killed.signal.aborted) continue;
    await Promise.race([result.write(chunk, () => summaryOf(query, {})), killing]);
  }
  const figures = await run.catch((error: unknown) => {
    throw withoutClause(error, fifo);
  });
  const statistics = readStatistics(statement.format, tail.toString('latin1'));
  return {
    summary: summaryOf(query, {
      resultRows: figures.rows,
      resultBytes: sentBytes,
      ...(statistics && { readRows: statistics.rows, readBytes: statistics.bytes }),
    }),
  };
}

/** An INSERT's data: what came with its text, and what is still on its way. */
export interface InsertData {
  readonly first: Buffer;
  readonly rest: AsyncIterator<Buffer>;
  /** What the engine has to undo, `none` for nothing. */
  readonly compression: string;
}

/** Runs an INSERT whose data comes in pieces: request, pipe, engine. */
export async function executeInsert(
  execution: Execution,
  head: InsertWithData,
  data: InsertData,
): Promise<Outcome> {
  const { session, fifo, query } = execution;
  query.fifo = fifo;
  query.settled = false;
  const run = session.run(head.sql(fifo, data.compression)).finally(() => {
    query.settled = true;
  });
  const settling = run.then(
    () => undefined,
    () => undefined,
  );
  const pipe = await openFifoWriter(fifo, () => query.settled);
  if (pipe) {
    query.onKilled = () => pipe.destroy();
    await feed(pipe, data, settling).catch(async (error: unknown) => {
      // The pipe must not simply end: the engine would take what it has for the whole.
      await execution.running.kill(query);
      throw bodyError(error);
    });
  }
  const { rows, sizeBytes } = await run;
  const summary = { readRows: rows, readBytes: sizeBytes, writtenRows: rows, writtenBytes: sizeBytes };
  return { summary: summaryOf(query, summary) };
}

/** Runs a statement whose result is small or none. */
export async function executeWhole(
  execution: Execution,
  statement: Extract<Statement, { kind: 'other' | 'kill' }>,
): Promise<Outcome> {
  const { session, query } = execution;
  if (statement.kind === 'other' && statement.keyword === 'INSERT') {
    const written = await session.write(statement.sql);
    return { summary: summaryOf(query, { writtenRows: written.rows, writtenBytes: written.sizeBytes }) };
  }
  const { bytes, rows } =
    statement.kind === 'kill'
      ? await runKill(execution, statement.sql, statement.format)
      : await session.run(statement.sql, statement.format);
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { body, summary: summaryOf(query, { resultRows: rows, resultBytes: body.length }) };
}

/** A user's KILL names our query ids. While it runs, what it hits is let go of (a KILL … SYNC waits for that). */
async function runKill(
  { session, running }: Execution,
  sql: string,
  format: string,
): Promise<StatementResult> {
  const run = session.run(withOurQueryIds(sql), format);
  const release = setInterval(() => void running.releaseKilled(), 100);
  try {
    return await run;
  } finally {
    clearInterval(release);
    await running.releaseKilled();
  }
}

/** `KILL QUERY WHERE query_id = 'x'` with our id of a query in place of the engine's. */
export function withOurQueryIds(sql: string): string {
  let text = '';
  let from = 0;
  for (const token of tokenize(sql)) {
    if (!isWord(token, 'QUERY_ID') && token.text !== '`query_id`' && token.text !== '"query_id"') continue;
    text += `${sql.slice(from, token.start)}${queryIdExpression}`;
    from = token.end;
  }
  return text + sql.slice(from);
}

/** Writes the data into the pipe at the engine's pace; returns early when the engine has stopped reading. */
async function feed(pipe: Socket, data: InsertData, settling: Promise<void>): Promise<void> {
  const closing = new Promise<void>((resolve) => pipe.once('close', resolve));
  const stop = Promise.race([closing, settling]).then(() => 'stop' as const);
  // EPIPE: the engine has found an error and closed its end; the statement says which.
  pipe.on('error', () => undefined);
  for (let chunk: Buffer | undefined = data.first; chunk !== undefined;) {
    if (chunk.length > 0 && !pipe.write(chunk)) {
      const drained = new Promise<void>((resolve) => pipe.once('drain', resolve));
      if ((await Promise.race([drained, stop])) === 'stop') break;
    }
    const next = await Promise.race([data.rest.next(), stop]);
    if (next === 'stop') break;
    chunk = next.done === true ? undefined : next.value;
  }
  if (pipe.destroyed) return;
  pipe.end();
  await stop;
  pipe.destroy();
}

/** The error as for the statement the client sent, without the clause put into it. */
function withoutClause(error: unknown, fifo: string): ClickHouseException {
  const { code, type, reason, status } = toClickHouseException(error);
  const cleaned = reason.replaceAll(outFileClause(fifo), '').replaceAll(outFileClause(fifo).trim(), '');
  return new ClickHouseException(code, type, cleaned, status);
}

/** The `X-ClickHouse-Summary` of a statement: what it told itself, else what was last seen of it while it ran. */
function summaryOf(query: RunningQuery, figures: Figures): Summary {
  const { progress } = query;
  const numbers = {
    read_rows: figures.readRows ?? progress.readRows,
    read_bytes: figures.readBytes ?? progress.readBytes,
    written_rows: figures.writtenRows ?? progress.writtenRows,
    written_bytes: figures.writtenBytes ?? progress.writtenBytes,
    total_rows_to_read: progress.totalRowsToRead,
    result_rows: figures.resultRows ?? figures.writtenRows ?? 0,
    result_bytes: figures.resultBytes ?? figures.writtenBytes ?? 0,
    elapsed_ns: Math.round((performance.now() - query.startedAtMs) * 1e6),
    memory_usage: progress.memoryUsageBytes,
  };
  return Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, String(value)]));
}
