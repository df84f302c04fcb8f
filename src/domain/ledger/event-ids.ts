/** Entries of one chunk. Chunks are never moved, so that growing needs no second copy of everything. */
const chunkBits = 14;
const chunkSize = 1 << chunkBits;
const chunkMask = chunkSize - 1;
const wordsPerId = 4;

/** A column of numbers that grows in chunks. */
export class Column<T extends Int32Array | Uint32Array | Float64Array | Uint16Array> {
  private readonly chunks: T[] = [];

  constructor(private readonly makeChunk: (length: number) => T) {}

  get(index: number): number {
    return this.chunks[index >>> chunkBits]?.[index & chunkMask] ?? 0;
  }

  set(index: number, value: number): void {
    const chunk = (this.chunks[index >>> chunkBits] ??= this.makeChunk(chunkSize));
    chunk[index & chunkMask] = value;
  }
}

/**
 * The set of event ids of a run, each as its 128 bits: a hash table with open addressing whose slots hold the
 * number of the id's entry, and seven more bits of its hash, so that hardly ever another id is looked at: it is
 * somewhere else in memory. Ten million ids take some 250 MB.
 */
export class EventIds {
  private slots = new Int32Array(1 << 12);
  /** By slot; 0 is a free one. */
  private tags = new Uint8Array(1 << 12);
  private readonly words: Uint32Array[] = [];
  private readonly current = new Uint32Array(wordsPerId);
  private count = 0;

  /** Distinct ids so far. */
  get size(): number {
    return this.count;
  }

  /** The entry of an id, which is a UUID: its number counted from 0, or, if it was there already, `~number` (which is negative). */
  add(eventId: string): number {
    parseId(eventId, this.current);
    return this.addCurrent();
  }

  /** The same for an id without capitals that is four words already. */
  addWords(id: Uint32Array): number {
    for (let i = 0; i < wordsPerId; i++) this.current[i] = id[i] ?? 0;
    return this.addCurrent();
  }

  private addCurrent(): number {
    if (this.count * 4 >= this.slots.length * 3) this.grow();
    const hashed = hash(this.current, 0);
    const slot = this.slotOfCurrent(hashed);
    if (this.tags[slot] !== 0) return ~(this.slots[slot] ?? 0);
    this.slots[slot] = this.count;
    this.tags[slot] = tagOf(hashed);
    this.store(this.count);
    return this.count++;
  }

  /** The entry of an id, or -1. */
  find(eventId: string): number {
    parseId(eventId, this.current);
    const slot = this.slotOfCurrent(hash(this.current, 0));
    return this.tags[slot] === 0 ? -1 : (this.slots[slot] ?? 0);
  }

  /** Whether an entry is of this id: cheaper than finding it. */
  matches(entry: number, eventId: string): boolean {
    parseId(eventId, this.current);
    return this.isAt(entry);
  }

  /** The id of an entry as text; right for ids without capitals only. */
  textOf(entry: number): string {
    const base = (entry & chunkMask) * wordsPerId;
    const words = this.words[entry >>> chunkBits]?.subarray(base, base + wordsPerId) ?? [];
    const digits = Array.from(words, (word) => word.toString(16).padStart(8, '0')).join('');
    return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  }

  /** Where the current id stands, or the free slot where it would. */
  private slotOfCurrent(hashed: number): number {
    const { tags, slots } = this;
    const mask = slots.length - 1;
    const tag = tagOf(hashed);
    let slot = hashed & mask;
    for (;;) {
      const found = tags[slot] ?? 0;
      if (found === 0 || (found === tag && this.isAt(slots[slot] ?? 0))) return slot;
      slot = (slot + 1) & mask;
    }
  }

  private isAt(entry: number): boolean {
    const chunk = this.words[entry >>> chunkBits];
    const base = (entry & chunkMask) * wordsPerId;
    return (
      chunk?.[base] === this.current[0] &&
      chunk?.[base + 1] === this.current[1] &&
      chunk?.[base + 2] === this.current[2] &&
      chunk?.[base + 3] === this.current[3]
    );
  }

  private store(entry: number): void {
    const chunk = (this.words[entry >>> chunkBits] ??= new Uint32Array(chunkSize * wordsPerId));
    chunk.set(this.current, (entry & chunkMask) * wordsPerId);
  }

  private grow(): void {
    const slots = new Int32Array(this.slots.length * 2);
    const tags = new Uint8Array(slots.length);
    const mask = slots.length - 1;
    for (let entry = 0; entry < this.count; entry++) {
      const chunk = this.words[entry >>> chunkBits];
      if (chunk === undefined) break;
      const hashed = hash(chunk, (entry & chunkMask) * wordsPerId);
      let slot = hashed & mask;
      while (tags[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = entry;
      tags[slot] = tagOf(hashed);
    }
    this.slots = slots;
    this.tags = tags;
  }
}

/** From the upper end of the hash, as the slot is from the lower one; never 0. */
function tagOf(hashed: number): number {
  return (hashed >>> 24) | 1;
}

/** Mixes the words: ids of a test may count up instead of being random. */
function hash(words: Uint32Array, base: number): number {
  let mixed = Math.imul((words[base] ?? 0) ^ 0x9e37_79b9, 0x85eb_ca6b);
  for (let i = 1; i < wordsPerId; i++) {
    mixed = Math.imul(mixed ^ (mixed >>> 15) ^ (words[base + i] ?? 0), 0xc2b2_ae35);
  }
  return (mixed ^ (mixed >>> 13)) >>> 0;
}

/**
 * The 32 hexadecimal digits of a UUID as four words. The pipeline compares ids as text, so that an id in capitals
 * is another id: which digits are capitals is mixed in.
 */
function parseId(eventId: string, into: Uint32Array): void {
  let digits = 0;
  let word = 0;
  let capitals = 0;
  for (let i = 0; i < eventId.length; i++) {
    const code = eventId.charCodeAt(i);
    if (code === 0x2d) continue;
    const isCapital = code >= 0x41 && code <= 0x46;
    const digit = code <= 0x39 ? code - 0x30 : (code | 0x20) - 0x57;
    if (isCapital) capitals |= 1 << (digits & 31);
    word = ((word << 4) | digit) >>> 0;
    digits++;
    if ((digits & 7) === 0) into[(digits >>> 3) - 1] = word;
  }
  if (capitals !== 0) {
    for (let i = 0; i < wordsPerId; i++) {
      into[i] = ((into[i] ?? 0) ^ Math.imul(capitals, 0x9e37_79b1 + i * 2)) >>> 0;
    }
  }
}
