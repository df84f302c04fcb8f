import { mapReading, parseAmount, quoted, read, readDuration, readList, unread } from './notation.js';
import type { Read, Reading } from './notation.js';
import type { Burst } from './plan.js';

/** Records per second; a range still needs to be told how it gets from one to the other. */
export type RateText = { kind: 'constant'; perSecond: number } | { kind: 'range'; from: number; to: number };

export const MAX_PER_SECOND = 10_000_000;
/** One an hour: below it a run looks as if it hung. */
const MIN_PER_SECOND = 1 / 3_600;
const unitSeconds = { s: 1, sec: 1, m: 60, min: 60, h: 3_600 } as const;
type RateUnit = keyof typeof unitSeconds;

const howToSayRate =
  'give records per second (or /min, /h), 0 for as fast as possible, or a range such as 1k..20k';

/** `5000`, `2.5k/s`, `300/min`, `0`, `1k..20k`. The unit of a range stands at its end, or at both. */
export const readRate: Read<RateText> = (text) => {
  const parts = text.split('..');
  const [first, second] = parts.map(splitRate);
  if (first === undefined || parts.length > 2 || (parts.length === 2 && second === undefined))
    return unread(howToSayRate);
  if (second === undefined)
    return mapReading(perSecond(first.amount, first.unit), (rate) => ({ kind: 'constant', perSecond: rate }));
  const from = perSecond(first.amount, first.unit ?? second.unit);
  const to = perSecond(second.amount, second.unit);
  if (!from.ok) return from;
  if (!to.ok) return to;
  if (from.value === to.value) return unread('give a range of two different rates');
  return read({ kind: 'range', from: from.value, to: to.value });
};

interface WrittenRate {
  amount: number;
  unit: RateUnit | undefined;
}

function splitRate(text: string): WrittenRate | undefined {
  const [amountText = '', unitText, ...rest] = text.split('/');
  const amount = parseAmount(amountText);
  const unit = unitText?.trim().toLowerCase();
  if (amount === undefined || rest.length > 0) return undefined;
  if (unit === undefined) return { amount, unit };
  return Object.hasOwn(unitSeconds, unit) ? { amount, unit: unit as RateUnit } : undefined;
}

function perSecond(amount: number, unit: RateUnit | undefined): Reading<number> {
  const rate = amount / unitSeconds[unit ?? 's'];
  if (rate > MAX_PER_SECOND)
    return unread('give 10m records per second at most, or 0 for as fast as possible');
  if (rate > 0 && rate < MIN_PER_SECOND) return unread('give 1/h or more, or 0 for as fast as possible');
  return read(rate);
}

const burstShape = /^(\d+(?:\.\d+)?)\s*[x×]\s*\/\s*(\S+)\s+(every|at)\s+(\S+)$/i;

/** `10x/30s every 5m`, `0.1x/1m at 2m`. */
const readBurst: Read<Burst> = (text) => {
  const [, factorText = '', lengthText = '', word = '', timeText = ''] = burstShape.exec(text.trim()) ?? [];
  if (factorText === '')
    return unread(
      'give how many times the rate, for how long, and "every" so often or "at" a time of the phase',
    );
  const factor = Number(factorText);
  if (factor < 0.001 || factor > 1_000) return unread('give a factor from 0.001x to 1000x');
  const length = readDuration(1)(lengthText);
  if (!length.ok) return unread(`${quoted(lengthText)} is no length of a burst: ${length.why}`);
  const isEvery = word.toLowerCase() === 'every';
  const time = readDuration(isEvery ? 1_000 : 0)(timeText);
  if (!time.ok) return unread(`${quoted(timeText)} is no time: ${time.why}`);
  if (isEvery && length.value >= time.value)
    return unread('give bursts that are shorter than the time from one to the next');
  const when = isEvery ? { everyMs: time.value } : { atMs: time.value };
  return read({ factor, lengthMs: length.value, when });
};

/** One burst or several, separated by commas. */
export const readBursts = readList(readBurst);

/**
 * The arguments with the words of an unquoted `--burst 10x/30s every 5m` put together. For a command without
 * arguments of its own: whatever follows the flag belongs to it, up to the next flag.
 */
export function joinBurstWords(argv: readonly string[]): string[] {
  const joined: string[] = [];
  let isBurst = false;
  for (const word of argv) {
    const previous = joined.at(-1);
    if (isBurst && !word.startsWith('-') && previous !== undefined) {
      if (previous === '--burst') joined.push(word);
      else joined[joined.length - 1] = `${previous} ${word}`;
      continue;
    }
    isBurst = word === '--burst' || word.startsWith('--burst=');
    joined.push(word);
  }
  return joined;
}
