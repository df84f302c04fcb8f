// Text from the lab may hold what moves, hides or turns other text; it is written as JSON would, such as \u001b. The same as
// src/domain/printable.ts, but for the ends of lines, which a page only wraps.
const unprintable = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * @param {string} text
 * @returns {string}
 */
export function printable(text) {
  return text.replace(unprintable, (found) =>
    Array.from({ length: found.length }, (_, n) => found.charCodeAt(n))
      .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
