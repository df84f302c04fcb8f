import type { ServerResponse } from 'node:http';
import { reasonOf, StreamlabError, type ErrorCode } from '../../errors.js';

/** Nothing from elsewhere, nothing inline, no frames; texts never become markup. */
const policy = [
  "default-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "object-src 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** On every answer. */
export const safeHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': policy,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/** Answers in JSON; of what a browser is not to keep. */
export function answerJson(response: ServerResponse, status: number, value: unknown): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  });
  response.end(JSON.stringify(value));
}

const statuses: Partial<Record<ErrorCode, number>> = {
  INVALID_USAGE: 400,
  NEEDS_CONFIRMATION: 409,
  LOCKED: 409,
  TIMED_OUT: 504,
  SERVICE_UNREACHABLE: 503,
  LAB_NOT_RUNNING: 503,
};

/** Whatever was thrown, as `{error: {code, message, suggestions}}`: the shape that `--json` has. */
export function answerError(response: ServerResponse, thrown: unknown): void {
  const error =
    thrown instanceof StreamlabError
      ? thrown
      : new StreamlabError('SERVICE_FAILED', `This should not have happened: ${reasonOf(thrown)}`);
  const { code, message, suggestions } = error;
  answerJson(response, statuses[code] ?? 500, { error: { code, message, suggestions } });
}
