import { StreamlabError } from '../errors.js';

/** A template file: what it is called in messages, and its text. */
export interface TemplateFile {
  name: string;
  text: string;
}

export interface Statement {
  file: string;
  /** First line of the statement in its file, from 1. */
  line: number;
  sql: string;
}

const placeholder = /\$\{([^}\n]*)\}?/g;

/**
 * Fills `${name}` placeholders. Every placeholder must have a value, and every value must be used by some file,
 * so that a mistyped name cannot pass unnoticed.
 * @throws StreamlabError INVALID_TEMPLATE naming the file and line
 */
export function renderTemplates(
  files: readonly TemplateFile[],
  values: Readonly<Record<string, string | number>>,
): TemplateFile[] {
  const used = new Set<string>();
  const rendered = files.map((file) => ({ name: file.name, text: renderTemplate(file, values, used) }));
  const unused = Object.keys(values).filter((name) => !used.has(name));
  if (unused.length > 0) {
    throw new StreamlabError(
      'INVALID_TEMPLATE',
      `${files.map((file) => file.name).join(', ')}: the placeholder \${${unused.join('}, ${')}} is missing`,
      { suggestions: ['Put it back, or restore the file from the package.'] },
    );
  }
  return rendered;
}

function renderTemplate(
  file: TemplateFile,
  values: Readonly<Record<string, string | number>>,
  used: Set<string>,
): string {
  return file.text.replace(placeholder, (whole, name: string, offset: number) => {
    const value = whole.endsWith('}') && Object.hasOwn(values, name) ? values[name] : undefined;
    if (value !== undefined) {
      used.add(name);
      return String(value);
    }
    const line = lineAt(file.text, offset);
    const what = whole.endsWith('}')
      ? `unknown placeholder ${whole}`
      : `placeholder ${whole} has no closing brace`;
    throw new StreamlabError('INVALID_TEMPLATE', `${file.name} line ${line}: ${what}`, {
      suggestions: [`Known placeholders: ${Object.keys(values).sort().join(', ')}.`],
    });
  });
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

// Comments, quoted text and identifiers are skipped whole; a semicolon elsewhere ends a statement. In a string of
// ClickHouse a backslash escapes what follows; in one of Flink it stands for itself.
const tokens = {
  flink: /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"[^"]*"|`[^`]*`|;|\b(?:BEGIN|END)\b/gi,
  clickhouse: /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\]|''|\\.)*'|"[^"]*"|`[^`]*`|;|\b(?:BEGIN|END)\b/gi,
} as const;

/** The statements of a SQL file, without comments-only ones. `BEGIN … END` (a statement set) is one statement. */
export function splitStatements(file: TemplateFile, dialect: keyof typeof tokens): Statement[] {
  const statements: Statement[] = [];
  let start = 0;
  let depth = 0;
  const push = (end: number): void => {
    const sql = file.text.slice(start, end);
    const lead = leadingBlank.exec(sql)?.[0] ?? '';
    if (lead.length < sql.length) {
      statements.push({
        file: file.name,
        line: lineAt(file.text, start + lead.length),
        sql: sql.slice(lead.length).trim(),
      });
    }
  };
  for (const match of file.text.matchAll(tokens[dialect])) {
    const word = match[0].toUpperCase();
    if (word === 'BEGIN') depth++;
    else if (word === 'END' && depth > 0 && endsSet(file.text, match.index)) depth--;
    else if (word === ';' && depth === 0) {
      push(match.index);
      start = match.index + 1;
    }
  }
  push(file.text.length);
  return statements;
}

const leadingBlank = /^(?:\s+|--[^\n]*|\/\*[\s\S]*?\*\/)*/;

/** `END` closes a statement set only where a statement could begin; otherwise it is that of a CASE. */
function endsSet(text: string, index: number): boolean {
  const before = text.slice(0, index).replace(/(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)+$/, '');
  return before.endsWith(';');
}
