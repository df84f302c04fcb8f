/**
 * ClickHouse's tokens, as far as this server has to know them: enough to find the end of a statement, a trailing
 * FORMAT, and where an INSERT's data begins. It never judges a statement; the engine does.
 * Rules: src/Parsers/Lexer.cpp of ClickHouse.
 */
export interface Token {
  readonly kind: 'word' | 'string' | 'quoted' | 'punctuation';
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Nesting in round, square and curly brackets; a bracket has the depth outside it. */
  readonly depth: number;
}

/** Yields tokens lazily; a string, quoted name or comment that does not end ends the tokens. */
export function* tokenize(sql: string): Generator<Token, void, undefined> {
  let at = 0;
  let depth = 0;
  for (;;) {
    const start = skipBlanks(sql, at);
    if (start === undefined || start >= sql.length) return;
    const character = sql.charAt(start);
    const end = endOfToken(sql, start);
    if (end === undefined) return;
    const kind = kindOf(character);
    const closing = kind === 'punctuation' && ')]}'.includes(character);
    if (closing) depth = Math.max(0, depth - 1);
    yield { kind, text: sql.slice(start, end), start, end, depth };
    if (kind === 'punctuation' && '([{'.includes(character)) depth += 1;
    at = end;
  }
}

/** Whether the token is this bare word, in any case. */
export function isWord(token: Token | undefined, ...words: readonly string[]): boolean {
  return token?.kind === 'word' && words.includes(token.text.toUpperCase());
}

/** Whether nothing but blanks and whole comments follow from this position. */
export function isBlankFrom(sql: string, from: number): boolean {
  return skipBlanks(sql, from) === sql.length;
}

/** The first position that is neither blank nor comment; undefined when a comment does not end. */
function skipBlanks(sql: string, from: number): number | undefined {
  let at = from;
  while (at < sql.length) {
    if (/\s|\uFEFF|\0/.test(sql.charAt(at))) at += 1;
    else if (sql.startsWith('--', at) || sql.startsWith('#!', at) || sql.startsWith('# ', at)) {
      const lineEnd = sql.indexOf('\n', at);
      at = lineEnd < 0 ? sql.length : lineEnd + 1;
    } else if (sql.startsWith('/*', at)) {
      const close = sql.indexOf('*/', at + 2);
      if (close < 0) return undefined;
      at = close + 2;
    } else return at;
  }
  return at;
}

function kindOf(character: string): Token['kind'] {
  if (character === "'") return 'string';
  if (character === '"' || character === '`') return 'quoted';
  return isWordCharacter(character) ? 'word' : 'punctuation';
}

function isWordCharacter(character: string): boolean {
  return /[\w$]/.test(character);
}

function endOfToken(sql: string, start: number): number | undefined {
  const character = sql.charAt(start);
  if (character === '$') return endOfHeredoc(sql, start) ?? endOfWord(sql, start);
  if (character === "'" || character === '"' || character === '`') return endOfQuoted(sql, start, character);
  return isWordCharacter(character) ? endOfWord(sql, start) : start + 1;
}

function endOfWord(sql: string, start: number): number {
  let end = start + 1;
  while (end < sql.length && isWordCharacter(sql.charAt(end))) end += 1;
  return end;
}

/** A quote is escaped by a backslash or by being doubled. */
function endOfQuoted(sql: string, start: number, quote: string): number | undefined {
  for (let at = start + 1; at < sql.length; at += 1) {
    const character = sql.charAt(at);
    if (character === '\\') at += 1;
    else if (character === quote) {
      if (sql.charAt(at + 1) !== quote) return at + 1;
      at += 1;
    }
  }
  return undefined;
}

/** `$tag$ … $tag$`, a string without escapes. */
function endOfHeredoc(sql: string, start: number): number | undefined {
  const [tag] = /^\$\w*\$/.exec(sql.slice(start, start + 64)) ?? [];
  if (tag === undefined) return undefined;
  const close = sql.indexOf(tag, start + tag.length);
  return close < 0 ? undefined : close + tag.length;
}
