import { expect, test } from 'vitest';
import { formatDuration, parseDurationMs } from '../../src/domain/duration.js';

test.each([
  ['500ms', 500],
  ['5s', 5000],
  ['1.5m', 90_000],
  ['2min', 120_000],
  ['2h', 7_200_000],
  ['1d', 86_400_000],
  [' 5s ', 5000],
])('%s is %i ms', (text, ms) => {
  expect(parseDurationMs(text)).toBe(ms);
});

test.each(['5', '', 's', '-5s', '5 s', '1e3s', '5sec'])('"%s" is no duration', (text) => {
  expect(parseDurationMs(text)).toBeUndefined();
});

test.each([
  [850, '850ms'],
  [5000, '5s'],
  [1500, '1.5s'],
  [65_000, '1m 5s'],
  [3_780_000, '1h 3m'],
  [7_200_000, '2h'],
])('%i ms reads %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});
