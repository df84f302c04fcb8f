const PER_LINE = 16;

/** The first bytes as a hex dump: place, bytes, and what is ASCII of them. */
export function hexDump(bytes: Uint8Array, most: number): string[] {
  const shown = bytes.subarray(0, most);
  const lines: string[] = [];
  for (let at = 0; at < shown.length; at += PER_LINE) {
    const part = [...shown.subarray(at, at + PER_LINE)];
    const hex = part.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const ascii = part.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'));
    lines.push(`${at.toString(16).padStart(8, '0')}  ${hex.padEnd(3 * PER_LINE - 1)}  |${ascii.join('')}|`);
  }
  return lines;
}

const lenient = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();
const replacement = '\ufffd';

/** The first byte that is not UTF-8; the length where all are. */
export function firstBadByte(bytes: Uint8Array): number {
  const text = lenient.decode(bytes);
  let byte = 0;
  let unit = 0;
  for (;;) {
    const found = text.indexOf(replacement, unit);
    if (found < 0) return bytes.length;
    byte += encoder.encode(text.slice(unit, found)).length;
    const isItself = bytes[byte] === 0xef && bytes[byte + 1] === 0xbf && bytes[byte + 2] === 0xbd;
    if (!isItself) return byte;
    byte += 3;
    unit = found + 1;
  }
}
