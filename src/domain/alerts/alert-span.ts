import { refused } from '../flag-value.js';
import { parseSpan } from '../span.js';

/** Dead letters are kept for a week; without them a minute would look better than it was. */
const MOST_MS = 7 * 86_400_000;

/** @throws StreamlabError INVALID_USAGE naming the flag */
export function parseAlertSpan(
  { since, until }: { since: string; until?: string | undefined },
  nowMs: number,
): { sinceMs: number; untilMs: number } {
  const span = parseSpan({ since, until }, nowMs);
  const { sinceMs = nowMs, untilMs = nowMs } = span;
  if (nowMs - sinceMs > MOST_MS)
    throw refused('since', since, 'dead letters are kept for a week, so what was before cannot be judged', [
      'Give a week at most: --since 7d',
    ]);
  if (sinceMs >= untilMs)
    throw refused('since', since, 'nothing can have happened since', ['For instance: --since 6h']);
  return { sinceMs, untilMs };
}
