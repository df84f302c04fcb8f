import type { IncomingMessage } from 'node:http';
import type { Body } from './body.js';
import { clickHouseError } from './errors.js';
import type { InsertData } from './execute.js';
import { externalTablesOf, type ExternalTable } from './external-tables.js';
import { readInsertHead, type InsertWithData } from './insert.js';
import { isMultipart, readForm } from './multipart.js';
import { sortParameter, type QueryRequest } from './request.js';
import { readStatement, type Statement } from './statement.js';

interface FormPart {
  readonly externalTables: readonly ExternalTable[];
  readonly formParameters: ReadonlyMap<string, string>;
}

/** What a request asks for, its text read from URL and body. */
export type QueryText = FormPart &
  (
    | { readonly kind: 'statement'; readonly statement: Statement }
    | { readonly kind: 'insert'; readonly head: InsertWithData; readonly data: InsertData }
  );

/** The text of one statement without data. The engine's own limit is max_query_size, 256 KiB unless set. */
const maxStatementBytes = 16 * 1024 ** 2;
const noForm: FormPart = { externalTables: [], formParameters: new Map() };

/**
 * Reads the query. As in ClickHouse it is the URL's `query`, a line break, and the body. Of an INSERT's data no
 * more is read here than came with its head.
 */
export async function readQueryText(
  request: IncomingMessage,
  query: QueryRequest,
  body: Body,
): Promise<QueryText> {
  if (isMultipart(request)) return readMultipart(request, query, body);
  let head: Buffer = Buffer.from(query.query === '' ? '' : `${query.query}\n`);
  if (body.compression !== 'none') return compressedInsert(head, body);
  for (let complete = false; ;) {
    const insert = readInsertHead(head.toString('latin1'), complete);
    if (insert.kind === 'data') {
      const data = { first: head.subarray(insert.dataStart), rest: body.chunks, compression: 'none' };
      return { ...noForm, kind: 'insert', head: insert, data };
    }
    if (complete || insert.kind === 'plain') {
      const whole = complete ? head : await readRest(head, body);
      return {
        ...noForm,
        kind: 'statement',
        statement: readStatement(whole.toString('utf8'), query.defaultFormat),
      };
    }
    const next = await body.chunks.next();
    if (next.done === true) complete = true;
    else head = append(head, next.value);
  }
}

/** A body only the engine can decompress has to be an INSERT's data and nothing else. */
function compressedInsert(head: Buffer, body: Body): QueryText {
  const insert = readInsertHead(head.toString('latin1'), true);
  if (insert.kind !== 'data' || insert.dataStart < head.length) {
    const reason = `Content-Encoding: ${body.compression} is supported here for the data of an INSERT whose text is in the URL.`;
    throw clickHouseError('NOT_IMPLEMENTED', reason);
  }
  const data = { first: Buffer.alloc(0), rest: body.chunks, compression: body.compression };
  return { ...noForm, kind: 'insert', head: insert, data };
}

async function readMultipart(request: IncomingMessage, query: QueryRequest, body: Body): Promise<QueryText> {
  const form = await readForm(request.headers['content-type'] ?? '', body.chunks);
  const formParameters = new Map<string, string>();
  for (const [name, value] of form.fields) sortParameter(name, value, formParameters, new Map());
  const externalTables = externalTablesOf(
    form,
    (name) => form.fields.get(name) ?? query.externalOptions.get(name),
  );
  const text = `${query.query}${form.fields.get('query') ?? ''}`;
  const statement = readStatement(text, query.defaultFormat);
  return { externalTables, formParameters, kind: 'statement', statement };
}

async function readRest(head: Buffer, body: Body): Promise<Buffer> {
  const parts = [head];
  let size = head.length;
  for (let next = await body.chunks.next(); next.done !== true; next = await body.chunks.next()) {
    size += next.value.length;
    refuseTooLarge(size);
    parts.push(next.value);
  }
  return Buffer.concat(parts);
}

function append(head: Buffer, chunk: Buffer): Buffer {
  refuseTooLarge(head.length + chunk.length);
  return Buffer.concat([head, chunk]);
}

function refuseTooLarge(size: number): void {
  if (size <= maxStatementBytes) return;
  throw clickHouseError(
    'QUERY_IS_TOO_LARGE',
    `Query is too large: more than ${maxStatementBytes} bytes of text.`,
  );
}
