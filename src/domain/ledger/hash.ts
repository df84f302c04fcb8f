/** FNV-1a with a last mix, 32 bits: to tell contents apart, not to keep secrets. */
export function hashBytes(bytes: Uint8Array): number {
  let hash = hashSeed;
  for (const byte of bytes) hash = hashStep(hash, byte);
  return mixed(hash);
}

export const hashSeed = 0x811c_9dc5;

export function hashStep(hash: number, unit: number): number {
  return Math.imul(hash ^ unit, 0x0100_0193);
}

export function mixed(hash: number): number {
  const half = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  return (half ^ (half >>> 13)) >>> 0;
}

/** Of what a record holds; never 0. */
export function contentHash(value: Uint8Array | null): number {
  return value === null ? 1 : hashBytes(value) || 1;
}
