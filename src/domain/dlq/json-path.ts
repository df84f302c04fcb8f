import { read, unread, type Reading } from '../traffic/notation.js';

/** Names of objects and numbers of arrays, from the root down. */
export type JsonPath = readonly (string | number)[];

const step = /^(?:\.?\[(?<index>\d{1,9})\]|\.?\["(?<quoted>(?:[^"\\]|\\.)*)"\]|\.?(?<name>[^.[\]"=!<>\s]+))/;

/** `page`, `a.b`, `$.items[0].sku`, `["odd name"]`: the path at the beginning of a text, and how long it is. */
export function readPath(text: string): Reading<{ path: JsonPath; length: number }> {
  const path: (string | number)[] = [];
  const root = /^\$(?=[.[])/.exec(text)?.[0].length ?? 0;
  let length = root;
  for (;;) {
    const found = step.exec(text.slice(length));
    const needsDot = length > 0 && found?.groups?.name !== undefined && text.charAt(length) !== '.';
    if (found?.groups === undefined || needsDot) break;
    const { index, quoted, name } = found.groups;
    if (index !== undefined) path.push(Number(index));
    else path.push(quoted === undefined ? (name ?? '') : unquoted(quoted));
    length += found[0].length;
  }
  return path.length === 0 ? unread('it names no field of the payload') : read({ path, length });
}

function unquoted(inside: string): string {
  return inside.replace(/\\(["\\])/g, '$1');
}

/** The value at a path; undefined where there is none. Inherited properties are none. */
export function valueAt(root: unknown, path: JsonPath): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    if (Array.isArray(value) !== (typeof part === 'number') || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}
