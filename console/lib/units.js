// Values as people read them: Grafana's units, as far as the dashboards use them (docs/dashboards.md).

/** @typedef {import('../../src/domain/console/dashboard.js').Field} Field */
/** @typedef {import('../../src/domain/console/result.js').Cell} Cell */

/**
 * @param {Cell | undefined} value times are epoch milliseconds; text stays as it is, unless it is an exact number
 * @param {Pick<Field, 'unit' | 'decimals' | 'noValue'>} field
 * @param {{ locale?: string | undefined, now?: number, timeZone?: string | undefined }} [place]
 * @returns {string}
 */
export function formatValue(value, { unit, decimals, noValue = '–' }, place = {}) {
  if (value === null || value === undefined || value === '') return noValue;
  const write = formats[unit ?? ''] ?? plain;
  if (typeof value === 'number') return Number.isFinite(value) ? write(value, decimals, place) : noValue;
  if (!isNumeric(value)) return value;
  // An exact decimal stays exact where its digits are only grouped.
  return write === plain ? plain(value, decimals, place) : write(Number(value), decimals, place);
}

/** @param {string} text */
export function isNumeric(text) {
  return /^-?\d+(\.\d+)?$/.test(text);
}

/**
 * For the axis of a chart: as short as the step between its marks allows.
 * @param {number} value
 * @param {number} step
 * @param {string | undefined} unit
 * @param {string} [locale]
 */
export function formatMark(value, step, unit, locale) {
  if (unit === 's' || unit === 'ms')
    return duration(unit === 's' ? value : value / 1_000, undefined, { locale });
  if (unit === 'percentunit') return share(value, digitsOf(step * 100), { locale });
  if (unit === 'decbytes') return bytes(value, undefined, { locale });
  if (Math.abs(value) >= 10_000)
    return numberOf(value, { notation: 'compact', maximumFractionDigits: 2 }, locale);
  const digits = digitsOf(step);
  return numberOf(value, { minimumFractionDigits: digits, maximumFractionDigits: digits }, locale);
}

/** @typedef {{ locale?: string | undefined, now?: number, timeZone?: string | undefined }} Place */
/** @typedef {(value: number, decimals: number | undefined, place: Place) => string} Format */

/** @type {(value: number | string, decimals: number | undefined, place: Place) => string} */
const plain = (value, decimals, { locale }) => numberOf(value, fraction(decimals), locale);

/** @type {Format} */
const share = (value, decimals, { locale }) =>
  numberOf(value, { style: 'percent', ...fraction(decimals) }, locale);

const scales = /** @type {const} */ ([
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
  [1, 's'],
  [0.001, 'ms'],
]);

/** Seconds in the largest unit of which there is one. @type {Format} */
const duration = (seconds, decimals, { locale }) => {
  const size = Math.abs(seconds);
  // What would round up to a minute is one.
  const [scale, unit] =
    scales.find(([least]) => size >= least * 0.9995) ?? (size === 0 ? [1, 's'] : [0.001, 'ms']);
  const digits = unit === 'ms' ? 0 : Math.max(decimals ?? 0, unit === 's' ? 0 : 1);
  const least = decimals === undefined ? 0 : Math.min(decimals, digits);
  return `${numberOf(seconds / scale, { minimumFractionDigits: least, maximumFractionDigits: decimals === undefined ? 1 : digits }, locale)} ${unit}`;
};

/** @type {Format} */
const millis = (value, decimals, place) =>
  duration(value / 1_000, Math.abs(value) < 999.5 ? decimals : Math.max(1, decimals ?? 1), place);

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB'];

/** @type {Format} */
const bytes = (value, decimals, { locale }) => {
  const size = Math.abs(value);
  const power = size < 1 ? 0 : Math.min(byteUnits.length - 1, Math.floor(Math.log10(size) / 3));
  const options = power === 0 ? fraction(0) : { maximumFractionDigits: decimals ?? 1 };
  return `${numberOf(value / 1_000 ** power, options, locale)} ${byteUnits[power] ?? 'B'}`;
};

/** @type {Format} */
const localTime = (ms, _, { locale, timeZone }) =>
  new Date(ms).toLocaleString(locale, {
    dateStyle: 'short',
    timeStyle: 'medium',
    ...(timeZone === undefined ? {} : { timeZone }),
  });

/** @type {Format} */
const fromNow = (ms, _, { locale, now = Date.now() }) => {
  const seconds = (now - ms) / 1_000;
  const text = duration(Math.abs(seconds), 0, { locale });
  return seconds < 0 ? `in ${text}` : `${text} ago`;
};

/** @type {Readonly<Record<string, Format | typeof plain>>} */
const formats = {
  locale: plain,
  percentunit: share,
  s: duration,
  ms: millis,
  decbytes: bytes,
  dateTimeAsLocal: localTime,
  dateTimeFromNow: fromNow,
};

/** @type {(decimals: number | undefined) => Intl.NumberFormatOptions} */
const fraction = (decimals) =>
  decimals === undefined
    ? { maximumFractionDigits: 2 }
    : { minimumFractionDigits: decimals, maximumFractionDigits: decimals };

/** @type {Map<string, Intl.NumberFormat>} */
const kept = new Map();

/**
 * @param {number | string} value a text with an exact number is written to the last digit
 * @param {Intl.NumberFormatOptions} options
 * @param {string | undefined} locale
 */
function numberOf(value, options, locale) {
  const key = `${locale ?? ''} ${JSON.stringify(options)}`;
  const format = kept.get(key) ?? new Intl.NumberFormat(locale, options);
  kept.set(key, format);
  return format.format(/** @type {number} */ (value));
}

/** Digits behind the point that tell marks apart. @param {number} step */
function digitsOf(step) {
  return step > 0 ? Math.min(6, Math.max(0, Math.ceil(-Math.log10(step) - 1e-9))) : 0;
}
