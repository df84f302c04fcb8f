import { StreamlabError } from '../../errors.js';

export type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Replaces variables in the values of a parsed compose file, as the Compose specification has it: `$VAR`, `${VAR}`,
 * `${VAR:-default}`, `${VAR-default}`, `${VAR:?message}`, `${VAR?message}`, `${VAR:+other}`, `${VAR+other}`, and `$$` for
 * a dollar sign. The form with a colon treats an empty variable as one that is not set. Keys stay as they are.
 * @throws StreamlabError INVALID_FILE naming the place and the variable
 */
export function interpolate(value: unknown, variables: Variables, place = ''): unknown {
  if (typeof value === 'string') return interpolateText(value, variables, place);
  if (Array.isArray(value)) {
    return value.map((item, index) => interpolate(item, variables, `${place}[${index}]`));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      interpolate(item, variables, place === '' ? key : `${place}.${key}`),
    ]),
  );
}

function interpolateText(text: string, variables: Variables, place: string): string {
  const dollar = text.indexOf('$');
  if (dollar < 0) return text;
  const [reference, value] = replacement(text.slice(dollar), variables, place);
  const rest = text.slice(dollar + reference.length);
  return text.slice(0, dollar) + value + interpolateText(rest, variables, place);
}

/** What the text, which begins with a dollar sign, refers to: the part that is replaced, and by what. */
function replacement(text: string, variables: Variables, place: string): [string, string] {
  if (text.startsWith('$$')) return ['$$', '$'];
  const isBraced = text.startsWith('${');
  const reference = isBraced
    ? text.slice(0, closingBrace(text) + 1)
    : (/^\$[A-Za-z_]\w*/.exec(text)?.[0] ?? '');
  const parts = /^([A-Za-z_]\w*)(?:(:?[-?+])(.*))?$/s.exec(
    isBraced ? reference.slice(2, -1) : reference.slice(1),
  );
  if (parts === null) {
    throw invalid(place, `"${text}" names no variable; a dollar sign that is meant as such is written $$`);
  }
  const [, name = '', operator = '', operand = ''] = parts;
  return [reference, valueOf(name, operator, operand, { reference, variables, place })];
}

/** Where the brace that the text opens is closed, -1 where it is not; a default may have braces of its own. */
function closingBrace(text: string): number {
  let depth = 0;
  for (const { index, 0: brace } of text.matchAll(/[{}]/g)) {
    depth += brace === '{' ? 1 : -1;
    if (depth === 0) return index;
  }
  return -1;
}

function valueOf(
  name: string,
  operator: string,
  operand: string,
  { reference, variables, place }: { reference: string; variables: Variables; place: string },
): string {
  const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
  const isSet = operator.startsWith(':') ? value !== undefined && value !== '' : value !== undefined;
  const other = (): string => interpolateText(operand, variables, place);
  switch (operator.replace(':', '')) {
    case '-':
      return isSet ? (value ?? '') : other();
    case '+':
      return isSet ? other() : '';
    case '?':
      if (!isSet) throw invalid(place, `${name} is not set: ${operand === '' ? reference : other()}`);
      return value ?? '';
    default:
      if (value === undefined) throw invalid(place, `the variable ${name} is not set and has no default`);
      return value;
  }
}

function invalid(place: string, what: string): StreamlabError {
  return new StreamlabError('INVALID_FILE', `The compose file, ${place}: ${what}.`);
}
