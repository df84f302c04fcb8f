import type { InvalidReason } from '../events.js';
import type { InvalidShare, SchemaBreak } from './plan.js';
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

/** What is to be wrong with a record. */
export type Fault = Pick<InvalidShare, 'kind' | 'field'>;

/** Whether the id of an event that is invalid for this reason cannot be read any more. */
export function losesId(reason: InvalidReason): boolean {
  return reason === 'malformed_json' || reason.endsWith(':event_id');
}

/** One of the faults that are asked for, as often as it is. */
export function drawFault(faults: readonly InvalidShare[], random: IndexedRandom): Fault {
  const sum = faults.reduce((total, { percent }) => total + percent, 0);
  let rest = random.unit() * sum;
  for (const fault of faults) if ((rest -= fault.percent) < 0) return fault;
  return faults[0] ?? { kind: 'any', field: undefined };
}

/** An event from the future claims a time in the year 2100: later than any clock, however long it waits to be sent. */
const FUTURE_FROM_MS = Date.UTC(2100, 0, 1);
const FUTURE_SPREAD_MS = 3_600_000;

/**
 * Makes a valid event invalid, for exactly the reason returned.
 * @param payload of an event that has the fault's field, where the fault names one
 */
export function spoil(payload: string, fault: Fault, random: IndexedRandom): Spoiled {
  const kind = fault.kind === 'any' ? (kinds[random.below(kinds.length)] ?? 'malformed_json') : fault.kind;
  if (kind === 'malformed_json') return { reason: kind, payload: malform(payload, random) };
  const fields = JSON.parse(payload) as Fields;
  if (kind === 'future_event') {
    const futureMs = FUTURE_FROM_MS + random.below(FUTURE_SPREAD_MS);
    return { reason: kind, payload: withField(fields, 'event_time', futureMs) };
  }
  if (kind === 'unsupported_schema_version')
    return { reason: kind, payload: withField(fields, 'schema_version', 3 + random.below(5)) };
  const names = Object.keys(fields).filter((name) => name in wrongValues);
  const field = fault.field ?? names[random.below(names.length)] ?? 'event_id';
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

/** An event after a change of the schema; without a reason it is still valid. */
export function breakSchema(
  payload: string,
  change: SchemaBreak,
): { reason: InvalidReason | undefined; payload: string } {
  const fields = JSON.parse(payload) as Fields;
  const changed = (name: string, value: unknown): string => withField(fields, name, value);
  switch (change.kind) {
    case 'add':
      return { reason: undefined, payload: changed(change.field, 'new') };
    case 'version':
      return { reason: 'unsupported_schema_version', payload: changed('schema_version', change.version) };
    case 'type':
      return {
        reason: `invalid_field:${change.field}`,
        payload: changed(change.field, wrongValues[change.field]?.[0]),
      };
    case 'null':
      return { reason: `missing_field:${change.field}`, payload: changed(change.field, null) };
    case 'drop':
      return { reason: `missing_field:${change.field}`, payload: changed(change.field, undefined) };
    case 'rename': {
      const { [change.field]: value, ...rest } = fields;
      return {
        reason: `missing_field:${change.field}`,
        payload: JSON.stringify({ ...rest, [change.to]: value }),
      };
    }
  }
}

function withField(fields: Fields, name: string, value: unknown): string {
  return JSON.stringify({ ...fields, [name]: value });
}

/** Cut off, not JSON at all, an array, two objects in one record, or a byte that is not UTF-8. */
function malform(payload: string, random: IndexedRandom): string {
  switch (random.below(5)) {
    case 0:
      return payload.trimEnd().slice(0, 1 + random.below(payload.trimEnd().length - 1));
    case 1:
      return 'this is not JSON';
    case 2:
      return `[${payload}]`;
    case 3:
      return payload + payload;
    default:
      return payload.replace('"', '"\xff');
  }
}
