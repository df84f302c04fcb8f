import { expect, test } from 'vitest';
import { topJson } from '../../../src/domain/pipeline/top-json.js';
import { pipelineView } from '../../../src/domain/pipeline/view.js';
import { looks, start, stateAfter } from '../../tui/support/observations.js';

/** Names of the keys down to the values; of a list, of its first entry. */
function keysOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [keysOf(value[0])];
  if (typeof value !== 'object' || value === null) return typeof value === 'object' ? null : typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, of]) => [key, keysOf(of)]));
}

test('the keys that scripts rely on: none renamed, none gone', () => {
  const json = topJson(pipelineView(stateAfter(looks(40)), start + 40_500));
  expect(keysOf(json)).toMatchSnapshot();
});

test('numbers have three digits after the point at most, and stay numbers', () => {
  const json = topJson(pipelineView(stateAfter(looks(40)), start + 40_333.5));
  expect(json.job?.uptimeMs).toBe(640_333.5);
  const text = JSON.stringify(json);
  expect(text).not.toMatch(/\d\.\d{4,}/);
  expect(JSON.parse(text)).toEqual(json);
});
