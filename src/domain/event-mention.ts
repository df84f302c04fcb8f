import { StreamlabError } from '../errors.js';

/** Ids shorter than this are words of any text; a payload without a readable id is not taken for one of theirs. */
const SHORTEST_GUESS = 8;

/** Where an event id stands in payloads, by their bytes: most need not be parsed to see that they are of other events. */
export class EventMention {
  private readonly bytes: Buffer;

  /** @throws StreamlabError INVALID_USAGE for an empty id, as of a shell variable that is not set */
  constructor(readonly eventId: string) {
    if (eventId.trim() === '')
      throw new StreamlabError('INVALID_USAGE', 'The event id is empty.', {
        suggestions: ['streamlab dlq list shows the ids of dead letters.'],
      });
    // As it stands in JSON text.
    this.bytes = Buffer.from(JSON.stringify(eventId).slice(1, -1));
  }

  /** Whether the id stands there at all; every record that says that it is of the event does so. */
  isIn(value: Buffer): boolean {
    return value.includes(this.bytes);
  }

  /** Whether a payload whose own id cannot be read may be of the event: it has the id as a whole word. */
  mayBeOf(value: Buffer): boolean {
    if (this.eventId.length < SHORTEST_GUESS) return false;
    const { bytes } = this;
    for (let at = value.indexOf(bytes); at >= 0; at = value.indexOf(bytes, at + 1)) {
      if (!isIdByte(value[at - 1]) && !isIdByte(value[at + bytes.length])) return true;
    }
    return false;
  }
}

/** Letters, digits, `-`, `_`, and whatever is no ASCII. */
function isIdByte(byte: number | undefined): boolean {
  return byte !== undefined && (byte > 0x7f || /[\w-]/.test(String.fromCharCode(byte)));
}
