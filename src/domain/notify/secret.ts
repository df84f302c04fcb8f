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
 * A text of somebody else, without what is secret in an address: the whole, its path and query, and each part of those.
 * An answer may well repeat the address that was asked.
 */
export function withoutAddress(text: string, address: Secret): string {
  const { href, pathname, search, searchParams } = new URL(address.reveal());
  const parts = [...pathname.split('/'), ...searchParams.values()].flatMap((part) => [part, decoded(part)]);
  const secrets = [href, `${pathname}${search}`, pathname, search, ...parts]
    .filter((part) => part.length >= shortestPart)
    // Longest first, so that no rest of a longer one stays.
    .sort((a, b) => b.length - a.length);
  return secrets.reduce((shown, part) => shown.replaceAll(part, hidden), text);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
