import { mapReading, read, unread, type Reading } from '../traffic/notation.js';
import { readPath, valueAt, type JsonPath } from './json-path.js';

/** A condition on the JSON of a payload. */
export interface Condition {
  path: JsonPath;
  test: 'exists' | 'equals' | 'differs';
  /** What it is compared with; undefined for `exists`. */
  value: unknown;
}

/**
 * `PATH=VALUE`, `PATH!=VALUE`, or `PATH` for a field that is there. A value that is JSON (a number, true, false, null,
 * a quoted text, …) stands for that; any other text stands for itself.
 */
export function readCondition(text: string): Reading<Condition> {
  const found = readPath(text.trim());
  if (!found.ok) return found;
  const { path, length } = found.value;
  const rest = text.trim().slice(length).trimStart();
  if (rest === '') return read({ path, test: 'exists', value: undefined });
  const [operator, test] = rest.startsWith('!=') ? (['!=', 'differs'] as const) : (['=', 'equals'] as const);
  if (!rest.startsWith(operator)) return unread('behind the path comes =, != or nothing');
  return mapReading(readValue(rest.slice(operator.length).trim()), (value) => ({ path, test, value }));
}

function readValue(text: string): Reading<unknown> {
  if (text === '') return unread('there is no value behind it; "" stands for an empty text');
  try {
    return read(JSON.parse(text) as unknown);
  } catch {
    return read(text);
  }
}

/** Whether it holds for the JSON of a payload. What is not there differs from every value. */
export function holds({ path, test, value }: Condition, json: unknown): boolean {
  const found = valueAt(json, path);
  if (test === 'exists') return found !== undefined;
  return isSame(found, value) === (test === 'equals');
}

/** Numbers by value, objects whatever the order of their names. Only as deep as what was typed. */
function isSame(found: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null || typeof found !== 'object' || found === null)
    return found === wanted;
  if (Array.isArray(wanted) !== Array.isArray(found)) return false;
  const names = Object.keys(wanted);
  return (
    names.length === Object.keys(found).length &&
    names.every(
      (name) =>
        Object.hasOwn(found, name) &&
        isSame((found as Record<string, unknown>)[name], (wanted as Record<string, unknown>)[name]),
    )
  );
}
