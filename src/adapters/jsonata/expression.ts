import jsonata from 'jsonata';
import type { FixRule } from '../../domain/dlq/fix-rules.js';
import type { Fixed, FixRequest } from '../../domain/dlq/replay-plan.js';
import { reasonOf, StreamlabError } from '../../errors.js';

/** What one evaluation may take; jsonata itself holds to it, except inside a single call of a function. */
export const fixLimits = { timeMs: 1_000, depth: 500, items: 100_000 };

/** Characters that an event may grow by: the answers for many letters are in memory at once. */
const MAX_GROWTH = 256 * 1_024;

/** jsonata's errors of these limits, as clauses. */
const beyondLimits: Readonly<Record<string, string>> = {
  D1011: `calls itself too deeply (${fixLimits.depth} levels)`,
  D1012: `takes longer than ${fixLimits.timeMs / 1_000} s`,
  D2014: 'makes a list that is too long',
  D2015: 'makes a list that is too long',
};

/** How `trouble` begins when time ran out: such a letter costs as much as thousands of others. */
export const tookTooLong = 'takes longer than';

/** A fix, ready to be evaluated. In this process it can take any amount of memory: see `sandbox.ts`. */
export type Fix = (request: FixRequest) => Promise<Fixed>;

/** @throws StreamlabError INVALID_FILE or INVALID_USAGE naming where the expression was written, and its fault */
export function compileFix({ expression, where }: Pick<FixRule, 'expression' | 'where'>): Fix {
  const compiled = compile(expression, where);
  // Bindings of a call come after functions: a name given twice is the binding.
  compiled.registerFunction('parse', (text: unknown) => parsed(text), '<x-:x>');
  return async ({ text, letter }) => {
    try {
      const bindings = { letter, ...(text === null ? {} : { text }) };
      return asEvent(await compiled.evaluate(parsed(text), bindings), (text ?? '').length + MAX_GROWTH);
    } catch (error) {
      const { code, message } = asJsonataError(error);
      return { trouble: beyondLimits[code] ?? `fails: ${message}` };
    }
  };
}

function compile(expression: string, where: string): ReturnType<typeof jsonata> {
  const { timeMs: timeout, depth: stack, items: sequence } = fixLimits;
  try {
    return jsonata(expression, { timeout, stack, sequence });
  } catch (error) {
    const { position, message } = asJsonataError(error);
    const at = position === undefined ? '' : ` at character ${position}`;
    throw new StreamlabError(
      where.startsWith('--') ? 'INVALID_USAGE' : 'INVALID_FILE',
      `${where}: the expression has a fault${at}: ${message}.`,
      {
        suggestions: ['The language is JSONata: https://docs.jsonata.org, and docs/dead-letters.md.'],
        cause: error,
      },
    );
  }
}

/** jsonata throws plain objects; errors of JavaScript have neither code nor position. */
function asJsonataError(error: unknown): { code: string; message: string; position: number | undefined } {
  const { code, message, position } = error as Record<string, unknown>;
  return {
    code: typeof code === 'string' ? code : '',
    message: typeof message === 'string' ? message : reasonOf(error),
    position: typeof position === 'number' ? position : undefined,
  };
}

/** Undefined for what is no JSON. */
function parsed(text: unknown): unknown {
  try {
    return typeof text === 'string' ? (JSON.parse(text) as unknown) : undefined;
  } catch {
    return undefined;
  }
}

function asEvent(value: unknown, maxLength: number): Fixed {
  if (value === undefined || value === null) return { trouble: 'gives nothing' };
  if (Array.isArray(value)) return { trouble: 'gives a list, and no event' };
  if (typeof value !== 'object') return { trouble: `gives a ${typeof value}, and no event` };
  const json = jsonOf(value);
  if (json === undefined)
    return { trouble: 'gives an event with something in it that is no JSON, such as a function' };
  return json.length > maxLength
    ? { trouble: `gives an event of ${json.length} characters, which is too long` }
    : { json };
}

/** Undefined for what is no JSON: a function of jsonata refers to itself. */
function jsonOf(value: object): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) throw error;
    return undefined;
  }
}
