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
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"(?:\s*:)?|[[{]|[\]}]|-?\d[\d.eE+-]*/g)) {
    const first = token.charAt(0);
    if (first === '"') {
      if (
        token.endsWith(':') &&
        token.length > jsonLimits.keyLength &&
        keyLength(token) > jsonLimits.keyLength
      )
        return true;
    } else if (first === '[' || first === '{') {
      if (++depth > jsonLimits.nesting) return true;
    } else if (first === ']' || first === '}') depth--;
    else if (isNumberBeyond(token)) return true;
  }
  return false;
}

function keyLength(token: string): number {
  return (JSON.parse(token.slice(0, token.lastIndexOf('"') + 1)) as string).length;
}

function isNumberBeyond(token: string): boolean {
  if (token.length > jsonLimits.numberLength) return true;
  const exponent = /[eE]([+-]?\d+)$/.exec(token)?.[1];
  return exponent !== undefined && Math.abs(Number(exponent)) > jsonLimits.exponent;
}
