import { expect, test } from 'vitest';
import { withLine } from '../../src/domain/log-lines.js';
import type { LogLine } from '../../src/domain/log-lines.js';

const said: readonly (readonly [string, string])[] = [
  ['kafka', '2026-11-29 10:05:58,300 INFO  b'],
  ['kafka', '2026-11-29 10:05:59,000 ERROR d'],
  ['kafka', '\tat java.base/Thread.run'],
  ['flink-jobmanager', '2026-11-29 10:05:58,100 INFO  a'],
  ['clickhouse', '2026-11-29T10:05:58.798Z info c'],
  ['flink-jobmanager', 'no time at all'],
];
const all = said.reduce<readonly LogLine[]>((lines, [service, text]) => withLine(lines, service, text), []);

test('lines of several services stand in order of time, and what has none with the line before it', () => {
  expect(all.map(({ service, text }) => `${service} ${text}`)).toEqual([
    'flink-jobmanager 10:05:58.100 INFO  a',
    'flink-jobmanager no time at all',
    'kafka 10:05:58.300 INFO  b',
    'clickhouse 10:05:58.798 info c',
    'kafka 10:05:59.000 ERROR d',
    'kafka \tat java.base/Thread.run',
  ]);
});

test('the last thousand are kept, and of a long line its beginning', () => {
  let lines = all;
  for (let i = 0; i < 1_100; i++) lines = withLine(lines, 'kafka', `${String(i)} ${'x'.repeat(600)}`);
  expect(lines).toHaveLength(1_000);
  expect(lines.at(-1)!.text).toMatch(/^1099 x/);
  expect(lines.at(-1)!.text).toHaveLength(500);
});
