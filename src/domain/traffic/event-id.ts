import { deriveKey, mix32 } from './random.js';

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const byteOf = (word: number, shift: number): string => hex[(word >>> shift) & 0xff] ?? '';

/** The eight hexadecimal digits of a 32-bit word. */
export function hexOf(word: number): string {
  return byteOf(word, 24) + byteOf(word, 16) + byteOf(word, 8) + byteOf(word, 0);
}

/**
 * Event ids of one run: UUIDs of the shape of version 4 (RFC 9562) that depend on the seed, the start and the index.
 * Within a run they differ by construction: the first 48 bits are a bijection of the index (up to 2^48 events).
 * Two runs with one seed differ by their start, which keys the remaining 74 bits.
 */
export class EventIds {
  private readonly keys: readonly [number, number, number, number];

  /** @param startMs start of the run, epoch milliseconds */
  constructor(seed: number, startMs: number) {
    const key = (purpose: number): number => deriveKey(purpose, seed, startMs);
    this.keys = [key(101), key(102), key(103), key(104)];
  }

  of(index: number): string {
    const a = mix32((index >>> 0) ^ this.keys[0]);
    const high = Math.floor(index / 4_294_967_296) & 0xffff;
    const b = mix32(a ^ this.keys[1]);
    const c = mix32(b ^ this.keys[2]);
    const d = mix32(c ^ this.keys[3] ^ high);
    const secondGroup = ((b >>> 16) ^ high) & 0xffff;
    const version = (b & 0x0fff) | 0x4000;
    const variant = ((c & 0x3fff) | 0x8000) >>> 0;
    return (
      byteOf(a, 24) +
      byteOf(a, 16) +
      byteOf(a, 8) +
      byteOf(a, 0) +
      '-' +
      byteOf(secondGroup, 8) +
      byteOf(secondGroup, 0) +
      '-' +
      byteOf(version, 8) +
      byteOf(version, 0) +
      '-' +
      byteOf(variant, 8) +
      byteOf(variant, 0) +
      '-' +
      byteOf(c, 24) +
      byteOf(c, 16) +
      byteOf(d, 24) +
      byteOf(d, 16) +
      byteOf(d, 8) +
      byteOf(d, 0)
    );
  }
}
