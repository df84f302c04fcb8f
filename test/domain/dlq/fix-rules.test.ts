import { describe, expect, it } from 'vitest';
import { parseYamlDocument } from '../../../src/adapters/files/yaml-document.js';
import { fixOfFlag, parseFixRules, ruleFor, type FixRule } from '../../../src/domain/dlq/fix-rules.js';

const parse = (text: string): FixRule[] =>
  parseFixRules({ file: 'rules.yaml', ...parseYamlDocument(text, 'rules.yaml') });

describe('a file of rules', () => {
  it('is read: one reason or several, versions or none, and where each expression stands', () => {
    expect(
      parse(
        'rules:\n  - reason: missing_field:*\n    schema_version: 2\n    fix: $\n  - fix: |\n      $\n    reason: [malformed_json, invalid_field:amount]\n',
      ),
    ).toEqual([
      { reasons: ['missing_field'], schemaVersions: [2], expression: '$', where: 'rules.yaml:4' },
      {
        reasons: ['malformed_json', 'invalid_field:amount'],
        schemaVersions: [],
        expression: '$',
        where: 'rules.yaml:5',
      },
    ]);
  });

  it.each([
    ['- 1', /^rules\.yaml:1: give a mapping with the key rules\.$/],
    ['', /^rules\.yaml:1: give a mapping with the key rules\.$/],
    ['rule: []', /^rules\.yaml:1: "rule" is no key of a file of rules \(did you mean "rules"\?\)\.$/],
    ['rules: []', /^rules\.yaml:1: rules: there is no rule\.$/],
    ['rules: yes', /^rules\.yaml:1: rules: give a list of rules\.$/],
    ['rules:\n  - reason: malformed_json', /^rules\.yaml:2: fix: /],
    ['rules:\n  - fix: $', /^rules\.yaml:2: reason: give a reason/],
    ['rules:\n  - resaon: x\n    fix: $', /^rules\.yaml:2: "resaon" is no key of a rule/],
    ['rules:\n  - reason: "*"\n    fix: "  "', /^rules\.yaml:3: fix: the expression is empty\.$/],
    ['rules:\n  - reason: "*"\n    fix: 5', /^rules\.yaml:3: fix: give an expression, as text\.$/],
    [
      'rules:\n  - resaon: "*"\n    reason: "*"\n    fix: $',
      /^rules\.yaml:2: "resaon" is no key of a rule \(did you mean "reason"\?\)\.$/,
    ],
    [
      'rules:\n  - reason: missing_field:amuont\n    fix: $',
      /^rules\.yaml:2: reason: there is no reason "missing_field:amuont" \(did you mean "missing_field:amount"\?\)/,
    ],
    [
      'rules:\n  - reason: "*"\n    schema_version: two\n    fix: $',
      /^rules\.yaml:3: schema_version: give a whole number/,
    ],
  ])('is refused with file, line and key: %j', (text, sentence) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({
        code: 'INVALID_FILE',
        message: expect.stringMatching(sentence) as string,
      }) as Error,
    );
  });
});

describe('the rule of a letter', () => {
  const rules = parse(`rules:
    - { reason: missing_field:amount, schema_version: 2, fix: a }
    - { reason: [missing_field, future_event], fix: b }
    - { reason: '*', fix: c }
    - { reason: too_late, fix: d }`);
  const chosen = (reason: string, version?: unknown): string | undefined =>
    rules[ruleFor(rules, reason, () => version)]?.expression;

  it('is the first that fits its reason and version', () => {
    expect(chosen('missing_field:amount', 2)).toBe('a');
    expect(chosen('missing_field:amount', '2')).toBe('b');
    expect(chosen('missing_field:amount')).toBe('b');
    expect(chosen('future_event')).toBe('b');
    expect(chosen('missing_fieldx')).toBe('c');
    expect(chosen('malformed_json')).toBe('c');
  });

  it('is for what came too late only if it says so', () => {
    expect(chosen('too_late')).toBe('d');
    expect(ruleFor([fixOfFlag('$')], 'too_late', () => 1)).toBe(-1);
    expect(ruleFor([fixOfFlag('$')], 'malformed_json', () => undefined)).toBe(0);
  });
});
