import type { IncomingMessage } from 'node:http';
import { clickHouseError } from './errors.js';

/** Multipart bodies are held in memory; they carry parameters and small external tables. */
const maxMultipartBytes = 64 * 1024 ** 2;

export interface Form {
  readonly fields: ReadonlyMap<string, string>;
  readonly files: ReadonlyMap<string, Buffer>;
}

export function isMultipart(request: IncomingMessage): boolean {
  return (request.headers['content-type'] ?? '').toLowerCase().startsWith('multipart/form-data');
}

/** Reads a whole multipart/form-data body. */
export async function readForm(contentType: string, chunks: AsyncIterator<Buffer>): Promise<Form> {
  const parts: Buffer[] = [];
  let size = 0;
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
    size += next.value.length;
    if (size > maxMultipartBytes) {
      throw clickHouseError(
        'QUERY_IS_TOO_LARGE',
        `A multipart request may hold ${maxMultipartBytes} bytes here.`,
      );
    }
    parts.push(next.value);
  }
  // Deprecated for servers because it holds the body in memory, which is bounded above.
  const body = new Response(Buffer.concat(parts), { headers: { 'content-type': contentType } });
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  const form = await body.formData().catch((cause: unknown) => {
    throw clickHouseError('BAD_ARGUMENTS', `Cannot read the multipart body: ${String(cause)}.`);
  });
  const fields = new Map<string, string>();
  const files = new Map<string, Buffer>();
  for (const [name, value] of form) {
    if (typeof value === 'string') fields.set(name, value);
    else files.set(name, Buffer.from(await value.arrayBuffer()));
  }
  return { fields, files };
}
