import { z } from 'zod';

const unitMs = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const shape = /^(\d+(?:\.\d+)?)(ms|s|min|m|h|d)$/;

/** Milliseconds of a duration such as `500ms`, `5s`, `1.5m`, `2h`, `1d`, or undefined if it is none. */
export function parseDurationMs(text: string): number | undefined {
  const match = shape.exec(text.trim());
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  const ms = Number(match[1]) * unitMs[match[2] as keyof typeof unitMs];
  return Number.isInteger(ms) ? ms : Math.round(ms);
}

/** A short human form of a length of time: `850ms`, `5s`, `2m 5s`, `1h 3m`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${String(Math.round(ms))}ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1).replace(/\.0$/, '')}s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${String(seconds)}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return joinParts(`${String(minutes)}m`, seconds % 60, 's');
  return joinParts(`${String(Math.floor(minutes / 60))}h`, minutes % 60, 'm');
}

function joinParts(head: string, rest: number, unit: string): string {
  return rest === 0 ? head : `${head} ${String(rest)}${unit}`;
}

/** zod schema of a duration; the parsed value is milliseconds. Numbers are taken as milliseconds. */
export const durationMs = z.union([z.number().int().min(0), z.string()]).transform((value, ctx) => {
  const ms = typeof value === 'number' ? value : parseDurationMs(value);
  if (ms !== undefined) return ms;
  ctx.addIssue({
    code: 'custom',
    message: `not a duration: write a number with a unit, such as 500ms, 5s, 2m or 1h`,
  });
  return z.NEVER;
});
