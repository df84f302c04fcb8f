const encoder = new TextEncoder();
const SLAB_BYTES = 65_536;
/** Texts that may be longer get memory of their own. */
const LONGEST = SLAB_BYTES / 8;

let slab = new Uint8Array(0);
let used = 0;

/**
 * The text in UTF-8. Short texts are cut from memory that they share, as in Node's own pool: with an ArrayBuffer for each,
 * most of the time would go into making and collecting them.
 */
export function utf8Of(text: string): Uint8Array {
  // A UTF-16 unit takes three bytes at most.
  const most = text.length * 3;
  if (most > LONGEST) return encoder.encode(text);
  if (used + most > slab.length) {
    slab = new Uint8Array(SLAB_BYTES);
    used = 0;
  }
  const { written } = encoder.encodeInto(text, slab.subarray(used));
  const bytes = slab.subarray(used, used + written);
  used += written;
  return bytes;
}
