import { open, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Artifact } from '../../../domain/artifacts.js';
import { reasonOf } from '../../../errors.js';
import { admitJar, partBytes, partPath, sha256Of } from './artifact-cache.js';
import { checksumMismatch, downloadFailed } from './artifact-errors.js';

export interface DownloadOptions {
  folder: string;
  /** Told about bytes that arrived (or, negative, that have to be fetched again). */
  onBytes: (bytes: number) => void;
  signal: AbortSignal;
  /** Give up on a connection that has been silent so long. */
  stallTimeoutMs: number;
  /** Before the second attempt; doubled before each further one. */
  retryDelayMs: number;
}

const maxAttempts = 5;
/** An attempt that brought at least so much was no failure: a slow line may be cut many times in a large file. */
const progressBytes = 1 << 20;

/** A failure that may be gone at the next attempt. */
class Transient extends Error {}

/**
 * Brings one artifact into the cache: on from where an earlier download stopped, verified before it is admitted.
 * @throws StreamlabError DOWNLOAD_FAILED or CHECKSUM_MISMATCH; the signal's reason when aborted
 */
export async function downloadArtifact(
  artifact: Artifact,
  url: string,
  options: DownloadOptions,
): Promise<void> {
  const request = requestOf(url);
  for (let attempt = 1; ; attempt++) {
    const before = await usablePart(artifact, options);
    try {
      await fetchRest(artifact, request, before, options);
      if (await verified(artifact, request.shown, before > 0, options)) return;
    } catch (error) {
      options.signal.throwIfAborted();
      if (!(error instanceof Transient)) throw error;
      if ((await partBytes(options.folder, artifact)) - before >= progressBytes) attempt = 1;
      if (attempt >= maxAttempts) {
        const why = `${error.message} (${maxAttempts} attempts)`;
        throw downloadFailed(artifact, request.shown, why, error);
      }
    }
    await delay(options.retryDelayMs * 2 ** (attempt - 1), undefined, { signal: options.signal });
  }
}

/** Bytes that an earlier attempt left; a part that is longer than the artifact is none of it. */
async function usablePart(artifact: Artifact, { folder, onBytes }: DownloadOptions): Promise<number> {
  const bytes = await partBytes(folder, artifact);
  if (bytes <= artifact.bytes) return bytes;
  await rm(partPath(folder, artifact), { force: true });
  onBytes(-bytes);
  return 0;
}

interface Request {
  url: string;
  /** Without user and password, for messages. */
  shown: string;
  headers: Record<string, string>;
}

/** fetch takes no user and password in an address; a private mirror may need them. */
function requestOf(address: string): Request {
  const url = new URL(address);
  const { username, password } = url;
  url.username = '';
  url.password = '';
  // Compressed on the way, the bytes would be no measure and no range.
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (username !== '') {
    const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    headers.authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
  }
  return { url: url.href, shown: url.href, headers };
}

/** Whether the part is the artifact, which it then becomes; false if a resumed part has to be fetched anew. */
async function verified(
  artifact: Artifact,
  shown: string,
  resumed: boolean,
  { folder, signal, onBytes }: DownloadOptions,
): Promise<boolean> {
  const part = partPath(folder, artifact);
  const sha256 = await sha256Of(part, signal);
  if (sha256 === artifact.sha256) {
    await admitJar(folder, artifact);
    return true;
  }
  await rm(part, { force: true });
  onBytes(-artifact.bytes);
  if (resumed) return false;
  throw checksumMismatch(artifact, shown, { bytes: artifact.bytes, sha256 });
}

async function fetchRest(
  artifact: Artifact,
  request: Request,
  have: number,
  options: DownloadOptions,
): Promise<void> {
  if (have === artifact.bytes) return;
  const watchdog = new AbortController();
  const stalled = new Transient(`nothing arrived for ${options.stallTimeoutMs / 1000} s`);
  const timer = setTimeout(() => {
    watchdog.abort(stalled);
  }, options.stallTimeoutMs);
  const signal = AbortSignal.any([options.signal, watchdog.signal]);
  try {
    const headers = have > 0 ? { ...request.headers, range: `bytes=${have}-` } : request.headers;
    const response = await orAborted(fetch(request.url, { headers, signal }), signal).catch(asTransient);
    await appendBody(artifact, request.shown, response, have, {
      ...options,
      signal,
      onChunk: () => timer.refresh(),
    });
  } catch (error) {
    if (watchdog.signal.aborted) throw stalled;
    throw error;
  } finally {
    clearTimeout(timer);
    // Frees the connection when the rest of an answer is not wanted.
    watchdog.abort();
  }
}

async function appendBody(
  artifact: Artifact,
  shown: string,
  response: Response,
  have: number,
  options: DownloadOptions & { onChunk: () => void },
): Promise<void> {
  const start = startOf(response, have);
  if (start === undefined) {
    await rm(partPath(options.folder, artifact), { force: true });
    options.onBytes(-have);
    throw new Transient(`the server does not go on at byte ${have}`);
  }
  if (!response.ok) throw statusError(artifact, shown, response.status);
  const announced = response.headers.get('content-length');
  if (announced !== null && start + Number(announced) !== artifact.bytes) {
    throw checksumMismatch(artifact, shown, { bytes: start + Number(announced) });
  }
  if (start < have) options.onBytes(start - have);
  const written = await writeFrom(start, response, artifact, shown, options);
  if (written < artifact.bytes) throw new Transient(`it ended after ${written} of ${artifact.bytes} bytes`);
}

/** The offset of the first byte of an answer, undefined if it is not one we can use. RFC 9110, section 14. */
function startOf(response: Response, asked: number): number | undefined {
  if (response.status === 416) return undefined;
  if (response.status !== 206) return 0;
  const first = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1];
  return Number(first) === asked ? asked : undefined;
}

async function writeFrom(
  start: number,
  response: Response,
  artifact: Artifact,
  shown: string,
  { folder, onBytes, onChunk, signal }: DownloadOptions & { onChunk: () => void },
): Promise<number> {
  const part = partPath(folder, artifact);
  const file = await open(part, start === 0 ? 'w' : 'a');
  let size = start;
  try {
    const body = (response.body ?? []) as AsyncIterable<Uint8Array>;
    for await (const chunk of transientErrors(body, signal)) {
      onChunk();
      size += chunk.length;
      if (size > artifact.bytes) break;
      await file.appendFile(chunk);
      onBytes(chunk.length);
    }
  } finally {
    await file.close();
  }
  if (size <= artifact.bytes) return size;
  await rm(part, { force: true });
  throw checksumMismatch(artifact, shown, { bytes: size });
}

/** Errors of the connection, told apart from those of the disk. */
async function* transientErrors(
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const iterator = body[Symbol.asyncIterator]();
  for (;;) {
    const next = await orAborted(iterator.next(), signal).catch(asTransient);
    if (next.done === true) return;
    yield next.value;
  }
}

/**
 * Rejects when the signal aborts, whatever becomes of the work. fetch of Node 20 (undici 6) alone does not always:
 * an abort while the body is read can leave that read pending for ever.
 */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => {
      reject(new Error('aborted', { cause: signal.reason }));
    };
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    void work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', onAbort);
    });
  });
}

function asTransient(error: unknown): never {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  throw new Transient(reasonOf(cause), { cause: error });
}

function statusError(artifact: Artifact, shown: string, status: number): Error {
  if (status >= 500 || status === 408 || status === 429)
    return new Transient(`the server answered ${status}`);
  const why = status === 404 ? 'the repository does not have it (404).' : `the server answered ${status}.`;
  return downloadFailed(artifact, shown, why);
}
