import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/**
 * Why a request is refused, or undefined. The console has no login: whoever can reach it may use it, and that must be
 * this machine's own user, not a page of the web in that user's browser.
 *
 * - `Host` must be ours: a name that an attacker's DNS lets point to 127.0.0.1 is another (DNS rebinding).
 * - `Origin`, which browsers send with everything but plain GETs, must be ours.
 * - `Sec-Fetch-Site` says of those GETs where they come from. Another site may link to the console, no more: not embed
 *   it, nor fetch from it. Another port of this machine is another site here, although browsers call it the same.
 * @see https://www.w3.org/TR/fetch-metadata/
 */
export function refusal(headers: IncomingHttpHeaders, method: string, port: number): string | undefined {
  const hosts = [`127.0.0.1:${String(port)}`, `localhost:${String(port)}`];
  if (!hosts.includes(headers.host ?? '')) return `The console is at http://${hosts[0] ?? ''} only.`;
  const { origin } = headers;
  if (origin !== undefined && !hosts.some((host) => origin === `http://${host}`))
    return 'The console answers no other origin.';
  const site = headers['sec-fetch-site'] ?? 'none';
  if (site === 'none' || site === 'same-origin') return undefined;
  const isLink =
    method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  return isLink ? undefined : 'The console answers no other site.';
}

/** Where the page puts the token of its session. */
const tokenHeader = 'x-streamlab-token';

/**
 * Why a request that may change something is refused, or undefined. No form of another site can send JSON, nor this
 * header; and only a page that this console answers knows the token (CSRF), which changes with every start.
 */
export function unprovenRefusal(headers: IncomingHttpHeaders, token: string): string | undefined {
  if (!/^application\/json(;|$)/.test(headers['content-type'] ?? '')) return 'The console takes JSON only.';
  const given = headers[tokenHeader];
  if (typeof given === 'string' && timingSafeEqual(hashed(given), hashed(token))) return undefined;
  return 'The console does not know this page: it may have been started again since the page was loaded.';
}

/** Of one length, whatever the text. */
function hashed(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Of every answer: nothing from elsewhere, nothing inline, no text as markup, no frame around it, nothing kept. */
export const safeHeaders = {
  'content-security-policy':
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
} as const;
