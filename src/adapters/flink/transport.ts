import { request as requestPlain } from 'node:http';
import { Agent, request as requestTls } from 'node:https';
import type { HttpAccess } from '../../domain/connections.js';

export interface HttpRequest {
  url: string;
  method: string;
  /** JSON text. */
  body: string | undefined;
  access: HttpAccess | undefined;
  signal: AbortSignal;
}

export interface HttpAnswer {
  status: number;
  text: string;
}

/** Node's fetch takes no authorities and no client certificate, unless with a package of its own: so by hand. */
export function send({ url, method, body, access, signal }: HttpRequest): Promise<HttpAnswer> {
  const payload = body === undefined ? undefined : Buffer.from(body);
  const headers = {
    accept: 'application/json',
    ...(payload === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': String(payload.length) }),
    ...(access?.authorization === undefined ? {} : { authorization: access.authorization }),
  };
  return new Promise((resolve, reject) => {
    const options = { method, headers, signal };
    const request = url.startsWith('https:')
      ? requestTls(url, { ...options, agent: new Agent({ ...access?.tls }) })
      : requestPlain(url, { ...options, agent: false });
    request.once('error', reject);
    request.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') });
      });
    });
    request.end(payload);
  });
}
