import { describe, expect, test } from 'vitest';
import { javaCauses, positionIn, rootCauseOf } from '../../../src/adapters/flink/java-errors.js';
import * as recorded from './recorded.js';

describe('the root cause of a Java stack trace', () => {
  const cases: [string, string, string][] = [
    ['an unknown column', recorded.unknownColumn.join('\n'), "Column 'x' not found in any table"],
    ['a syntax error', recorded.syntaxError.join('\n'), 'Encountered ", WHERE" at line 2, column 7.'],
    [
      'a connector that is not on the class path',
      recorded.noFactory.join('\n'),
      "Could not find any factory for identifier 'kafkaa' that implements 'org.apache.flink.table.factories.DynamicTableFactory' in the classpath.",
    ],
    [
      "a setting: what Java's own exception says is left out",
      recorded.badSetting.join('\n'),
      "Could not parse value 'x' for key 'parallelism.default'.",
    ],
    [
      'a setting that only the JobMaster reads',
      recorded.badJobSettingTrace,
      "Could not parse value 'infinite' for key 'restart-strategy.exponential-delay.attempts-before-reset-backoff'.",
    ],
    [
      'a topic that does not exist: wrappers that only repeat their cause are left out',
      recorded.missingTopicTrace,
      'This server does not host this topic-partition.',
    ],
    [
      'a restore path that does not exist',
      recorded.noRestorePointTrace,
      "Cannot find checkpoint or savepoint file/directory '/tmp/nope' on file system 'file'.",
    ],
    ['a text that is no trace', 'Not found: /v9\nmore', 'Not found: /v9'],
    [
      'an exception without a message',
      'java.lang.NullPointerException\n\tat a.B.c(B.java:1)',
      'java.lang.NullPointerException',
    ],
  ];
  test.each(cases)('%s', (_, trace, sentence) => {
    expect(rootCauseOf(trace)).toBe(sentence);
  });

  test('never holds a stack frame', () => {
    for (const trace of cases.map(([, text]) => text)) expect(rootCauseOf(trace)).not.toMatch(/\tat |\n/);
  });

  test('a message of several lines is kept whole in the chain', () => {
    const trace = 'a.b.CException: one\n\ntwo\n\tat x.Y.z(Y.java:1)\nCaused by: a.b.DError: three';
    expect(javaCauses(trace)).toEqual([
      { type: 'a.b.CException', message: 'one\n\ntwo' },
      { type: 'a.b.DError', message: 'three' },
    ]);
  });
});

test('the position in the SQL is found in parser and validator errors', () => {
  expect(positionIn(recorded.unknownColumn.join('\n'))).toEqual({ line: 3, column: 3 });
  expect(positionIn(recorded.syntaxError.join('\n'))).toEqual({ line: 2, column: 7 });
  expect(positionIn(recorded.noFactory.join('\n'))).toBeUndefined();
});
