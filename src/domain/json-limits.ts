import { JsonScanner } from './json-scan.js';

/**
 * What Flink's JSON parser (Jackson 2.18, StreamReadConstraints) refuses although it is JSON. A record beyond these
 * limits is malformed, for the job and for the ledger alike.
 */
export const jsonLimits = {
  /** Objects and arrays inside one another, the record's own object counted. */
  nesting: 999,
  /** Characters of a number. */
  numberLength: 1000,
  /** Characters of a key. */
  keyLength: 50_000,
  /** The exponent of a number, either way. */
  exponent: 2 ** 31 - 1,
} as const;

// A short record can only be beyond the limit of the exponent, and hardly any has ten digits behind an e.
const longEnough = jsonLimits.nesting;
const hugeExponent = /\d[eE][+-]?\d{10}/;

/** Whether a text, known to be JSON, is beyond the limits. */
export function isBeyondJsonLimits(text: string): boolean {
  if (text.length <= longEnough && !hugeExponent.test(text)) return false;
  const scanner = new JsonScanner(text);
  let depth = 0;
  let longText = '';
  for (let token = scanner.next(); token !== 'end' && token !== 'bad'; token = scanner.next()) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (token === 'number' && isNumberBeyond(text.slice(scanner.start, scanner.end))) return true;
    if (depth > jsonLimits.nesting || (token === ':' && isKeyBeyond(longText))) return true;
    const isLong = token === 'string' && scanner.end - scanner.start > jsonLimits.keyLength;
    longText = isLong ? text.slice(scanner.start, scanner.end) : '';
  }
  return false;
}

function isKeyBeyond(json: string): boolean {
  return json !== '' && (JSON.parse(json) as string).length > jsonLimits.keyLength;
}

function isNumberBeyond(token: string): boolean {
  if (token.length > jsonLimits.numberLength) return true;
  const exponent = /[eE]([+-]?\d+)$/.exec(token)?.[1];
  return exponent !== undefined && Math.abs(Number(exponent)) > jsonLimits.exponent;
}
