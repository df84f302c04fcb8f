/**
 * Counter-based randomness: the numbers drawn for an event depend on the seed and the event's index alone. So the
 * stream can start anywhere, be shared among workers, or be generated again, and each event stays the same to the byte.
 * A sequential generator would have to be jumped from event to event, at more cost than hashing the index.
 * Only integer operations and IEEE multiplications are used: the same numbers on every machine.
 */

const TWO_TO_32 = 4_294_967_296;

/**
 * Bijective 32-bit hash with low bias ("lowbias32", Chris Wellons, https://nullprogram.com/blog/2018/07/31/).
 * @returns an unsigned 32-bit integer
 */
export function mix32(value: number): number {
  let z = value ^ (value >>> 16);
  z = Math.imul(z, 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}

/** A 32-bit key out of whole numbers up to 2^53; another `purpose` gives an independent key. */
export function deriveKey(purpose: number, ...parts: readonly number[]): number {
  let key = mix32(purpose + 0x9e3779b9);
  for (const part of parts) {
    key = mix32(key ^ mix32(part >>> 0));
    key = mix32(key ^ mix32(Math.floor(part / TWO_TO_32) + 0x85ebca6b));
  }
  return key;
}

/** The random numbers of one event at a time; `seek` moves to an event, in any order. */
export class IndexedRandom {
  private state = 0;
  private stream = 0;

  constructor(private readonly key: number) {}

  seek(index: number): void {
    this.state = mix32((index >>> 0) ^ this.key);
    this.stream = mix32(this.state ^ (Math.floor(index / TWO_TO_32) + 0x632be59b) ^ this.key);
  }

  /** An unsigned 32-bit integer. */
  word(): number {
    this.state = (this.state + 0x9e3779b9) | 0;
    return mix32(this.state ^ this.stream);
  }

  /** 0 <= value < 1. */
  unit(): number {
    return this.word() / TWO_TO_32;
  }

  /** A whole number, 0 <= value < bound. */
  below(bound: number): number {
    return Math.floor(this.unit() * bound);
  }
}

const BLOCK = 100;
const coprimeToBlock = Array.from({ length: BLOCK }, (_, n) => n).filter((n) => n % 2 === 1 && n % 5 !== 0);

/**
 * The percentile of an event, 0 <= value < 100: each block of 100 events has one in each percent, in an order of its own.
 * So a share of whole percents is met exactly in every hundred events, and still nobody can tell where it falls.
 */
export class Percentiles {
  private block = -1;
  private multiplier = 1;
  private shift = 0;

  constructor(private readonly key: number) {}

  of(index: number, unit: number): number {
    const block = Math.floor(index / BLOCK);
    if (block !== this.block) {
      this.block = block;
      const word = deriveKey(this.key, block);
      this.multiplier = coprimeToBlock[word % coprimeToBlock.length] ?? 1;
      this.shift = (word >>> 8) % BLOCK;
    }
    return ((this.multiplier * (index % BLOCK) + this.shift) % BLOCK) + unit;
  }
}
