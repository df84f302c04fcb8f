import { formatDuration } from '../domain/duration.js';

/** What stands where a number is not known. */
export const unknown = '–';

/** `0`, `3.4`, `4,999`, `12.3k`, `1.2M`. */
export function short(value: number | null): string {
  if (value === null) return unknown;
  const size = Math.abs(value);
  if (size < 0.05) return '0';
  if (size < 9.95) return value.toFixed(1).replace(/\.0$/, '');
  if (size < 9_999.5) return Math.round(value).toLocaleString('en');
  if (size < 999_950) return `${(value / 1e3).toFixed(1)}k`;
  return size < 999_950_000 ? `${(value / 1e6).toFixed(1)}M` : `${(value / 1e9).toFixed(1)}G`;
}

/** `1,234,567`; from ten millions on it is short. */
export function whole(value: number | null): string {
  if (value === null) return unknown;
  return Math.abs(value) < 1e7 ? Math.round(value).toLocaleString('en') : short(value);
}

export function rate(value: number | null): string {
  return value === null ? unknown : `${short(value)}/s`;
}

/** With a sign: `+120/s`. */
export function trend(value: number | null): string {
  if (value === null) return unknown;
  const text = rate(value);
  return text === '0/s' ? 'steady' : value > 0 ? `+${text}` : text;
}

export function percent(share: number | null): string {
  if (share === null) return unknown;
  const value = share * 100;
  return value > 0 && value < 9.95 ? `${value.toFixed(1)}%` : `${String(Math.round(value))}%`;
}

export function length(ms: number | null): string {
  return ms === null ? unknown : formatDuration(Math.max(0, ms));
}

export function seconds(value: number | null): string {
  if (value === null) return unknown;
  return value === 0 ? '0s' : length(value * 1_000);
}

/** Of a moment, in UTC as everywhere: `12:03:41`. */
export function timeOfDay(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms) || Math.abs(ms) > 8.64e15) return unknown;
  return new Date(ms).toISOString().slice(11, 19);
}

const steps = '▁▂▃▄▅▆▇█';

/** The last values as a row of blocks, scaled to the highest; the newest stands at the right. */
export function spark(values: readonly number[], width: number): string {
  const shown = values.slice(-width);
  const highest = Math.max(...shown, 0);
  return shown
    .map(
      (value) => steps[highest === 0 ? 0 : Math.round((Math.max(0, value) / highest) * (steps.length - 1))],
    )
    .join('')
    .padStart(width);
}

/** A share as a bar: `██████░░░░`. */
export function bar(share: number | null, width: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share ?? 0)) * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}
