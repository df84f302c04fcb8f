import { expect, test } from 'vitest';
import { parseAlertFile, type AlertFile } from '../../../src/domain/alerts/rule-file.js';
import { namedRule, refuseUnknownRule } from '../../../src/domain/alerts/rule-names.js';
import { parseSilence, silenceRow, silenceSentence } from '../../../src/domain/alerts/silence-request.js';
import { isSilenced } from '../../../src/domain/alerts/silences.js';
import { MINUTE, T0 } from './support.js';

const flags = { for: '1h', label: ['team=shop', 'note=a=b'], comment: 'release' };

test('a silence is for so long from now, with all the labels', () => {
  const silence = parseSilence('a', flags, T0);
  expect(silence).toEqual({
    ...{ rule: 'a', labels: { team: 'shop', note: 'a=b' } },
    ...{ from: T0, until: T0 + 60 * MINUTE, comment: 'release' },
  });
  const alert = { rule: 'a', labels: { team: 'shop', note: 'a=b' } };
  expect(isSilenced([silence], alert, T0)).toBe(true);
  expect(isSilenced([silence], alert, T0 + 60 * MINUTE)).toBe(false);
});

test.each([
  [{ for: undefined }, 'For how long is not said.'],
  [{ for: 'soon' }, '--for "soon": give a duration with a unit.'],
  [{ for: '0s' }, '--for "0s": give a duration above 0.'],
  [{ for: '31d' }, '--for "31d": give 30d at most.'],
  [{ label: ['team'] }, '--label "team": give a name and a value.'],
  [{ label: ['=shop'] }, '--label "=shop": give a name and a value.'],
  [{ label: ['a=1', 'a=2'] }, '--label "a" is given twice, and no alert has both.'],
  [{ comment: 'x'.repeat(201) }, '--comment: give 200 characters at most.'],
])('what makes no sense is refused, and the flag named: %j', (changes, message) => {
  expect(() => parseSilence('a', { ...flags, ...changes }, T0)).toThrow(
    expect.objectContaining({ code: 'INVALID_USAGE', message }) as Error,
  );
});

test('a silence is shown without anything that moves the cursor', () => {
  const silence = parseSilence('*', { for: '90m', label: ['x=\u001b[2J'], comment: '\u001b]0;' }, T0);
  expect(silenceRow(silence, T0 + 30 * MINUTE)).toEqual([
    ...['* (every rule)', 'x=\\u001b[2J', '2026-01-01 11:30:00', '1h', '\\u001b]0;'],
  ]);
  expect(silenceSentence(silence)).toBe('Silent until 2026-01-01 11:30:00 UTC: every rule (x=\\u001b[2J).');
});

const file: AlertFile = parseAlertFile({
  file: 'mine.yaml',
  values: {
    rules: [
      { name: 'spike', kind: 'dlq_rate', above: '5%', replaces: 'of-others', enabled: false },
      { name: 'drop', kind: 'revenue_anomaly' },
    ],
  },
  lineOf: () => 1,
});

test('rules of the file, what they replace, the job’s own and all at once may be silenced', () => {
  for (const name of ['spike', 'drop', 'of-others', 'flink-revenue-band', '*'])
    expect(() => {
      refuseUnknownRule(file, name);
    }).not.toThrow();
});

test('a name that there is not is refused with the one that was meant', () => {
  const refused = (given: string) =>
    expect.objectContaining({
      code: 'INVALID_USAGE',
      message: `${given}: there is no such rule in mine.yaml.`,
      suggestions: expect.arrayContaining(['Did you mean spike?', 'Rules: spike, drop.']) as string[],
    }) as Error;
  expect(() => {
    refuseUnknownRule(file, 'spkie');
  }).toThrow(refused('"spkie"'));
  expect(() => namedRule(file, 'spkie')).toThrow(refused('--rule "spkie"'));
  expect(namedRule(file, 'spike')).toBe(file.rules[0]);
});
