import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseYamlDocument } from '../../../src/adapters/files/yaml-document.js';
import { parseAlertRules } from '../../../src/domain/alerts/rule-file.js';
import { ruleKinds, type AlertRule } from '../../../src/domain/alerts/rule.js';

const parse = (text: string): AlertRule[] =>
  parseAlertRules({ file: 'rules.yaml', ...parseYamlDocument(text, 'rules.yaml') });
const one = (...lines: string[]): string =>
  ['rules:', '  - name: mine', ...lines.map((line) => `    ${line}`)].join('\n');

describe('the rules that ship', () => {
  const text = readFileSync('templates/alerts/rules.yaml', 'utf8');

  it('are valid, and there is one of every kind', () => {
    const kinds = new Set(parse(text).map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual([...ruleKinds].sort());
  });

  it('are all enabled', () => {
    expect(parse(text).every(({ enabled }) => enabled)).toBe(true);
  });
});

describe('a file of alert rules', () => {
  it('is read: durations in milliseconds, shares of 1, what is not said by default', () => {
    const [rule] = parse(one('kind: dlq_rate', 'above: 2.5%', 'reason: missing_field:*', 'for: 3m'));
    expect(rule).toEqual({
      name: 'mine',
      enabled: true,
      kind: 'dlq_rate',
      above: { share: 0.025 },
      reason: ['missing_field'],
      by_reason: false,
      min_events: 100,
      severity: 'warning',
      for: 180_000,
      keep_firing_for: 0,
      cooldown: 300_000,
      labels: {},
      wait_for_late: 0,
    });
  });

  it('takes a count a minute in place of a share', () => {
    expect(parse(one('kind: dlq_rate', 'above: 100/min'))[0]).toMatchObject({ above: { perMinute: 100 } });
  });

  it('may have no rule at all', () => {
    expect(parse('rules: []')).toEqual([]);
  });

  const lag = ['kind: watermark_lag', 'above: 2m'];
  it.each([
    ['- 1', /^rules\.yaml:1: give a mapping with the key rules\.$/],
    ['', /^rules\.yaml:1: give a mapping with the key rules\.$/],
    ['ruls: []', /^rules\.yaml:1: "ruls" is no key of a file of alert rules \(did you mean "rules"\?\)\.$/],
    ['rules: yes', /^rules\.yaml:1: rules: give a list of rules\.$/],
    ['rules:\n  - 5', /^rules\.yaml:2: a rule is a mapping/],
    ['rules:\n  - kind: watermark_lag\n    above: 2m', /^rules\.yaml:2: name: it is missing: give a name\.$/],
    [one(), /^rules\.yaml:2: rule "mine": kind: give a kind; kinds are dlq_rate, /],
    [
      one('knid: dlq_rate'),
      /^rules\.yaml:3: rule "mine": "knid" is no key of a rule \(did you mean "kind"\?\)\.$/,
    ],
    [
      one('kind: dql_rate'),
      /^rules\.yaml:3: rule "mine": kind: there is no kind "dql_rate" \(did you mean "dlq_rate"\?\)/,
    ],
    [one('kind: dlq_rate'), /^rules\.yaml:2: rule "mine": above: it is missing: give a share such as 5%/],
    [
      one('kind: dlq_rate', 'abvoe: 5%'),
      /^rules\.yaml:4: rule "mine": "abvoe" is no key .* \(did you mean "above"\?\)\.$/,
    ],
    [
      one('kind: dlq_rate', 'above: 5'),
      /^rules\.yaml:4: rule "mine": above: "5": give a share such as 5%, or a count/,
    ],
    [one('kind: dlq_rate', 'above: 500%'), /^rules\.yaml:4: rule "mine": above: "500%": give a share/],
    [
      one('kind: dlq_rate', 'above: 5%', 'reason: [malformed_json, missing_field:amuont]'),
      /^rules\.yaml:5: rule "mine": reason: there is no reason "missing_field:amuont" \(did you mean "missing_field:amount"\?\)/,
    ],
    [
      one('kind: error_share', 'above: 5%', 'event_type: page_veiw'),
      /^rules\.yaml:5: .*did you mean "page_view"/,
    ],
    [
      one(...lag, 'severity: critcal'),
      /^rules\.yaml:5: .*severity: "critcal": give info, warning or critical \(did you mean "critical"\?\)\.$/,
    ],
    [one(...lag, 'for: 5'), /^rules\.yaml:5: rule "mine": for: "5": give a duration with a unit/],
    [one(...lag, 'for: 8d'), /^rules\.yaml:5: rule "mine": for: "8d": give a week at most\.$/],
    [
      one('kind: watermark_lag', 'above: 0s'),
      /^rules\.yaml:4: rule "mine": above: give a duration above 0\.$/,
    ],
    [
      one(...lag, 'labels:', '  reason: x'),
      /^rules\.yaml:6: rule "mine": labels\.reason: that label is given by streamlab/,
    ],
    [
      one(...lag, 'labels:', '  Team: x'),
      /^rules\.yaml:6: rule "mine": labels\.Team: give a name of small letters/,
    ],
    [
      one(...lag, 'message: it is {vlaue}'),
      /^rules\.yaml:5: rule "mine": message: there is no \{vlaue\} \(did you mean "value"\?\)/,
    ],
    [
      one(...lag, 'message: it is {group}'),
      /message: there is no \{group\}.*a rule of kind watermark_lag knows .*\{threshold\}/,
    ],
    [
      one(...lag, 'message: it is {value'),
      /^rules\.yaml:5: rule "mine": message: \{value has no closing brace\.$/,
    ],
    [one(...lag, 'enabled: 3'), /^rules\.yaml:5: rule "mine": enabled: give true or false\.$/],
    [one('kind: revenue_anomaly', 'windows: 10', 'min_windows: 20'), /^rules\.yaml:5: .*never be judged\.$/],
    [
      one('kind: revenue_anomaly', 'sensitivity: 0'),
      /^rules\.yaml:4: .*sensitivity: give a number from 1 to 20\.$/,
    ],
    [one('kind: zero_traffic', 'wait_for_late: 5s'), /^rules\.yaml:4: .*wait_for_late: without event_type/],
    [
      `${one(...lag)}\n  - name: mine\n    kind: zero_traffic`,
      /^rules\.yaml:5: rule "mine": name: there is a rule of that name in line 2 already\.$/,
    ],
    [
      'rules:\n  - name: "Bad Name"\n    kind: zero_traffic',
      /^rules\.yaml:2: rule "Bad Name": name: give a name of small letters/,
    ],
  ])('is refused with file, line, rule and key: %j', (text, sentence) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({
        code: 'INVALID_FILE',
        message: expect.stringMatching(sentence) as string,
      }) as Error,
    );
  });

  it('knows the labels of the rule as names of its message', () => {
    const [rule] = parse(one(...lag, 'labels: { team: data }', "message: '{team}, look: {value}'"));
    expect(rule?.message).toBe('{team}, look: {value}');
  });
});
