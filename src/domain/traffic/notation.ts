import { parseDurationMs } from '../duration.js';
import { nearest } from '../nearest.js';
import { printableJson, shortened } from '../printable.js';
import type { MinMax } from './plan.js';

/** What a text was read as, or why it cannot be: the end of a sentence, such as `give a share of 0% to 100%`. */
export type Reading<T> = { ok: true; value: T } | { ok: false; why: string };

/** Reads the value of one option, of a flag as of a scenario file. Never throws. */
export type Read<T> = (text: string) => Reading<T>;

export function read<T>(value: T): Reading<T> {
  return { ok: true, value };
}

export function unread(why: string): { ok: false; why: string } {
  return { ok: false, why };
}

const multiples = { '': 1, k: 1_000, m: 1_000_000 } as const;

/** `5000`, `2.5k`, `1m` (a million); undefined if it is none. */
export function parseAmount(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([km]?)$/.exec(text.trim().toLowerCase());
  if (match?.[1] === undefined) return undefined;
  // Rounded to what was written: 1.1 times 1000 is 1100.0000000000002 in floating point.
  const amount = Number((Number(match[1]) * multiples[match[2] as keyof typeof multiples]).toPrecision(15));
  return Number.isFinite(amount) ? amount : undefined;
}

/** `3%` or `3`: three of a hundred. */
export const readPercent: Read<number> = (text) => {
  const match = /^(\d+(?:\.\d+)?)\s*%?$/.exec(text.trim());
  const percent = Number(match?.[1]);
  return match !== null && percent <= 100 ? read(percent) : unread('give a share of 0% to 100%');
};

/** A whole number; `10k` and `1m` are whole, too. */
export function readWhole(what: string, min: number, max: number): Read<number> {
  return (text) => {
    const value = parseAmount(text);
    return value !== undefined && Number.isInteger(value) && value >= min && value <= max
      ? read(value)
      : unread(`give ${what}`);
  };
}

/** Ten years: longer is a slip of the finger. */
const MAX_DURATION_MS = 3_650 * 86_400_000;

/** A duration with a unit, in milliseconds. */
export function readDuration(minMs: 0 | 1 | 1_000): Read<number> {
  return (text) => {
    const ms = parseDurationMs(text);
    if (ms === undefined) return unread('give a duration with a unit');
    if (ms < minMs) return unread(minMs === 1 ? 'give a duration above 0' : 'give 1s or more');
    return ms <= MAX_DURATION_MS ? read(ms) : unread('give a duration of ten years at most');
  };
}

/** `30s`, or a range such as `10s..90s`, in milliseconds. A single 0 is refused; a range may begin there. */
export const readDurations: Read<MinMax> = (text) => {
  const parts = text.split('..');
  const [min, max = min] = parts.map(readDuration(0));
  if (parts.length > 2 || min?.ok !== true || max?.ok !== true)
    return min?.ok === false && parts.length === 1
      ? min
      : unread('give a duration, or a range of two durations, each with a unit');
  if (min.value > max.value) return unread('give a range of two durations with the smaller first');
  return max.value === 0 ? unread('give a duration above 0') : read({ min: min.value, max: max.value });
};

/** One of a few words. */
export function readWord<T extends string>(words: readonly T[]): Read<T> {
  return (text) => {
    const given = text.trim().toLowerCase();
    const found = words.find((word) => word === given);
    return found === undefined ? unread(`give ${orList(words)}${didYouMean(given, words)}`) : read(found);
  };
}

/** `a, b` by `readItem`; the first item that cannot be read is named. */
export function readList<T>(readItem: Read<T>): Read<readonly T[]> {
  return (text) => {
    const values: T[] = [];
    for (const item of text.split(',')) {
      const reading = readItem(item.trim());
      if (!reading.ok)
        return text.includes(',') ? unread(`at ${quoted(item.trim())}, ${reading.why}`) : reading;
      values.push(reading.value);
    }
    return read(values);
  };
}

/** The reading of a part, as part of the reading of the whole. */
export function mapReading<A, B>(reading: Reading<A>, map: (value: A) => B): Reading<B> {
  return reading.ok ? read(map(reading.value)) : reading;
}

/** ` (did you mean "x"?)`, or nothing. */
export function didYouMean(given: string, words: readonly string[]): string {
  const word = nearest(given, words);
  return word === undefined ? '' : ` (did you mean "${word}"?)`;
}

/** `a`, `a or b`, `a, b or c`. */
export function orList(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
}

/** What somebody typed, as it may be shown: short, in quotes, without control characters. */
export function quoted(text: string): string {
  return printableJson(shortened(text, 80));
}

const byteUnits = { '': 1, b: 1, k: 1_000, kb: 1_000, kib: 1_024, m: 1e6, mb: 1e6, mib: 1_048_576 } as const;
/** Brokers take a megabyte by default; the headers and the rest of the batch need their part. */
const MAX_EVENT_BYTES = 900_000;

/** `512`, `1k`, `2KiB`: whole bytes. */
export const readBytes: Read<number> = (text) => {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/.exec(text.trim().toLowerCase());
  const unit = match?.[2] ?? '';
  if (match === null || !Object.hasOwn(byteUnits, unit))
    return unread('give a number of bytes, 900 kB at most');
  const bytes = Math.round(Number(match[1]) * byteUnits[unit as keyof typeof byteUnits]);
  return bytes <= MAX_EVENT_BYTES
    ? read(bytes)
    : unread('give 900 kB at most: Kafka takes no larger records');
};

/** A number with decimals, both bounds included. */
export function readNumber(min: number, max: number): Read<number> {
  return (text) => {
    const value = /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? read(value) : unread(`give a number from ${min} to ${max}`);
  };
}

const LAST_INSTANT_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
const isoShape =
  /^(\d{4}-\d{2}-(\d{2}))(?:[T ](\d{2}:\d{2})(:\d{2}(?:[.,]\d{1,9})?)?\s*(Z|[+-]\d{2}:?\d{2})?)?$/i;

/** ISO 8601, without a zone in UTC, or epoch milliseconds. */
export const readInstant: Read<number> = (text) => {
  const given = text.trim();
  if (/^\d{10}$/.test(given)) return unread(`that looks like seconds: epoch milliseconds are ${given}000`);
  if (/^\d{1,15}$/.test(given) && Number(given) <= LAST_INSTANT_MS) return read(Number(given));
  const match = isoShape.exec(given);
  const [, date = '', day = '', time = '00:00', seconds = ':00', zone = 'Z'] = match ?? [];
  const offset = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
  const ms = Date.parse(`${date}T${time}${seconds.replace(',', '.')}${offset}`);
  // The engine reads the 30th of February as the 1st of March.
  const isRealDay = match !== null && new Date(Date.parse(`${date}T00:00Z`)).getUTCDate() === Number(day);
  return isRealDay && ms >= 0
    ? read(Math.floor(ms))
    : unread('give a time since 1970 as ISO 8601 (UTC without a zone) or as epoch milliseconds');
};
