import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { clickHouseError } from './errors.js';

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/**
 * The user and password of a request: `X-ClickHouse-User`/`-Key` headers, or basic auth, or the URL. Mixing the
 * ways is refused, as ClickHouse refuses it (src/Server/HTTP/authenticateUserByHTTP.cpp).
 */
export function credentialsOf(headers: IncomingHttpHeaders, url: URLSearchParams): Credentials {
  const headerUser = single(headers['x-clickhouse-user']);
  const headerKey = single(headers['x-clickhouse-key']);
  const byHeader = headerUser !== '' || headerKey !== '';
  const authorization = headers.authorization ?? '';
  const byUrl = url.has('user') || url.has('password');
  if ([byHeader, authorization !== '', byUrl].filter(Boolean).length > 1) {
    throw clickHouseError(
      'AUTHENTICATION_FAILED',
      'Invalid authentication: it is not allowed to use more than one of X-ClickHouse HTTP headers, the Authorization HTTP header and URL parameters.',
    );
  }
  if (byHeader) return { user: headerUser || 'default', password: headerKey };
  if (authorization !== '') return basic(authorization);
  return { user: url.get('user') ?? 'default', password: url.get('password') ?? '' };
}

/** Throws AUTHENTICATION_FAILED (HTTP 403) unless the credentials are the expected ones. */
export function authenticate(given: Credentials, expected: Credentials): void {
  // Both are compared whatever the first says: the time taken tells nothing.
  const ok = [equal(given.user, expected.user), equal(given.password, expected.password)].every(Boolean);
  if (ok) return;
  throw clickHouseError(
    'AUTHENTICATION_FAILED',
    `${given.user}: Authentication failed: password is incorrect, or there is no user with such name.`,
  );
}

function basic(authorization: string): Credentials {
  const [, scheme, encoded] = /^(\S+)\s+(\S+)$/.exec(authorization.trim()) ?? [];
  if (scheme?.toLowerCase() !== 'basic' || encoded === undefined) {
    throw clickHouseError(
      'AUTHENTICATION_FAILED',
      `Invalid authentication: '${scheme ?? 'empty'}' HTTP Authorization scheme is not supported.`,
    );
  }
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon < 0) return { user: decoded, password: '' };
  return { user: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}

/** Node gives a header's bytes as latin1; names and passwords are UTF-8. */
function single(value: string | string[] | undefined): string {
  const text = (Array.isArray(value) ? value[0] : value) ?? '';
  return Buffer.from(text, 'latin1').toString('utf8');
}

function equal(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
