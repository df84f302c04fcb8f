import { z } from 'zod';
import { StreamlabError } from '../../errors.js';
import { didYouMean, quoted } from '../traffic/notation.js';
import { tooLate } from './contract.js';
import { knownReasons } from './filter.js';

/** How to repair some dead letters. */
export interface FixRule {
  /** Reasons, the part of them before their colon, or `*` for every reason but too late. */
  reasons: readonly string[];
  /** Of the payload; empty for any. */
  schemaVersions: readonly number[];
  /** JSONata, from the old event to the new one. */
  expression: string;
  /** Where it was written, for messages. */
  where: string;
}

/** A file of rules, read. */
export interface FixFile {
  /** As it is named in messages. */
  file: string;
  values: unknown;
  /** The line of a key or an item, counted from 1. */
  lineOf: (path: readonly (string | number)[]) => number;
}

const any = '*';
const patterns = [any, ...knownReasons];

const reason = z
  .string('give a reason such as missing_field:amount, or a list of them')
  .transform((text, ctx) => {
    // `missing_field:*` says the same as `missing_field`.
    const pattern = text.trim().replace(/^(missing_field|invalid_field):\*$/, '$1');
    if (patterns.includes(pattern)) return pattern;
    ctx.addIssue({
      code: 'custom',
      message: `there is no reason ${quoted(text)}${didYouMean(pattern, patterns)}; streamlab dlq stats shows those that occur`,
    });
    return z.NEVER;
  });
const version = z.int('give a whole number such as 2, or a list of them');
const list = <T extends z.ZodType>(item: T) =>
  z.preprocess((value) => (Array.isArray(value) ? (value as unknown[]) : [value]), z.array(item).min(1));

const ruleSchema = z.strictObject({
  reason: list(reason),
  schema_version: list(version).optional(),
  fix: z.string('give an expression, as text').trim().min(1, 'the expression is empty'),
});
const fileSchema = z.strictObject(
  { rules: z.array(ruleSchema, 'give a list of rules').min(1, 'there is no rule') },
  'give a mapping with the key rules',
);

/** @throws StreamlabError INVALID_FILE naming file, line and key */
export function parseFixRules({ file, values, lineOf }: FixFile): FixRule[] {
  const parsed = fileSchema.safeParse(values);
  if (!parsed.success) {
    const { path, sentence } = faultOf(parsed.error);
    throw new StreamlabError('INVALID_FILE', `${file}:${lineOf(path)}: ${sentence}.`, {
      suggestions: [
        'A rule has the keys reason, schema_version (if it matters) and fix: docs/dead-letters.md.',
      ],
    });
  }
  return parsed.data.rules.map((rule, index) => ({
    reasons: rule.reason,
    schemaVersions: rule.schema_version ?? [],
    expression: rule.fix,
    where: `${file}:${lineOf(['rules', index, 'fix'])}`,
  }));
}

function faultOf(error: z.ZodError): { path: (string | number)[]; sentence: string } {
  // A key that nobody knows is the likely cause of one that is missing.
  const issue = error.issues.find(({ code }) => code === 'unrecognized_keys') ?? error.issues[0];
  const path = (issue?.path ?? []).filter((part) => typeof part !== 'symbol');
  if (issue?.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    const keys = Object.keys(path.length === 0 ? fileSchema.shape : ruleSchema.shape);
    const place = path.length === 0 ? 'a file of rules' : 'a rule';
    return { path: [...path, key], sentence: `${quoted(key)} is no key of ${place}${didYouMean(key, keys)}` };
  }
  const key = path.findLast((part) => typeof part === 'string');
  const why = issue?.message ?? '';
  return { path, sentence: key === undefined ? why : `${key}: ${why}` };
}

/** The rule of `--fix`: for whatever is invalid. */
export function fixOfFlag(expression: string): FixRule {
  return { reasons: [any], schemaVersions: [], expression, where: '--fix' };
}

/**
 * The number of the first rule that fits, or -1.
 * @param schemaVersion gives what the payload says, whatever it is; asked only where a rule needs it
 */
export function ruleFor(
  rules: readonly FixRule[],
  letterReason: string,
  schemaVersion: () => unknown,
): number {
  return rules.findIndex(
    ({ reasons, schemaVersions }) =>
      reasons.some((pattern) => fits(pattern, letterReason)) &&
      (schemaVersions.length === 0 || schemaVersions.some((wanted) => wanted === schemaVersion())),
  );
}

/** What came too late is not broken: only a rule that names it changes it. */
function fits(pattern: string, letterReason: string): boolean {
  if (pattern === any) return letterReason !== tooLate;
  return letterReason === pattern || letterReason.startsWith(`${pattern}:`);
}
