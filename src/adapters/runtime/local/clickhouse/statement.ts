import { clickHouseError } from './errors.js';
import { isBlankFrom, isWord, tokenize, type Token } from './lexer.js';

/** What kind of treatment a statement needs. */
export type Statement =
  | { readonly kind: 'empty' }
  /** Yields rows of any number: `sql` puts them into the file (a FIFO) instead of the engine's memory. */
  | { readonly kind: 'rows'; readonly format: string; readonly sql: (outFile: string) => string }
  /** KILL QUERY: our query ids have to be put in place of the engine's. */
  | { readonly kind: 'kill'; readonly format: string; readonly sql: string }
  /** Everything else (DDL, SHOW, EXPLAIN, INSERT … SELECT): its result is small and is taken as a whole. */
  | {
      readonly kind: 'other';
      readonly keyword: string;
      readonly format: string;
      readonly sql: string;
      readonly yieldsRows: boolean;
    };

const rowKeywords = ['SELECT', 'WITH', 'FROM'];
const smallResultKeywords = ['SHOW', 'DESCRIBE', 'DESC', 'EXPLAIN', 'EXISTS', 'CHECK', 'KILL'];

/** Classifies one complete statement; throws for several statements and for INTO OUTFILE, as a server does. */
export function readStatement(text: string, defaultFormat: string): Statement {
  const tokens = [...tokenize(text)];
  const first = tokens.find((token) => token.text !== '(' && token.text !== ';');
  if (first === undefined) return { kind: 'empty' };
  refuseSeveral(text, tokens);
  // A string or comment that never ends: the engine is to say so.
  const unfinished = !isBlankFrom(text, tokens.at(-1)?.end ?? 0);
  const body = tokens.filter((token) => token.text !== ';' || token.depth > 0);
  refuseOutFile(body);
  const keyword = first.text.toUpperCase();
  const last = body.at(-1) ?? first;
  const format = trailingFormat(body);
  const formatName = format?.name ?? defaultFormat;
  const sql = text.slice(0, last.end);
  if (keyword === 'KILL') return { kind: 'kill', format: formatName, sql };
  const inserts = body.some((token) => token.depth === 0 && isWord(token, 'INSERT'));
  if (!rowKeywords.includes(keyword) || inserts || unfinished) {
    const yieldsRows = smallResultKeywords.includes(keyword);
    return { kind: 'other', keyword, format: formatName, sql: text.trimEnd(), yieldsRows };
  }
  const main = text.slice(0, format?.start ?? last.end);
  const tail = format === undefined ? '' : text.slice(format.end, last.end);
  return {
    kind: 'rows',
    format: formatName,
    sql: (outFile) => `${main}${outFileClause(outFile)} FORMAT ${formatName}${tail}`,
  };
}

/** The text put into a SELECT; an error message that quotes it is cleaned of it again. */
export function outFileClause(outFile: string): string {
  return `\n INTO OUTFILE '${outFile}' TRUNCATE`;
}

function refuseSeveral(text: string, tokens: readonly Token[]): void {
  const semicolon = tokens.findIndex((token) => token.text === ';' && token.depth === 0);
  if (semicolon < 0 || tokens.slice(semicolon).every((token) => token.text === ';')) return;
  const at = (tokens[semicolon]?.start ?? 0) + 1;
  throw clickHouseError(
    'SYNTAX_ERROR',
    `Syntax error (Multi-statements are not allowed): failed at position ${at} (end of query): ${text.slice(at - 1, at + 80)}.`,
  );
}

function refuseOutFile(tokens: readonly Token[]): void {
  const found = tokens.some(
    (token, index) => token.depth === 0 && isWord(token, 'INTO') && isWord(tokens[index + 1], 'OUTFILE'),
  );
  if (found) throw clickHouseError('INTO_OUTFILE_NOT_ALLOWED', 'INTO OUTFILE is not allowed.');
}

/**
 * The FORMAT clause at the end, if there is one: `FORMAT name` followed by nothing or by SETTINGS. After a word or
 * sign that needs an operand (`ORDER BY format DESC`), `format` is a name.
 */
function trailingFormat(tokens: readonly Token[]): { start: number; end: number; name: string } | undefined {
  for (let index = tokens.length - 2; index > 0; index -= 1) {
    const [token, name, after] = [tokens[index], tokens[index + 1], tokens[index + 2]];
    if (token?.depth !== 0 || !isWord(token, 'FORMAT') || name?.kind !== 'word') continue;
    if (after !== undefined && !isWord(after, 'SETTINGS')) continue;
    if (!canEndClause(tokens[index - 1], tokens[index - 2])) continue;
    return { start: token.start, end: name.end, name: name.text };
  }
  return undefined;
}

const wantsOperand = new Set(
  (
    'SELECT DISTINCT FROM JOIN AS BY ON USING WHERE PREWHERE HAVING QUALIFY AND OR NOT IN LIKE ILIKE BETWEEN LIMIT ' +
    'OFFSET WITH CASE WHEN THEN ELSE INTERVAL IS DIV MOD UNION ALL EXCEPT INTERSECT'
  ).split(' '),
);

function canEndClause(token: Token | undefined, before: Token | undefined): boolean {
  if (token === undefined) return false;
  // Of GROUP BY ALL and ORDER BY ALL it is the operand.
  if (isWord(token, 'ALL') && isWord(before, 'BY')) return true;
  if (token.kind === 'punctuation') return ')]}*'.includes(token.text);
  return token.kind !== 'word' || !wantsOperand.has(token.text.toUpperCase());
}
