import { channels, clickstreamTypes, eventTypes, type CountedChannel, type EventType } from './events.js';

/** Longer records are left to `judgePayload`: what JSON forbids only of long texts needs no thought here. */
const longest = 8_192;
/** As many digits as a JSON number may have and still be exact. */
const mostDigits = 15;
/** Of an amount in front of its point: far below `MAX_AMOUNT`, and exact in cents. */
const mostAmountDigits = 10;

const byte = { quote: 0x22, comma: 0x2c, colon: 0x3a, open: 0x7b, close: 0x7d, backslash: 0x5c } as const;
const dash = 0x2d;
const point = 0x2e;
const zero = 0x30;

const fields = [
  ...['schema_version', 'event_id', 'event_type', 'event_time', 'user_id', 'session_id'],
  ...['page', 'referrer', 'order_id', 'amount', 'channel'],
] as const;
type Field = (typeof fields)[number];
const numberOf = (field: Field): number => fields.indexOf(field);
const bitOf = (field: Field): number => 1 << numberOf(field);
const bitsOf = (...some: Field[]): number => some.reduce((bits, field) => bits | bitOf(field), 0);

const versionField = numberOf('schema_version');
const idField = numberOf('event_id');
const typeField = numberOf('event_type');
const timeField = numberOf('event_time');
const referrerField = numberOf('referrer');
const amountField = numberOf('amount');
const channelField = numberOf('channel');
const needed = {
  common: bitsOf('schema_version', 'event_id', 'event_type', 'event_time', 'user_id', 'session_id'),
  clickstream: bitsOf('page', 'referrer'),
  order: bitsOf('order_id', 'amount'),
  channel: bitOf('channel'),
};

const encoder = new TextEncoder();
/** Each key as it stands in a record, with its quotes and the colon. */
const keys = fields.map((field) => encoder.encode(`"${field}":`));
const quoted = (text: string): Uint8Array => encoder.encode(`"${text}"`);
const typeTexts = eventTypes.map(quoted);
const channelTexts = channels.map(quoted);
const orderFrom = clickstreamTypes.length;
const refund = eventTypes.indexOf('order_refunded');

/** Value of each byte as a digit of an id; capitals are none: an id in capitals is another id. */
const notHex = 255;
const hexDigits = new Uint8Array(256).fill(notHex);
encoder.encode('0123456789abcdef').forEach((code, value) => (hexDigits[code] = value));

/**
 * Reads the plain valid record: one flat JSON object in ASCII, without escapes and blanks between its parts,
 * times and amounts in plain digits. That is nearly every record of a run, and it is read here
 * several times as fast as `judgePayload` does, from its bytes and without making an object.
 *
 * It never says that a record is invalid, only that it is not plain: then `judgePayload` is to be asked. Of a record
 * that it reads, it says exactly what `judgePayload` says; a property test holds the two together.
 */
export class QuickEvent {
  /** The id as four words, as `EventIds` keeps it. */
  readonly id = new Uint32Array(4);
  eventType: EventType = 'page_view';
  eventTimeMs = 0;
  channel: CountedChannel = 'unknown';
  revenueCents = 0;

  private bytes: Uint8Array = new Uint8Array(0);
  private at = 0;
  private end = 0;
  private version = 0;
  private type = 0;
  private channelNumber = 0;
  private cents = 0;
  /** By field, and at the end for the first one: the field that followed it last time. */
  private readonly followers = new Uint8Array(fields.length + 1);

  constructor(private readonly maxFutureSkewMs: number) {}

  /** @returns whether the record is plain, valid and not from the future; what it says is then in the properties */
  read(payload: Uint8Array | null, kafkaTimestampMs: number): boolean {
    return payload !== null && this.readPart(payload, 0, payload.length, kafkaTimestampMs);
  }

  /** The same of a record that lies in a larger piece of memory, `to` not included. */
  readPart(bytes: Uint8Array, from: number, to: number, kafkaTimestampMs: number): boolean {
    if (to - from > longest) return false;
    this.bytes = bytes;
    this.at = from;
    this.end = to;
    const found = this.readFields();
    const isOrder = this.type >= orderFrom;
    const wanted =
      needed.common |
      (isOrder ? needed.order : needed.clickstream) |
      (this.version === 2 ? needed.channel : 0);
    if (found < 0 || (found & wanted) !== wanted) return false;
    if (this.eventTimeMs > kafkaTimestampMs + this.maxFutureSkewMs) return false;
    this.eventType = eventTypes[this.type] ?? 'page_view';
    this.channel = this.version === 2 ? (channels[this.channelNumber] ?? 'unknown') : 'unknown';
    this.revenueCents = isOrder ? (this.type === refund ? -this.cents : this.cents) : 0;
    return true;
  }

  /** @returns the fields that are there, as bits; negative where the record is not plain */
  private readFields(): number {
    const { bytes, followers } = this;
    if (bytes[this.at++] !== byte.open) return -1;
    let found = 0;
    let previous: number = fields.length;
    for (;;) {
      const field = this.readKey(followers[previous] ?? 0);
      if (field >= 0) {
        // Of two with one name the last counts, as for JSON.parse.
        if (!this.readValue(field)) return -1;
        found |= 1 << field;
        followers[previous] = field;
        previous = field;
      } else if (!this.skipUnknown()) return -1;
      const next = bytes[this.at++];
      if (next === byte.close) return this.at === this.end ? found : -1;
      if (next !== byte.comma) return -1;
    }
  }

  /** The field whose key comes next, or -1 for a key that no event has. */
  private readKey(guess: number): number {
    if (this.take(keys[guess])) return guess;
    for (let field = 0; field < keys.length; field++) if (this.take(keys[field])) return field;
    return -1;
  }

  /** Goes on behind these bytes if they come next. */
  private take(text: Uint8Array | undefined): boolean {
    if (text === undefined) return false;
    const { bytes, at } = this;
    for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false;
    this.at = at + text.length;
    return true;
  }

  private readValue(field: number): boolean {
    switch (field) {
      case versionField:
        this.version = (this.bytes[this.at++] ?? 0) - zero;
        return this.version === 1 || this.version === 2;
      case idField:
        return this.readId();
      case typeField:
        this.type = this.readOneOf(typeTexts);
        return this.type >= 0;
      case channelField:
        this.channelNumber = this.readOneOf(channelTexts);
        return this.channelNumber >= 0;
      case timeField:
        this.eventTimeMs = this.readDigits(mostDigits);
        return this.eventTimeMs >= 0;
      case amountField:
        return this.readAmount();
      default:
        return this.skipString() > (field === referrerField ? -1 : 0);
    }
  }

  private readId(): boolean {
    const { bytes, id } = this;
    let { at } = this;
    if (bytes[at++] !== byte.quote) return false;
    for (let word = 0; word < 4; word++) {
      let value = 0;
      for (let half = 0; half < 2; half++) {
        // 8-4-4-4-12 digits: a dash stands before both halves of the second and of the third word.
        if ((word === 1 || word === 2) && bytes[at++] !== dash) return false;
        for (let i = 0; i < 4; i++) {
          const digit = hexDigits[bytes[at++] ?? 0] ?? notHex;
          if (digit === notHex) return false;
          value = (value << 4) | digit;
        }
      }
      id[word] = value;
    }
    this.at = at + 1;
    return bytes[at] === byte.quote;
  }

  /** @returns which of the texts, or -1 for another one */
  private readOneOf(texts: readonly Uint8Array[]): number {
    for (let n = 0; n < texts.length; n++) if (this.take(texts[n])) return n;
    return -1;
  }

  /** A whole number without a sign; what follows is the next one's to judge. @returns -1 where there is none */
  private readDigits(most: number): number {
    const { bytes } = this;
    const from = this.at;
    let { at } = this;
    let value = 0;
    for (;;) {
      const digit = (bytes[at] ?? 0) - zero;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      if (++at - from > most) return -1;
    }
    this.at = at;
    // JSON has no number that begins with 0 and goes on with a digit.
    return at === from || (at - from > 1 && bytes[from] === zero) ? -1 : value;
  }

  private readAmount(): boolean {
    const whole = this.readDigits(mostAmountDigits);
    if (whole < 0) return false;
    this.cents = whole * 100;
    if (this.bytes[this.at] === point) {
      this.at++;
      const first = this.readDigit();
      if (first < 0) return false;
      const second = this.readDigit();
      this.cents += first * 10 + (second < 0 ? 0 : second);
    }
    return this.cents > 0;
  }

  /** @returns -1 where there is none */
  private readDigit(): number {
    const digit = (this.bytes[this.at] ?? 0) - zero;
    if (digit < 0 || digit > 9) return -1;
    this.at++;
    return digit;
  }

  /** A text in plain ASCII. @returns its length, or -1 */
  private skipString(): number {
    const { bytes } = this;
    let { at } = this;
    if (bytes[at++] !== byte.quote) return -1;
    const from = at;
    for (;;) {
      const unit = bytes[at++] ?? 0;
      if (unit === byte.quote) break;
      if (unit < 0x20 || unit > 0x7e || unit === byte.backslash) return -1;
    }
    this.at = at;
    return at - 1 - from;
  }

  /** A key that no event has, and its value, which is a text or a whole number. */
  private skipUnknown(): boolean {
    if (this.skipString() < 0 || this.bytes[this.at++] !== byte.colon) return false;
    return this.bytes[this.at] === byte.quote ? this.skipString() >= 0 : this.readDigits(mostDigits) >= 0;
  }
}
