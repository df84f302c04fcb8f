// Control, format (bidirectional overrides, zero-width, tags), lone surrogates, line and paragraph separators.
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const unprintableButLineBreaks = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * A text as a terminal may show it, in one line: what could move the cursor, change colours or hide other text is
 * written as an escape of JSON, such as `\u001b`.
 */
export function printable(text: string): string {
  return text.replace(unprintable, escaped);
}

/** A value as JSON that a terminal may show, indented unless it is to be one line. */
export function printableJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replace(unprintableButLineBreaks, escaped);
}

function escaped(found: string): string {
  const units = Array.from({ length: found.length }, (_, n) => found.charCodeAt(n));
  return short[found] ?? units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}

/** At most so many characters, what is cut off as `…`. */
export function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  const kept = text.slice(0, Math.max(0, length - 1));
  // Not in the middle of a character.
  return `${/[\ud800-\udbff]$/.test(kept) ? kept.slice(0, -1) : kept}…`;
}
