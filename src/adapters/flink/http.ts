import { z } from 'zod';
import type { HttpAccess } from '../../domain/connections.js';
import { reasonOf, StreamlabError } from '../../errors.js';
import { rootCauseOf } from './java-errors.js';
import { send } from './transport.js';

/** A service that was reached and said no. Never leaves this room: callers make a StreamlabError of it. */
export class RefusedRequest extends Error {
  constructor(
    readonly status: number,
    /** What the service said, with the Java stack trace it usually sends. */
    readonly detail: string,
  ) {
    super(rootCauseOf(detail) || `HTTP ${status}`);
    this.name = 'RefusedRequest';
  }
}

export interface RestOptions {
  /** How the service is called in messages, such as `the SQL Gateway`. */
  service: string;
  /** Address without a slash at the end. */
  url: string;
  /** What a proxy in front of it asks for. */
  access?: HttpAccess | undefined;
  /** A request that takes longer is given up. */
  requestTimeoutMs?: number;
}

export interface RestRequest<T> {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  path: string;
  body?: unknown;
  answer: z.ZodType<T>;
  signal?: AbortSignal | undefined;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const refusal = z.object({ errors: z.array(z.string()) });

/**
 * One JSON request to Flink's REST interfaces.
 * @throws RefusedRequest when the service answers with an error
 * @throws StreamlabError SERVICE_UNREACHABLE, NOT_PERMITTED, TIMED_OUT, INTERRUPTED, SERVICE_FAILED (an answer that is not
 * understood)
 */
export async function request<T>(
  options: RestOptions,
  { method, path, body, answer, signal }: RestRequest<T>,
): Promise<T> {
  const timeout = AbortSignal.timeout(options.requestTimeoutMs ?? DEFAULT_TIMEOUT_MS);
  let status: number;
  let text: string;
  try {
    ({ status, text } = await send({
      url: `${options.url}${path}`,
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
      access: options.access,
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    }));
  } catch (error) {
    throw transportError(options, error, { signal, timeout });
  }
  const json = parseJson(text);
  if (status >= 400) {
    const said = refusal.safeParse(json);
    // Flink itself knows no users, and its own refusals are lists of errors: this one comes from a proxy before it.
    if (!said.success && (status === 401 || status === 403)) throw notPermitted(options, status);
    throw new RefusedRequest(status, said.success ? said.data.errors.join('\n') : text);
  }
  const parsed = answer.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new StreamlabError(
    'SERVICE_FAILED',
    `${capital(options.service)} at ${options.url} gave an answer to ${method} ${path} that streamlab does not understand.`,
    {
      suggestions: ['Check that it is Flink 2.2 that listens there.'],
      cause: parsed.error,
    },
  );
}

function notPermitted({ service, url }: RestOptions, status: number): StreamlabError {
  return new StreamlabError(
    'NOT_PERMITTED',
    `${capital(service)} at ${url} refused the login (HTTP ${status}).`,
    {
      suggestions: ['Check STREAMLAB_FLINK_TOKEN, or flinkUser and STREAMLAB_FLINK_PASSWORD.'],
    },
  );
}

/** The deadline of a caller's signal, told apart from Ctrl-C. */
export function abortError(signal: AbortSignal, doing: string): StreamlabError {
  const reason: unknown = signal.reason;
  if (reason instanceof StreamlabError) return reason;
  const isDeadline = reason instanceof Error && reason.name === 'TimeoutError';
  return new StreamlabError(
    isDeadline ? 'TIMED_OUT' : 'INTERRUPTED',
    `${isDeadline ? 'Timed out' : 'Interrupted'} while ${doing}.`,
    {
      cause: reason,
    },
  );
}

function transportError(
  options: RestOptions,
  error: unknown,
  signals: { signal: AbortSignal | undefined; timeout: AbortSignal },
): StreamlabError {
  const doing = `waiting for ${options.service} at ${options.url}`;
  if (signals.signal?.aborted === true) return abortError(signals.signal, doing);
  if (signals.timeout.aborted) return abortError(signals.timeout, doing);
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return new StreamlabError(
    'SERVICE_UNREACHABLE',
    `${capital(options.service)} does not answer at ${options.url}: ${reasonOf(cause)}.`,
    {
      suggestions: ['See what runs with: streamlab status', 'Start the lab with: streamlab up'],
      cause: error,
    },
  );
}

function parseJson(text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
