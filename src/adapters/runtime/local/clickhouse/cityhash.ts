/**
 * CityHash128 as of version 1.0.2, the one ClickHouse froze for the checksums of its compressed blocks
 * (contrib/cityhash102). 64-bit arithmetic in BigInt: some megabytes a second, enough for `compress=1` by hand.
 */
const k0 = 0xc3a5c85c97cb3127n;
const k1 = 0xb492b66fbe98f273n;
const k2 = 0x9ae16a3b2f90404fn;
const k3 = 0xc949d7c7509e6557n;
const kMul = 0x9ddfea08eb382d69n;

type Pair = [bigint, bigint];

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
const times = (a: bigint, b: bigint): bigint => u64(a * b);
const rotate = (value: bigint, shift: bigint): bigint => u64((value >> shift) | (value << (64n - shift)));
const shiftMix = (value: bigint): bigint => value ^ (value >> 47n);

/** The hash as ClickHouse stores it: two 64-bit numbers, low first, little endian. */
export function cityHash128(data: Buffer): Buffer {
  const [low, high] = hash(data);
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64LE(low, 0);
  bytes.writeBigUInt64LE(high, 8);
  return bytes;
}

function hash(data: Buffer): Pair {
  const { length } = data;
  if (length >= 16) return withSeed(data.subarray(16), [fetch64(data, 0) ^ k3, fetch64(data, 8)]);
  if (length >= 8) {
    const seed: Pair = [fetch64(data, 0) ^ times(BigInt(length), k0), fetch64(data, length - 8) ^ k1];
    return withSeed(Buffer.alloc(0), seed);
  }
  return withSeed(data, [k0, k1]);
}

function withSeed(data: Buffer, seed: Pair): Pair {
  if (data.length < 128) return murmur(data, seed);
  const state = new State(data, seed);
  let at = 0;
  while (data.length - at >= 128) {
    state.round(at);
    state.round(at + 64);
    at += 128;
  }
  return state.finish(at);
}

class State {
  #x: bigint;
  #y: bigint;
  #z: bigint;
  #v: Pair;
  #w: Pair;

  constructor(
    private readonly data: Buffer,
    seed: Pair,
  ) {
    [this.#x, this.#y] = seed;
    this.#z = times(BigInt(data.length), k1);
    const v0 = u64(times(rotate(this.#y ^ k1, 49n), k1) + fetch64(data, 0));
    this.#v = [v0, u64(times(rotate(v0, 42n), k1) + fetch64(data, 8))];
    this.#w = [
      u64(times(rotate(u64(this.#y + this.#z), 35n), k1) + this.#x),
      times(rotate(u64(this.#x + fetch64(data, 88)), 53n), k1),
    ];
  }

  round(at: number): void {
    const [v, w] = [this.#v, this.#w];
    const x = times(rotate(u64(this.#x + this.#y + v[0] + fetch64(this.data, at + 16)), 37n), k1) ^ w[1];
    const y = times(rotate(u64(this.#y + v[1] + fetch64(this.data, at + 48)), 42n), k1) ^ v[0];
    const z = rotate(this.#z ^ w[0], 33n);
    this.#v = weakHash(this.data, at, times(v[1], k1), u64(x + w[0]));
    this.#w = weakHash(this.data, at + 32, u64(z + w[1]), y);
    [this.#x, this.#y, this.#z] = [z, y, x];
  }

  finish(at: number): Pair {
    let [x, y, v, w] = [this.#x, this.#y, this.#v, this.#w];
    y = u64(y + times(rotate(w[0], 37n), k0) + this.#z);
    x = u64(x + times(rotate(u64(v[0] + this.#z), 49n), k0));
    const end = this.data.length;
    for (let done = 32; done - 32 < end - at; done += 32) {
      const from = end - done;
      y = u64(times(rotate(u64(y - x), 42n), k0) + v[1]);
      w = [u64(w[0] + fetch64(this.data, from + 16)), w[1]];
      x = u64(times(rotate(x, 49n), k0) + w[0]);
      w = [u64(w[0] + v[0]), w[1]];
      v = weakHash(this.data, from, v[0], v[1]);
    }
    x = hashLen16(x, v[0]);
    y = hashLen16(y, w[0]);
    return [u64(hashLen16(u64(x + v[1]), w[1]) + y), hashLen16(u64(x + w[1]), u64(y + v[1]))];
  }
}

function murmur(data: Buffer, seed: Pair): Pair {
  let [a, b] = seed;
  let c: bigint;
  let d: bigint;
  const { length } = data;
  if (length <= 16) {
    a = times(shiftMix(times(a, k1)), k1);
    c = u64(times(b, k1) + hashLen0to16(data));
    d = shiftMix(u64(a + (length >= 8 ? fetch64(data, 0) : c)));
  } else {
    c = hashLen16(u64(fetch64(data, length - 8) + k1), a);
    d = hashLen16(u64(b + BigInt(length)), u64(c + fetch64(data, length - 16)));
    a = u64(a + d);
    for (let at = 0; at < length - 16; at += 16) {
      a = times(a ^ times(shiftMix(times(fetch64(data, at), k1)), k1), k1);
      b ^= a;
      c = times(c ^ times(shiftMix(times(fetch64(data, at + 8), k1)), k1), k1);
      d ^= c;
    }
  }
  a = hashLen16(a, c);
  b = hashLen16(d, b);
  return [a ^ b, hashLen16(b, a)];
}

function hashLen0to16(data: Buffer): bigint {
  const { length } = data;
  const size = BigInt(length);
  if (length > 8) {
    const b = fetch64(data, length - 8);
    return hashLen16(fetch64(data, 0), rotate(u64(b + size), size)) ^ b;
  }
  if (length >= 4) {
    return hashLen16(u64(size + (BigInt(data.readUInt32LE(0)) << 3n)), BigInt(data.readUInt32LE(length - 4)));
  }
  if (length === 0) return k2;
  const y = BigInt(data.readUInt8(0)) + (BigInt(data.readUInt8(length >> 1)) << 8n);
  const z = size + (BigInt(data.readUInt8(length - 1)) << 2n);
  return times(shiftMix(times(y, k2) ^ times(z, k3)), k2);
}

function weakHash(data: Buffer, at: number, seedA: bigint, seedB: bigint): Pair {
  const z = fetch64(data, at + 24);
  const start = u64(seedA + fetch64(data, at));
  const a = u64(start + fetch64(data, at + 8) + fetch64(data, at + 16));
  const b = u64(rotate(u64(seedB + start + z), 21n) + rotate(a, 44n));
  return [u64(a + z), u64(b + start)];
}

function hashLen16(low: bigint, high: bigint): bigint {
  const a = shiftMix(times(low ^ high, kMul));
  return times(shiftMix(times(high ^ a, kMul)), kMul);
}

/** Reads of the tail start before the data where it is shorter than a step; those bytes belong to the data before it. */
function fetch64(data: Buffer, at: number): bigint {
  return data.readBigUInt64LE(at);
}
