import { JsonScanner, type JsonToken } from '../json-scan.js';
import { printable, shortened } from '../printable.js';

/** A line of JSON laid out for people. */
export interface PrettyLine {
  text: string;
  /** The name under which the root's object has what stands there. */
  field: string | undefined;
}

export interface PrettyLimits {
  lines: number;
  /** Characters of a name or value. */
  value: number;
}

/** Deeper levels are not indented further. */
const DEEPEST_INDENT = 40;

/**
 * JSON, a value a line, spelled as it was: numbers keep their digits, a name that stands twice stands twice. The text
 * must be JSON.
 */
export function prettyJson(text: string, limits: PrettyLimits): { lines: PrettyLine[]; isCut: boolean } {
  const scanner = new JsonScanner(text);
  const layout = new Layout(limits);
  for (let token = scanner.next(); token !== 'end' && token !== 'bad'; token = scanner.next()) {
    if (layout.lines.length >= limits.lines) return { lines: layout.lines, isCut: true };
    layout.add(token, text.slice(scanner.start, scanner.end));
  }
  layout.endLine();
  return { lines: layout.lines, isCut: false };
}

class Layout {
  readonly lines: PrettyLine[] = [];
  private line = '';
  private depth = 0;
  private before: JsonToken | undefined;
  private field: string | undefined;

  constructor(private readonly limits: PrettyLimits) {}

  add(token: JsonToken, text: string): void {
    const isFirst = this.before === '{' || this.before === '[';
    if (token === '}' || token === ']') this.close(text, isFirst);
    else {
      if (isFirst) this.endLine();
      if (this.depth === 1 && token === 'string' && (this.before === '{' || this.before === ','))
        this.field = JSON.parse(text) as string;
      this.line += token === ':' ? ': ' : this.shown(text);
      if (token === '{' || token === '[') this.depth++;
      if (token === ',') this.endLine();
    }
    this.before = token;
  }

  endLine(): void {
    this.lines.push({ text: this.line, field: this.field });
    this.line = '  '.repeat(Math.min(this.depth, DEEPEST_INDENT));
  }

  private close(text: string, isEmpty: boolean): void {
    this.depth--;
    if (!isEmpty) this.endLine();
    if (this.depth === 0) this.field = undefined;
    this.line += text;
  }

  private shown(text: string): string {
    if (text.length <= this.limits.value) return printable(text);
    return `${printable(shortened(text, this.limits.value))} (${text.length} characters)`;
  }
}
