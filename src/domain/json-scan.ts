/** Where a text stops being JSON. */
export interface JsonFault {
  /** In UTF-16 units from the start; the length of the text where it ends too early. */
  index: number;
  /** A sentence without its point. */
  problem: string;
}

export type JsonToken = '{' | '}' | '[' | ']' | ',' | ':' | 'string' | 'number' | 'word' | 'end' | 'bad';

const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const wordLike = /[\w$+.'-]/;
const quote = 0x22;
const backslash = 0x5c;

/**
 * Walks over a text token by token, as RFC 8259 has them. By hand: a regular expression runs out of stack on a string of
 * ten million characters, and JSON.parse does not say where it stopped.
 */
export class JsonScanner {
  start = 0;
  end = 0;
  problem = '';

  constructor(readonly text: string) {}

  /** The next token, from `start` to `end`. After `bad`, `start` is where the problem is; without one no token begins there. */
  next(): JsonToken {
    const { text } = this;
    let at = this.end;
    while (isBlank(text.charCodeAt(at))) at++;
    this.start = at;
    this.end = at + 1;
    this.problem = '';
    const first = text.charAt(at);
    switch (first) {
      case '':
        this.end = at;
        return 'end';
      case '{':
      case '}':
      case '[':
      case ']':
      case ',':
      case ':':
        return first;
      case '"':
        return this.string(at);
      default:
        return this.word(at);
    }
  }

  private string(from: number): JsonToken {
    const { text } = this;
    for (let at = from + 1; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (unit === quote) {
        this.end = at + 1;
        return 'string';
      }
      if (unit < 0x20) return this.bad(at, 'a control character in a text must be written as an escape');
      if (unit !== backslash) continue;
      const length = escapeLength(text, at);
      if (length === 0) return this.bad(at, 'there is no such escape');
      at += length - 1;
    }
    return this.bad(from, 'the quotation mark that opens here is never closed');
  }

  private word(from: number): JsonToken {
    const { text } = this;
    let at = from;
    while (at < text.length && wordLike.test(text.charAt(at))) at++;
    this.end = at;
    const word = text.slice(from, at);
    if (word === 'true' || word === 'false' || word === 'null') return 'word';
    return number.test(word) ? 'number' : this.bad(from, '');
  }

  private bad(at: number, problem: string): JsonToken {
    this.start = at;
    this.problem = problem;
    return 'bad';
  }
}

function isBlank(unit: number): boolean {
  return unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09;
}

/** Of the escape that begins with a backslash; 0 where there is none. */
function escapeLength(text: string, at: number): number {
  const kind = text.charAt(at + 1);
  if (kind !== '' && '"\\/bfnrt'.includes(kind)) return 2;
  return kind === 'u' && /^[0-9a-fA-F]{4}$/.test(text.slice(at + 2, at + 6)) ? 6 : 0;
}

/** What must come next. */
type Wanted = 'value' | 'valueOrEnd' | 'name' | 'nameOrEnd' | 'colon' | 'more' | 'nothing';

/** Where a text stops being one JSON value; undefined for one that is. */
export function jsonFault(text: string): JsonFault | undefined {
  const scanner = new JsonScanner(text);
  const open: ('{' | '[')[] = [];
  let wanted: Wanted = 'value';
  for (;;) {
    const token = scanner.next();
    const { start: index } = scanner;
    if (token === 'end' && wanted === 'nothing') return undefined;
    if (token === 'end') return { index, problem: endsEarly(open.at(-1)) };
    const next: Wanted | undefined = follow(wanted, token, open);
    if (next === undefined) {
      const isWhole = token !== 'bad' || scanner.problem === '' || !takesText(wanted);
      return { index, problem: isWhole ? expected(wanted, open.at(-1)) : scanner.problem };
    }
    wanted = next;
  }
}

function takesText(wanted: Wanted): boolean {
  return wanted === 'value' || wanted === 'valueOrEnd' || wanted === 'name' || wanted === 'nameOrEnd';
}

/** What is wanted after a token that was; undefined for one that was not. */
function follow(wanted: Wanted, token: JsonToken, open: ('{' | '[')[]): Wanted | undefined {
  if (wanted === 'colon') return token === ':' ? 'value' : undefined;
  if (wanted === 'nothing' || token === 'bad') return undefined;
  if ((wanted === 'name' || wanted === 'nameOrEnd') && token === 'string') return 'colon';
  const closes = open.at(-1) === '{' ? '}' : ']';
  if (token === closes && open.length > 0 && wanted !== 'value' && wanted !== 'name') {
    open.pop();
    return open.length === 0 ? 'nothing' : 'more';
  }
  if (wanted === 'more') return token === ',' ? (open.at(-1) === '{' ? 'name' : 'value') : undefined;
  if (wanted === 'name' || wanted === 'nameOrEnd') return undefined;
  if (token === '{' || token === '[') {
    open.push(token);
    return token === '{' ? 'nameOrEnd' : 'valueOrEnd';
  }
  const isValue = token === 'string' || token === 'number' || token === 'word';
  return isValue ? (open.length === 0 ? 'nothing' : 'more') : undefined;
}

function expected(wanted: Wanted, open: '{' | '[' | undefined): string {
  const closes = open === '{' ? '}' : ']';
  const sentences: Record<Wanted, string> = {
    value: 'a text in double quotes, a number, true, false, null, { or [ is expected',
    valueOrEnd: 'a value or ] is expected',
    name: 'a name in double quotes is expected',
    nameOrEnd: 'a name in double quotes or } is expected',
    colon: 'a colon is expected',
    more: `a comma or ${closes} is expected`,
    nothing: 'nothing may follow the value',
  };
  return sentences[wanted];
}

function endsEarly(open: '{' | '[' | undefined): string {
  if (open === undefined) return 'there is nothing';
  return `the text ends here, and ${open === '{' ? '}' : ']'} is missing`;
}
