import { EventIds } from '../ledger/event-ids.js';
import { hashSeed, hashStep, mixed } from '../ledger/hash.js';

const canonical = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
// EventIds reads hexadecimal digits of either case, and keeps ids apart that differ by capitals.
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The ids of a manifest, numbered from 0. Any text can be an id; what is no UUID is known by a hash of 128 bits. */
export class ManifestIds {
  /** A ledger may add ids of its own: they come behind these. */
  readonly shared = new EventIds();
  private count = 0;
  /** Ids that their bits do not give back. */
  private readonly texts = new Map<number, string>();

  get size(): number {
    return this.count;
  }

  /** The number of an id, which gets one if it has none yet. */
  numberOf(id: string): number {
    const added = this.shared.add(uuidFor(id));
    if (added < 0) return ~added;
    this.count = added + 1;
    if (!canonical.test(id)) this.texts.set(added, id);
    return added;
  }

  /** The number of an id, or -1. */
  find(id: string): number {
    const number = this.shared.find(uuidFor(id));
    return number < this.count ? number : -1;
  }

  is(number: number, id: string): boolean {
    return this.shared.matches(number, uuidFor(id));
  }

  textOf(number: number): string {
    return this.texts.get(number) ?? this.shared.textOf(number);
  }
}

function uuidFor(id: string): string {
  if (uuid.test(id)) return id;
  const words = [1, 2, 3, 4].map((seed) => hashText(id, seed).toString(16).padStart(8, '0'));
  return words.join('').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** FNV-1a over UTF-16 code units with a last mix, 32 bits. */
function hashText(text: string, seed: number): number {
  let hash = hashSeed ^ Math.imul(seed, 0x9e37_79b1);
  for (let i = 0; i < text.length; i++) hash = hashStep(hash, text.charCodeAt(i));
  return mixed(hash);
}

const noKey = 0;
const keySeed = 0;

/** A key as 32 bits; no key at all is 0, and no key's hash is. */
export function hashKey(key: string | null): number {
  return key === null ? noKey : hashText(key, keySeed) || 1;
}

// As Buffer.toString: a BOM is kept, and what is not UTF-8 becomes a replacement character.
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** The same of the bytes of a record's key. */
export function hashKeyBytes(key: Uint8Array | null): number {
  if (key === null) return noKey;
  let hash = hashSeed;
  for (const byte of key) {
    if (byte > 0x7f) return hashKey(utf8.decode(key));
    hash = hashStep(hash, byte);
  }
  return mixed(hash) || 1;
}
