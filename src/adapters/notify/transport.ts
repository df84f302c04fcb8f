import { createHash } from 'node:crypto';
import { connectFailure } from '../../domain/connect-failure.js';
import { hostOf } from '../../domain/notify/address.js';
import type { Answer, Reading } from '../../domain/notify/answer.js';
import { withoutAddress, type Secret } from '../../domain/notify/secret.js';
import { printable, shortened } from '../../domain/printable.js';

const mostRedirects = 3;
const mostBytes = 16_384;
const longestReason = 160;

export interface Post {
  address: Secret;
  /** JSON. */
  body: string;
  headers?: Readonly<Record<string, string>>;
}

/** Where a channel posts, as `Channel` says it: a place tells nothing of the address. */
export function placeOf(address: Secret): { place: string; host: string } {
  return { place: createHash('sha256').update(address.reveal()).digest('hex'), host: hostOf(address) };
}

/**
 * Posts, and gives what the answer means to the channel. The address is in no reason.
 * @throws the signal's reason when it is aborted, unless the server had accepted by then
 */
export async function exchange(
  post: Post,
  read: (answer: Answer) => Reading,
  signal: AbortSignal,
): Promise<Reading> {
  const clean = (text: string): string =>
    shortened(printable(withoutAddress(text, post.address)).trim(), longestReason);
  let reading: Reading;
  try {
    reading = await follow(post, read, signal);
  } catch (error) {
    // With what `fetch` makes of it, the reason of the signal might get lost.
    if (signal.aborted) throw signal.reason;
    reading = { says: 'failed', reason: reasonOfFailure(error) };
  }
  return 'reason' in reading ? { ...reading, reason: clean(reading.reason) } : reading;
}

async function follow(
  { address, body, headers }: Post,
  read: (answer: Answer) => Reading,
  signal: AbortSignal,
): Promise<Reading> {
  const first = new URL(address.reveal());
  let url = first;
  for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', 'user-agent': 'streamlab', ...headers },
      // Whoever answers may not send the secret and the alert elsewhere.
      redirect: 'manual',
      signal,
    });
    const target = redirectOf(response, url);
    if (target === undefined) return read(await answerOf(response));
    await response.body?.cancel();
    if (target === 'unknown') return closed(`HTTP ${response.status} without an address to go to`);
    if (target.origin !== first.origin) {
      return closed(`HTTP ${response.status}: it sends its callers to another host, ${target.host}`);
    }
    url = target;
  }
  return closed(`it sends its callers on more than ${mostRedirects} times`);
}

function closed(reason: string): Reading {
  return { says: 'closed', reason, next: 'Give the address that it leads to, if you trust that.' };
}

function redirectOf(response: Response, from: URL): URL | 'unknown' | undefined {
  // 303 asks for another page after a post that was taken; nobody but a login page does so.
  if (![301, 302, 303, 307, 308].includes(response.status)) return undefined;
  const location = response.headers.get('location') ?? '';
  if (location === '' || !URL.canParse(location, from.href)) return 'unknown';
  return new URL(location, from.href);
}

async function answerOf(response: Response): Promise<Answer> {
  return {
    status: response.status,
    header: (name) => response.headers.get(name) ?? undefined,
    // The status has come: a body that breaks off does not undo it.
    text: await beginningOf(response).catch(() => ''),
  };
}

async function beginningOf(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return '';
  const decoder = new TextDecoder();
  let text = '';
  for (let bytes = 0; bytes < mostBytes;) {
    const { done, value } = (await reader.read()) as { done: boolean; value?: Uint8Array };
    if (done || value === undefined) return text;
    bytes += value.length;
    text += decoder.decode(value, { stream: true });
  }
  await reader.cancel();
  return text;
}

function reasonOfFailure(error: unknown): string {
  const { kind, reason } = connectFailure(error);
  return kind === 'other' ? reason : `${words[kind] ?? 'no answer'} (${reason})`;
}

const words: Readonly<Partial<Record<ReturnType<typeof connectFailure>['kind'], string>>> = {
  'unknown-host': 'there is no such host',
  refused: 'nobody listens there',
  timeout: 'no answer in time',
  unreachable: 'no way to the host',
  untrusted: 'its certificate is not trusted',
  'wrong-name': 'its certificate is for another host',
  expired: 'its certificate is not valid now',
  'no-tls-there': 'it does not speak TLS',
  closed: 'the connection was closed before the answer',
};
