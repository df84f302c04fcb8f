import { z } from 'zod';
import { eventSchemas } from './events.js';

/** What is used here of a JSON Schema. */
interface Property {
  type?: string;
  const?: string | number;
  enum?: readonly (string | number)[];
  format?: string;
  minLength?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  description?: string;
}

/**
 * What the schemas want of a field, in words; undefined for a field that no event has.
 * `one of "web", "ios", "android"`; `a UUID: UUID of the event; the key of deduplication`.
 */
export function wantedOf(field: string): string | undefined {
  const properties = Object.values(eventSchemas).flatMap((schema) => {
    const { properties: all = {} } = z.toJSONSchema(schema, { io: 'input' });
    return Object.hasOwn(all, field) ? [all[field] as Property] : [];
  });
  const [first] = properties;
  if (first === undefined) return undefined;
  const values = new Set(properties.flatMap((property) => property.enum ?? property.const ?? []));
  const words = values.size > 0 ? oneOf([...values]) : kindOf(first);
  return first.description === undefined ? words : `${words} (${first.description})`;
}

function oneOf(values: readonly (string | number)[]): string {
  const texts = values.map((value) => JSON.stringify(value));
  return texts.length === 1 ? (texts[0] ?? '') : `one of ${texts.join(', ')}`;
}

function kindOf(property: Property): string {
  if (property.format === 'uuid') return 'a UUID in double quotes';
  if (property.type === 'string')
    return property.minLength === undefined
      ? 'a text in double quotes'
      : 'a text in double quotes that is not empty';
  const kind = property.type === 'integer' ? 'a whole number' : 'a number';
  const bounds = [
    ...bound('from', property.minimum),
    ...bound('to', property.maximum),
    ...bound('above', property.exclusiveMinimum),
    ...bound('below', property.exclusiveMaximum),
  ];
  return [kind, ...bounds].join(' ');
}

function bound(word: string, value: number | undefined): string[] {
  return value === undefined ? [] : [`${word} ${value}`];
}
