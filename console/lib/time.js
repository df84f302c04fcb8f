// Time ranges in Grafana's words: `now-30m` to `now`, or epoch milliseconds.

/** @typedef {{ from: string, to: string }} Range */

/** What the picker offers. */
export const presets = /** @type {const} */ ([
  ['now-5m', 'Last 5 minutes'],
  ['now-15m', 'Last 15 minutes'],
  ['now-30m', 'Last 30 minutes'],
  ['now-1h', 'Last hour'],
  ['now-3h', 'Last 3 hours'],
  ['now-6h', 'Last 6 hours'],
  ['now-12h', 'Last 12 hours'],
  ['now-24h', 'Last 24 hours'],
]);

export const refreshes = ['', '2s', '5s', '10s', '30s', '1m'];

/** @type {Readonly<Record<string, number>>} */
const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Epoch milliseconds of one end of a range; undefined where the text is none.
 * @param {string} text
 * @param {number} now
 * @returns {number | undefined}
 */
export function momentOf(text, now) {
  if (/^\d{12,14}$/.test(text)) return Number(text);
  const [found, count, unit] = /^now(?:-(\d{1,5})([smhd]))?$/.exec(text) ?? [];
  if (found === undefined) return undefined;
  return unit === undefined ? now : now - Number(count) * (unitMs[unit] ?? 0);
}

/**
 * In whole seconds, so that pages which refresh together ask the same. Undefined where the range is none, or empty.
 * @param {Range} range
 * @param {number} now
 * @returns {{ fromMs: number, toMs: number } | undefined}
 */
export function rangeMs({ from, to }, now) {
  const second = Math.floor(now / 1_000) * 1_000;
  const [fromMs, toMs] = [momentOf(from, second), momentOf(to, second)];
  return fromMs !== undefined && toMs !== undefined && fromMs < toMs ? { fromMs, toMs } : undefined;
}

/**
 * @param {Range} range
 * @param {string} [locale]
 */
export function rangeLabel({ from, to }, locale) {
  const preset = to === 'now' ? presets.find(([start]) => start === from) : undefined;
  if (preset !== undefined) return preset[1];
  /** @param {string} text */
  const label = (text) =>
    /^\d+$/.test(text)
      ? new Date(Number(text)).toLocaleString(locale, { dateStyle: 'short', timeStyle: 'medium' })
      : text;
  return `${label(from)} to ${label(to)}`;
}

/**
 * The range moved by half its length, or made twice as long around its middle.
 * @param {Range} range
 * @param {'earlier' | 'later' | 'wider'} how
 * @param {number} now
 * @returns {Range}
 */
export function changedRange(range, how, now) {
  const known = rangeMs(range, now);
  if (known === undefined) return range;
  const half = (known.toMs - known.fromMs) / 2;
  const [first, last] = { earlier: [-half, -half], later: [half, half], wider: [-half, half] }[how];
  const to = Math.min(known.toMs + (last ?? 0), Math.max(now, known.toMs));
  return { from: String(Math.round(known.fromMs + (first ?? 0))), to: String(Math.round(to)) };
}

/** Milliseconds of `5s`; undefined for none. @param {string} text */
export function refreshMs(text) {
  const [, count, unit = ''] = /^(\d{1,4})([sm])$/.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * (unitMs[unit] ?? 0);
}

/** The text of a `datetime-local` field. @param {number} ms */
export function localInput(ms) {
  const date = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return date.toISOString().slice(0, 19);
}
