import type { z } from 'zod';
import { StreamlabError } from '../../errors.js';
import { nearest } from '../nearest.js';
import { didYouMean, orList, quoted } from '../traffic/notation.js';
import type { Route } from '../notify/routes.js';
import { mappingOf, readRoutes, unknownKey } from './route-list.js';
import { messageNames, placeholdersOf } from './message.js';
import { ruleKinds, ruleSchemas, type AlertRule, type RuleKind } from './rule.js';

/** A file of rules as YAML. */
export interface RuleFile {
  /** As it is named in messages. */
  file: string;
  values: unknown;
  /** The line of a key or an item, counted from 1. */
  lineOf: (path: readonly (string | number)[]) => number;
}

/** A file of rules, read. */
export interface AlertFile {
  /** As it is named in messages. */
  file: string;
  /** The ones that are not enabled among them. */
  rules: AlertRule[];
  /** Where alerts are sent; none: everywhere. */
  routes: Route[];
}

type Path = readonly (string | number)[];

const MAX_RULES = 200;
const topKeys = ['rules', 'routes'];

/** @throws StreamlabError INVALID_FILE naming file, line, rule or route, and key */
export function parseAlertFile(file: RuleFile): AlertFile {
  return new RuleReader(file).read();
}

class RuleReader {
  constructor(private readonly file: RuleFile) {}

  read(): AlertFile {
    const top = mappingOf(this.file.values);
    if (top === undefined) throw this.error([], 'give a mapping with the key rules');
    for (const key of Object.keys(top))
      if (!topKeys.includes(key)) throw this.error([key], unknownKey(key, topKeys, 'a file of alert rules'));
    const list = top.rules;
    if (!Array.isArray(list))
      throw this.error('rules' in top ? ['rules'] : [], 'rules: give a list of rules');
    if (list.length > MAX_RULES) throw this.error(['rules'], `rules: give ${MAX_RULES} at most`);
    const rules = list.map((value: unknown, index) => this.rule(value, ['rules', index]));
    this.refuseTwins(rules);
    this.refuseOwnReplaced(rules);
    const routes = readRoutes(top.routes, (inside, sentence) => this.error(['routes', ...inside], sentence));
    return { file: this.file.file, rules, routes };
  }

  private rule(value: unknown, path: Path): AlertRule {
    const given = mappingOf(value);
    if (given === undefined)
      throw this.error(path, 'a rule is a mapping with the keys name, kind and what the kind asks for');
    const schema = ruleSchemas[this.kindOf(given, path)];
    const parsed = schema.safeParse(given);
    if (!parsed.success) throw this.fault(parsed.error, given, path, Object.keys(schema.shape));
    this.refuseUnknownNames(parsed.data, path);
    this.refuseContradictions(parsed.data, path);
    return parsed.data;
  }

  private kindOf(given: Record<string, unknown>, path: Path): RuleKind {
    const kind = ruleKinds.find((each) => each === given.kind);
    if (kind !== undefined) return kind;
    const near = Object.keys(given).find((key) => key !== 'kind' && nearest(key, ['kind']) === 'kind');
    if (!('kind' in given) && near !== undefined)
      throw this.error([...path, near], unknownKey(near, ['kind'], 'a rule'), given);
    const what = typeof given.kind === 'string' ? `there is no kind ${quoted(given.kind)}` : 'give a kind';
    const guess = typeof given.kind === 'string' ? didYouMean(given.kind, ruleKinds) : '';
    throw this.error([...path, 'kind'], `kind: ${what}${guess}; kinds are ${orList(ruleKinds)}`, given);
  }

  private fault(
    error: z.ZodError,
    given: Record<string, unknown>,
    path: Path,
    keys: readonly string[],
  ): StreamlabError {
    // A key that nobody knows is the likely cause of one that is missing.
    const issue = error.issues.find(({ code }) => code === 'unrecognized_keys') ?? error.issues[0];
    const inside = (issue?.path ?? []).filter((part) => typeof part !== 'symbol');
    if (issue?.code === 'unrecognized_keys') {
      const key = issue.keys[0] ?? '';
      return this.error([...path, key], unknownKey(key, keys, `a rule of kind ${String(given.kind)}`), given);
    }
    const key = inside.filter((part) => typeof part === 'string').join('.');
    const isMissing = inside.length === 1 && !(String(inside[0]) in given);
    const why = isMissing ? `it is missing: ${issue?.message ?? ''}` : (issue?.message ?? '');
    return this.error([...path, ...inside], `${key}: ${why}`, given);
  }

  private refuseUnknownNames(rule: AlertRule, path: Path): void {
    const known = messageNames(rule.kind, Object.keys(rule.labels));
    for (const { name, isClosed } of placeholdersOf(rule.message ?? '')) {
      if (!isClosed) throw this.error([...path, 'message'], `message: {${name} has no closing brace`, rule);
      if (known.includes(name)) continue;
      const guess = didYouMean(name, known);
      throw this.error(
        [...path, 'message'],
        `message: there is no {${name}}${guess}; a rule of kind ${rule.kind} knows ${known.map((each) => `{${each}}`).join(', ')}`,
        rule,
      );
    }
  }

  private refuseContradictions(rule: AlertRule, path: Path): void {
    if (rule.kind === 'revenue_anomaly' && rule.min_windows > rule.windows)
      throw this.error(
        [...path, 'min_windows'],
        `min_windows: ${rule.min_windows} is more than windows: ${rule.windows}, so that it would never be judged`,
        rule,
      );
    if (rule.kind === 'zero_traffic' && rule.event_type === undefined && rule.wait_for_late > 0)
      throw this.error(
        [...path, 'wait_for_late'],
        'wait_for_late: without event_type the clock is asked, and no window is waited for',
        rule,
      );
  }

  private refuseTwins(rules: readonly AlertRule[]): void {
    const places = new Map<string, number>();
    for (const [index, { name }] of rules.entries()) {
      const first = places.get(name);
      if (first !== undefined)
        throw this.error(
          ['rules', index, 'name'],
          `name: there is a rule of that name in line ${this.file.lineOf(['rules', first, 'name'])} already`,
          { name },
        );
      places.set(name, index);
    }
  }

  /** Of its own rules the file says itself which are enabled. */
  private refuseOwnReplaced(rules: readonly AlertRule[]): void {
    const names = new Set(rules.map(({ name }) => name));
    for (const [index, rule] of rules.entries()) {
      const own = 'replaces' in rule ? rule.replaces.find((name) => names.has(name)) : undefined;
      if (own === undefined) continue;
      throw this.error(
        ['rules', index, 'replaces'],
        `replaces: ${quoted(own)} is a rule of this file; switch it off with enabled: false`,
        rule,
      );
    }
  }

  private error(path: Path, sentence: string, rule?: { name?: unknown }): StreamlabError {
    const { file, lineOf } = this.file;
    const named = typeof rule?.name === 'string' ? `rule ${quoted(rule.name)}: ` : '';
    return new StreamlabError('INVALID_FILE', `${file}:${lineOf(path)}: ${named}${sentence}.`, {
      suggestions: ['Rules are explained in docs/alerts.md; streamlab alerts rules checks a file.'],
    });
  }
}
