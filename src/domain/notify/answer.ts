/** What a server answered. */
export interface Answer {
  status: number;
  /** A header by its name in lower case. */
  header: (name: string) => string | undefined;
  /** The beginning of the body; empty if it could not be read. */
  text: string;
}

/** So many more requests are allowed within so many milliseconds. */
export interface Budget {
  requests: number;
  ms: number;
}

/** What an answer, or none, means. */
export type Reading =
  /** It is delivered. */
  | { says: 'accepted'; budget?: Budget }
  /** Too many requests; `everywhere` is for all that is sent to this host. */
  | { says: 'limited'; pauseMs?: number; everywhere: boolean }
  /** It did not work, and may work later. Nobody knows whether it was delivered. */
  | { says: 'failed'; reason: string; pauseMs?: number }
  /** This address will take nothing any more. */
  | { says: 'closed'; reason: string; next: string }
  /** This notification will never be taken, others may. */
  | { says: 'refused'; reason: string };

/** No wait is longer: who asks for years has made a mistake. */
export const longestPauseMs = 86_400_000;

const seconds = /^\d+(?:\.\d+)?$/;

/**
 * Milliseconds to wait by a `Retry-After` header: seconds or a date (RFC 9110, section 10.2.3), also with decimals, which
 * Discord's gateways have sent. A date is read by the server's clock if the answer says its time.
 */
export function retryAfterMs(answer: Pick<Answer, 'header'>, nowMs: number): number | undefined {
  const text = answer.header('retry-after')?.trim();
  if (text === undefined || text === '') return undefined;
  if (seconds.test(text)) return pause(Number(text) * 1_000);
  if (!/\bGMT$/.test(text)) return undefined;
  const at = Date.parse(text);
  const serverNow = Date.parse(answer.header('date') ?? '');
  return Number.isNaN(at) ? undefined : pause(at - (Number.isNaN(serverNow) ? nowMs : serverNow));
}

/** Whole milliseconds, rounded up: who comes a part of one too early is refused. */
export function pause(ms: number): number {
  return Math.min(longestPauseMs, Math.max(0, Math.ceil(ms)));
}

const nextOf: Readonly<Record<number, string>> = {
  401: 'Check the webhook’s address, or its secret: the server does not know you.',
  403: 'Check that the webhook may still post there.',
  404: 'The webhook is gone or the address is wrong: make a new one and give its address.',
  410: 'The webhook or its channel is gone: make a new one and give its address.',
};

/** What a status means to any server of the web. */
export function readStatus(answer: Answer, nowMs: number, reason = `HTTP ${answer.status}`): Reading {
  const { status } = answer;
  const asked = retryAfterMs(answer, nowMs);
  const timed = asked === undefined ? {} : { pauseMs: asked };
  if (status >= 200 && status < 300) return { says: 'accepted' };
  if (status === 429) return { says: 'limited', everywhere: false, ...timed };
  // Request Timeout, Too Early, and all that is the server's own trouble.
  if (status === 408 || status === 425 || status >= 500) return { says: 'failed', reason, ...timed };
  const next = nextOf[status];
  if (next !== undefined) return { says: 'closed', reason, next };
  // A method or an address that does not fit is one for every notification.
  if (status === 405 || status < 400) {
    return { says: 'closed', reason, next: 'Check that this is the address of a webhook.' };
  }
  return { says: 'refused', reason };
}
