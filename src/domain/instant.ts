import { formatDuration } from './duration.js';
import { MAX_EVENT_TIME_MS } from './events.js';

const dayMs = 86_400_000;
const yearMs = 365.25 * dayMs;

function isInstant(ms: number): boolean {
  return Math.abs(ms) <= MAX_EVENT_TIME_MS;
}

/** `2026-11-28 13:59:26.816`, in UTC; of a number that is no time, the number. */
export function dateAndTime(ms: number): string {
  return isInstant(ms) ? new Date(ms).toISOString().slice(0, -1).replace('T', ' ') : String(ms);
}

/** `13:59:26.816` or `12:05:00`, in UTC; with the date where that is another than `near`'s. */
export function timeOfDay(ms: number, near: number): string {
  const text = dateAndTime(ms).replace(/\.000$/, '');
  const [day, time] = text.split(' ');
  return time !== undefined && dateAndTime(near).split(' ')[0] === day ? time : text;
}

/** A length of time, also where it is of years: `1m 41s`, `3 days`, `74 years`. */
export function longDuration(ms: number): string {
  if (ms < 2 * dayMs) return formatDuration(ms);
  const [count, unit] =
    ms < 2 * yearMs ? [Math.floor(ms / dayMs), 'days'] : [Math.floor(ms / yearMs), 'years'];
  return `${count} ${unit}`;
}
