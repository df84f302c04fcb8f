import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** What the page was told when it was loaded, and sends with everything that changes something. */
export const tokenHeader = 'x-streamlab-token';

/**
 * Why a request is refused, or undefined. The console has no login: whoever can reach it may use it, and that must be
 * this machine's own user, not a page of the web in that user's browser.
 *
 * - `Host` must be ours: a name that an attacker's DNS lets point to 127.0.0.1 is another (DNS rebinding).
 * - `Origin`, which browsers send with everything but plain GETs, must be ours.
 * - `Sec-Fetch-Site` says of those GETs where they come from. Another site may link to the console, no more: not embed
 *   it, nor fetch from it. Another port of this machine is another site here, although browsers call it the same.
 * - What changes something (all but GET and HEAD) must say its `Origin`, and bring the token that only a page that this
 *   server has answered can have read.
 * @see https://www.w3.org/TR/fetch-metadata/
 */
export function refusal(
  headers: IncomingHttpHeaders,
  method: string,
  { port, token }: { port: number; token: string },
): string | undefined {
  const hosts = [`127.0.0.1:${String(port)}`, `localhost:${String(port)}`];
  if (!hosts.includes(headers.host ?? '')) return `The console is at http://${hosts[0] ?? ''} only.`;
  const { origin } = headers;
  if (origin !== undefined && !hosts.some((host) => origin === `http://${host}`))
    return 'The console answers no other origin.';
  if (method !== 'GET' && method !== 'HEAD') {
    if (origin === undefined) return 'The console changes nothing for who does not say their origin.';
    if (!isSame(headers[tokenHeader], token))
      return 'The console does not know this page: it was started anew. Load the page again.';
  }
  const site = headers['sec-fetch-site'] ?? 'none';
  if (site === 'none' || site === 'same-origin') return undefined;
  const isLink =
    method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  return isLink ? undefined : 'The console answers no other site.';
}

/** Takes as long whatever is given. */
function isSame(given: string | string[] | undefined, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(String(given)), digest(token));
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
