const hidden = '***';

/**
 * A text that nobody is shown: printed, inspected or written as JSON it is `***`. Who uses it says `reveal()`, which is
 * easy to look for.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return hidden;
  }

  toJSON(): string {
    return hidden;
  }

  /** What Node's `util.inspect`, and so `console.log`, shows. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return hidden;
  }
}

/** Shorter parts are left alone: they are in every text. */
const shortestPart = 6;

/**
 * A text of somebody else, without what is secret in an address: its path and query, and each part of those, however it
 * is written. An answer may well repeat the address that was asked.
 */
export function withoutAddress(text: string, address: Secret): string {
  const { pathname, search } = new URL(address.reveal());
  const written = [`${pathname}${search}`, pathname, ...`${pathname}${search}`.split(/[/?&=]/)];
  const parts = written
    .flatMap((part) => [part, decoded(part), encodeURIComponent(part)])
    .filter((part) => part.length >= shortestPart)
    // Longest first, so that no rest of a longer one stays.
    .sort((one, other) => other.length - one.length);
  return parts.reduce(
    (shown, part) => shown.replace(new RegExp(part.replace(/[^0-9A-Za-z]/gu, '\\$&'), 'gi'), hidden),
    text,
  );
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
