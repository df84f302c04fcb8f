import type { InvalidReason } from '../events.js';
import type { IndexedRandom } from './random.js';

type Fields = Record<string, unknown>;

/** Values that no check accepts, by field: a wrong type first, then a wrong value of the right type. */
const wrongValues: Readonly<Record<string, readonly unknown[]>> = {
  schema_version: ['2', 1.5],
  event_id: [7, 'not-a-uuid'],
  event_type: [3, 'page_scrolled'],
  event_time: ['yesterday', -1],
  user_id: [42, ''],
  session_id: [true, ''],
  page: [404, ''],
  referrer: [0, false],
  order_id: [1001, ''],
  amount: ['12.50', 0, -5, 10.999],
  channel: [1, 'fax'],
};

/** Weights of the kinds of invalid records, out of 8. */
const kinds = [
  'malformed_json',
  'malformed_json',
  'missing_field',
  'missing_field',
  'invalid_field',
  'invalid_field',
  'unsupported_schema_version',
  'future_event',
] as const;

export interface Spoiled {
  reason: InvalidReason;
  payload: string;
}

/**
 * Makes a valid event invalid, for exactly the reason returned.
 * @param futureMs an event time that lies beyond the accepted skew, epoch milliseconds
 */
export function spoil(payload: string, futureMs: number, random: IndexedRandom): Spoiled {
  const kind = kinds[random.below(kinds.length)] ?? 'malformed_json';
  if (kind === 'malformed_json') return { reason: kind, payload: malform(payload, random) };
  const fields = JSON.parse(payload) as Fields;
  if (kind === 'future_event') return { reason: kind, payload: withField(fields, 'event_time', futureMs) };
  if (kind === 'unsupported_schema_version')
    return { reason: kind, payload: withField(fields, 'schema_version', 3 + random.below(5)) };
  const names = Object.keys(fields);
  const field = names[random.below(names.length)] ?? 'event_id';
  if (kind === 'missing_field')
    // JSON.stringify leaves out what is undefined; null is the other way for a field to be missing.
    return {
      reason: `${kind}:${field}`,
      payload: withField(fields, field, random.below(2) === 0 ? undefined : null),
    };
  const values = wrongValues[field] ?? [null];
  return {
    reason: `${kind}:${field}`,
    payload: withField(fields, field, values[random.below(values.length)]),
  };
}

function withField(fields: Fields, name: string, value: unknown): string {
  return JSON.stringify({ ...fields, [name]: value });
}

/** Cut off, not JSON at all, an array, two objects in one record, or a byte that is not UTF-8. */
function malform(payload: string, random: IndexedRandom): string {
  switch (random.below(5)) {
    case 0:
      return payload.slice(0, 1 + random.below(payload.length - 1));
    case 1:
      return 'this is not JSON';
    case 2:
      return `[${payload}]`;
    case 3:
      return payload + payload;
    default:
      return payload.replace('"user_id":"', '"user_id":"\xff');
  }
}
