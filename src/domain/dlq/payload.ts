import { payloadOf, type DeadLetter } from './letter.js';

type Fields = Readonly<Record<string, unknown>>;

const lenient = new TextDecoder('utf-8', { ignoreBOM: true });
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What a dead letter's record says, read when it is asked for. */
export class LetterPayload {
  private parsed: Fields | undefined;
  private isParsed = false;

  constructor(private readonly letter: DeadLetter) {}

  /** The record's key as text; null for none. */
  get key(): string | null {
    return this.letter.key === null ? null : lenient.decode(this.letter.key);
  }

  /** The payload as text; undefined when it has none, or is no UTF-8. */
  get text(): string | undefined {
    const { payload, payloadEncoding } = this.letter;
    if (payload !== null && (payloadEncoding === null || payloadEncoding === '')) return payload;
    const { bytes } = payloadOf(this.letter);
    try {
      return bytes === undefined || bytes === null ? undefined : strict.decode(bytes);
    } catch {
      return undefined;
    }
  }

  /** The fields of the payload's JSON object; undefined when it is none. */
  get fields(): Fields | undefined {
    if (!this.isParsed) {
      this.isParsed = true;
      this.parsed = objectOf(this.text);
    }
    return this.parsed;
  }
}

function objectOf(text: string | undefined): Fields | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Fields)
      : undefined;
  } catch {
    return undefined;
  }
}
