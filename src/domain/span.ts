import { parseDurationMs } from './duration.js';
import { refused, valueOf } from './flag-value.js';
import { readInstant } from './traffic/notation.js';

/** Epoch milliseconds: from `sinceMs` on, before `untilMs`. */
export interface Span {
  sinceMs: number | undefined;
  untilMs: number | undefined;
}

/**
 * What `--since` and `--until` say.
 * @param nowMs what durations count back from, epoch milliseconds
 * @throws StreamlabError INVALID_USAGE naming the flag
 */
export function parseSpan(
  { since, until }: { since?: string | undefined; until?: string | undefined },
  nowMs: number,
): Span {
  const sinceMs = momentOf('since', since, nowMs);
  const untilMs = momentOf('until', until, nowMs);
  if (sinceMs !== undefined && untilMs !== undefined && sinceMs >= untilMs) {
    throw refused('until', until ?? '', 'that is not after --since', [
      'What is taken is from --since on and before --until.',
    ]);
  }
  return { sinceMs, untilMs };
}

/** `1h` is that long ago. */
function momentOf(flag: 'since' | 'until', text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined;
  const agoMs = parseDurationMs(text);
  if (agoMs !== undefined) return Math.max(0, nowMs - agoMs);
  const moment = valueOf(flag, text, readInstant(text), [
    `For instance: --${flag} 1h (that long ago) or --${flag} 2026-01-31T12:00:00Z`,
  ]);
  if (flag === 'until' || moment <= nowMs) return moment;
  throw refused(flag, text, 'that lies in the future', ['Times without a zone are UTC.']);
}
