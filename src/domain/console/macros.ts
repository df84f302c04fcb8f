/** What a panel's query is asked about. */
export interface Surroundings {
  /** Epoch milliseconds. */
  fromMs: number;
  toMs: number;
  /** Choices of the variables; a variable that is not there stands at All. */
  chosen: ReadonlyMap<string, readonly string[]>;
}

const macro = /\$__conditionalAll\(|\$\{(\w+):singlequote\}|\$__(from|to)Time_ms\b/g;

/**
 * A query of a dashboard with its macros replaced as Grafana and its ClickHouse plugin do (docs/dashboards.md lists them).
 * What is put in is not looked at again, so that a choice that reads like a macro stays a text.
 */
export function expandQuery(sql: string, surroundings: Surroundings): string {
  const { fromMs, toMs, chosen } = surroundings;
  let expanded = '';
  let at = 0;
  for (const found of sql.matchAll(macro)) {
    const [text, variable, edge] = found;
    // Within the condition of the last one.
    if (found.index < at) continue;
    expanded += sql.slice(at, found.index);
    at = found.index + text.length;
    if (edge !== undefined) expanded += millis(edge === 'from' ? fromMs : toMs);
    else if (variable !== undefined) expanded += (chosen.get(variable) ?? []).map(quoted).join(',');
    else {
      const { condition, name, end } = conditional(sql, at);
      expanded += isAll(chosen.get(name)) ? '1=1' : expandQuery(condition, surroundings);
      at = end;
    }
  }
  return expanded + sql.slice(at);
}

/** Macros that a query has and `expandQuery` leaves. */
export function unknownMacros(sql: string): string[] {
  const rest = sql.replace(macro, '').replace(/, \$\w+\)/g, '');
  return rest.match(/\$(\{[^}]*\}|\w+)/g) ?? [];
}

function millis(ms: number): string {
  return `fromUnixTimestamp64Milli(${String(Math.trunc(ms))})`;
}

function isAll(choices: readonly string[] | undefined): boolean {
  return choices === undefined || choices.length === 0;
}

/** A text of ClickHouse's SQL. Grafana leaves backslashes alone, and with them the way out of the text. */
function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, String.raw`\$&`)}'`;
}

/** The rest of `$__conditionalAll(condition, $name)`, from behind its bracket on. */
function conditional(sql: string, from: number): { condition: string; name: string; end: number } {
  let depth = 1;
  let end = from;
  for (; end < sql.length && depth > 0; end += 1) {
    if (sql[end] === '(') depth += 1;
    else if (sql[end] === ')') depth -= 1;
  }
  const inside = sql.slice(from, end - 1);
  const comma = inside.lastIndexOf(',');
  return {
    condition: inside.slice(0, comma),
    name: inside
      .slice(comma + 1)
      .trim()
      .replace(/^\$/, ''),
    end,
  };
}
