import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseYamlDocument } from '../../../src/adapters/files/yaml-document.js';
import { parseAlertFile, type AlertFile } from '../../../src/domain/alerts/rule-file.js';
import { replacedBy, ruleKinds, type AlertRule } from '../../../src/domain/alerts/rule.js';

const parseFile = (text: string): AlertFile =>
  parseAlertFile({ file: 'rules.yaml', ...parseYamlDocument(text, 'rules.yaml') });
const parse = (text: string): AlertRule[] => parseFile(text).rules;
const refusal = (sentence: RegExp): Error =>
  expect.objectContaining({
    code: 'INVALID_FILE',
    message: expect.stringMatching(sentence) as string,
  }) as Error;
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

  it('have no routes, and those they show as a comment are right', () => {
    expect(parseFile(text).routes).toEqual([]);
    const [before = '', commented = ''] = text.split('# routes:\n');
    const shown = commented.replace(/^# ?/gm, '');
    expect(parseFile(`${before}\nroutes:\n${shown}`).routes).toHaveLength(3);
  });

  it('replace what the Flink job writes', () => {
    expect([...replacedBy(parse(text))]).toEqual([
      ['flink-dead-letter-share', 'dead-letter-spike'],
      ['flink-revenue-band', 'revenue-drop'],
    ]);
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
      replaces: [],
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
      one(...lag, 'replaces: other'),
      /^rules\.yaml:5: rule "mine": "replaces" is no key of a rule of kind watermark_lag/,
    ],
    [
      one('kind: revenue_anomaly', 'replaces: []'),
      /^rules\.yaml:4: rule "mine": replaces: the list is empty\.$/,
    ],
    [
      one('kind: revenue_anomaly', 'replaces: [a, 5]'),
      /^rules\.yaml:4: .*replaces: give one line of text\.$/,
    ],
    [
      one('kind: revenue_anomaly', 'replaces: mine'),
      /^rules\.yaml:4: rule "mine": replaces: "mine" is a rule of this file; switch it off with enabled: false\.$/,
    ],
    [
      `${one(...lag)}\n  - name: mine\n    kind: zero_traffic`,
      /^rules\.yaml:5: rule "mine": name: there is a rule of that name in line 2 already\.$/,
    ],
    [
      'rules:\n  - name: "Bad Name"\n    kind: zero_traffic',
      /^rules\.yaml:2: rule "Bad Name": name: give a name of small letters/,
    ],
  ])('is refused with file, line, rule and key: %j', (text, sentence) => {
    expect(() => parse(text)).toThrow(refusal(sentence));
  });

  it('knows the labels of the rule as names of its message', () => {
    const [rule] = parse(one(...lag, 'labels: { team: data }', "message: '{team}, look: {value}'"));
    expect(rule?.message).toBe('{team}, look: {value}');
  });
});

describe('what a rule replaces', () => {
  const revenue = (name: string, ...lines: string[]): string =>
    ['', `  - name: ${name}`, '    kind: revenue_anomaly', ...lines.map((line) => `    ${line}`)].join('\n');
  const replaced = (...texts: string[]): unknown => [...replacedBy(parse(`rules:${texts.join('')}`))];

  it('may be one name or several, and belongs to the first rule that names it', () => {
    expect(replaced(revenue('a', 'replaces: [x, y]'), revenue('b', 'replaces: x'))).toEqual([
      ['x', 'a'],
      ['y', 'a'],
    ]);
  });

  it('is told again once the rule is switched off', () => {
    expect(replaced(revenue('a', 'replaces: [x, y]', 'enabled: false'), revenue('b', 'replaces: x'))).toEqual(
      [['x', 'b']],
    );
    expect(replaced(revenue('a', 'replaces: x', 'enabled: false'))).toEqual([]);
  });
});

describe('the routes of a file', () => {
  const routes = (...lines: string[]): string =>
    ['rules: []', 'routes:', ...lines.map((line) => `  ${line}`)].join('\n');

  it('are read as the delivery takes them', () => {
    const text = routes(
      '- channels: [discord]',
      '- min_severity: critical',
      '  labels: { team: payments, tier: 1 }',
      '  channels: [slack, webhook]',
      '  resolved: false',
    );
    expect(parseFile(text)).toEqual({
      file: 'rules.yaml',
      rules: [],
      routes: [
        { channels: ['discord'] },
        {
          minSeverity: 'critical',
          labels: { team: 'payments', tier: '1' },
          channels: ['slack', 'webhook'],
          resolved: false,
        },
      ],
    });
  });

  it.each([
    ['rules: []\nroutes: yes', /^rules\.yaml:2: routes: give a list of routes\.$/],
    ['rules: []\nroute: []', /^rules\.yaml:2: "route" is no key of a file .*\(did you mean "routes"\?\)\.$/],
    [routes('- discord'), /^rules\.yaml:3: a route is a mapping with the key channels\.$/],
    [routes('- min_severity: info'), /^rules\.yaml:3: route 1: channels: it is missing: give a list/],
    [routes('- channels: discord'), /^rules\.yaml:3: route 1: channels: give a list, such as \[discord\]\.$/],
    [routes('- channels: []'), /^rules\.yaml:3: route 1: channels: the list is empty\.$/],
    [
      routes('- channels: [console]', '- channels:', '    - slack', '    - discrod'),
      /^rules\.yaml:6: route 2: channels: there is no channel "discrod" \(did you mean "discord"\?\); channels are discord, slack, webhook, console\.$/,
    ],
    [
      routes('- chanels: [slack]'),
      /^rules\.yaml:3: route 1: "chanels" is no key of a route \(did you mean "channels"\?\)\.$/,
    ],
    [
      routes('- channels: [slack]', '  minSeverity: info'),
      /^rules\.yaml:4: route 1: "minSeverity" is no key of a route \(did you mean "min_severity"\?\)\.$/,
    ],
    [
      routes('- channels: [slack]', '  min_severity: critcal'),
      /^rules\.yaml:4: .*min_severity: give info, warning or critical \(did you mean "critical"\?\)\.$/,
    ],
    [
      routes('- channels: [slack]', '  labels:', '    team: [a]'),
      /^rules\.yaml:5: route 1: labels\.team: give a text\.$/,
    ],
    [routes('- channels: [slack]', '  resolved: never'), /^rules\.yaml:4: .*resolved: give true or false\.$/],
  ])('are refused with file, line, route and key: %j', (text, sentence) => {
    expect(() => parseFile(text)).toThrow(refusal(sentence));
  });
});
