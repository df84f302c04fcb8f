import { clickHouseError } from './errors.js';
import { isWord, tokenize, type Token } from './lexer.js';

/**
 * The head of an `INSERT` that carries data. The text is latin1: one character a byte, because data of any kind
 * may follow in the same bytes.
 */
export interface InsertWithData {
  readonly kind: 'data';
  readonly format: string;
  /** Where the data begins, in bytes. */
  readonly dataStart: number;
  /** The statement that reads the data from a file (a FIFO), compressed as named. */
  readonly sql: (inFile: string, compression: string) => string;
}

export type InsertHead =
  | InsertWithData
  /** Not an INSERT, or one without data (INSERT … SELECT). */
  | { readonly kind: 'plain' }
  /** More bytes are needed to tell. */
  | { readonly kind: 'incomplete' };

const plain: InsertHead = { kind: 'plain' };
const incomplete: InsertHead = { kind: 'incomplete' };

/** Reads the head of a request's text. `complete` says that no more bytes follow. */
export function readInsertHead(latin1: string, complete: boolean): InsertHead {
  const tokens = tokenize(latin1);
  const first = tokens.next();
  if (first.done) return complete ? plain : incomplete;
  if (first.value.end === latin1.length && !complete) return incomplete;
  if (!isWord(first.value, 'INSERT')) return plain;
  return new InsertScan(latin1, complete, tokens).read();
}

/** Walks `INSERT INTO [FUNCTION] target [(columns)] [SETTINGS …] VALUES | FORMAT name | SELECT … FROM input(…)`. */
class InsertScan {
  #settingsStart: number | undefined;
  #inputCall: Token | undefined;
  #selects = false;

  constructor(
    private readonly text: string,
    private readonly complete: boolean,
    private readonly tokens: Iterator<Token, void, undefined>,
  ) {}

  read(): InsertHead {
    let token = this.#target();
    while (token !== undefined) {
      const next = this.#next();
      const found = this.#inspect(token, next);
      if (found !== undefined) return found;
      token = next;
    }
    return this.complete ? plain : incomplete;
  }

  /** Steps over INTO, TABLE, FUNCTION and the target's own name (which may be called `settings` or `format`). */
  #target(): Token | undefined {
    let token = this.#next();
    if (isWord(token, 'INTO')) token = this.#next();
    if (isWord(token, 'TABLE', 'FUNCTION')) token = this.#next();
    token = this.#next();
    while (token?.text === '.') {
      this.#next();
      token = this.#next();
    }
    return token;
  }

  #inspect(token: Token, next: Token | undefined): InsertHead | undefined {
    if (isWord(token, 'INPUT') && next?.text === '(') this.#inputCall = token;
    if (token.depth > 0) return undefined;
    if (isWord(token, 'SELECT', 'WITH')) this.#selects = true;
    if (isWord(token, 'SETTINGS') && !this.#selects) this.#settingsStart ??= token.start;
    if (isWord(token, 'FROM') && isWord(next, 'INFILE')) {
      throw clickHouseError('UNKNOWN_TYPE_OF_QUERY', 'Query has infile and was send directly to server.');
    }
    if (isWord(token, 'VALUES') && !this.#selects && this.#isWhole(token)) {
      return this.#withData(token.start, token.end, 'Values');
    }
    if (isWord(token, 'FORMAT') && next?.kind === 'word' && this.#isWhole(next)) {
      if (this.#selects && this.#inputCall === undefined) return undefined;
      return this.#afterFormat(token.start, next);
    }
    return undefined;
  }

  /** Steps over the blanks and the one line break between the format's name and the data. */
  #afterFormat(clauseStart: number, name: Token): InsertHead {
    const blank = /^[ \t\f]*\r?\n?/.exec(this.text.slice(name.end, name.end + 256))?.[0] ?? '';
    const dataStart = name.end + blank.length;
    if (dataStart >= this.text.length && !blank.endsWith('\n') && !this.complete) return incomplete;
    if (this.text.charAt(dataStart) === ';') {
      throw clickHouseError('SYNTAX_ERROR', "You have excessive ';' symbol before data for INSERT.");
    }
    return this.#withData(clauseStart, dataStart, name.text);
  }

  #withData(clauseStart: number, dataStart: number, format: string): InsertWithData {
    const call = this.#inputCall;
    const sql =
      call === undefined ? this.#fromInfile(clauseStart, format) : this.#fromFile(call, clauseStart, format);
    return { kind: 'data', format, dataStart, sql };
  }

  #fromInfile(clauseStart: number, format: string): InsertWithData['sql'] {
    const target = utf8(this.text.slice(0, this.#settingsStart ?? clauseStart));
    const settings = utf8(this.text.slice(this.#settingsStart ?? clauseStart, clauseStart));
    return (inFile, compression) =>
      `${target} FROM INFILE '${inFile}' COMPRESSION '${compression}' ${settings} FORMAT ${format}`;
  }

  /** `input(structure)` is the server's own name for the data; in the engine it is a file like any other. */
  #fromFile(call: Token, clauseStart: number, format: string): InsertWithData['sql'] {
    const before = utf8(this.text.slice(0, call.start));
    const after = utf8(this.text.slice(call.end, clauseStart)).replace(/^\s*\(\s*/, '');
    return (inFile, compression) =>
      after.startsWith(')')
        ? `${before}file('${inFile}', '${format}'${after}`
        : `${before}file('${inFile}', '${format}', ${withCompression(after, compression)}`;
  }

  #isWhole(token: Token): boolean {
    return this.complete || token.end < this.text.length;
  }

  #next(): Token | undefined {
    const step = this.tokens.next();
    return step.done ? undefined : step.value;
  }
}

/** Adds the compression argument after the structure, the one argument `input` has. */
function withCompression(callRest: string, compression: string): string {
  for (const token of tokenize(callRest)) {
    if (token.text === ')' && token.depth === 0) {
      return `${callRest.slice(0, token.start)}, '${compression}'${callRest.slice(token.start)}`;
    }
  }
  return callRest;
}

function utf8(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}
