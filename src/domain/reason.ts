import {
  channels,
  eventTypes,
  MAX_AMOUNT,
  MAX_EVENT_TIME_MS,
  orderTypes,
  type CountedChannel,
  type EventType,
  type InvalidReason,
} from './events.js';
import { isBeyondJsonLimits } from './json-limits.js';

/** What the ledger needs of a valid event. */
export interface JudgedEvent {
  eventId: string;
  eventType: EventType;
  /** Epoch milliseconds. */
  eventTimeMs: number;
  /** `unknown` for schema version 1. */
  channel: CountedChannel;
  /** Whole cents: negative for a refund, 0 for clickstream. */
  revenueCents: number;
}

export type Judgement =
  { valid: JudgedEvent; reason?: undefined } | { valid?: undefined; reason: InvalidReason };

type Fields = Readonly<Record<string, unknown>>;

// A BOM is kept, so that JSON.parse refuses it: RFC 8259 section 8.1 says that JSON text has none.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
// The shape of zod's z.guid(): 8-4-4-4-12 hexadecimal digits of either case, any version and variant.
const uuidShape = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/;
const eventTypeSet = new Set<unknown>(eventTypes);
const orderTypeSet = new Set<unknown>(orderTypes);
const channelSet = new Set<unknown>(channels);

const isEventType = (value: unknown): boolean => eventTypeSet.has(value);
const isChannel = (value: unknown): boolean => channelSet.has(value);
export const isUuid = (value: unknown): value is string => typeof value === 'string' && uuidShape.test(value);
const isString = (value: unknown): boolean => typeof value === 'string';
const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
const isEventTime = (value: unknown): boolean =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= MAX_EVENT_TIME_MS;
const isAmount = (value: unknown): boolean =>
  typeof value === 'number' && value > 0 && value < MAX_AMOUNT && Math.round(value * 100) / 100 === value;

/**
 * Judges one raw record: the one implementation of validity in TypeScript. It accepts what `eventSchema` accepts
 * (a property test holds the two together) and is written by hand because the ledger judges every record of a run.
 *
 * The first failing check gives the reason: one JSON object in UTF-8; `schema_version`; the common fields; the fields
 * of the event's family; `channel` in version 2; the future. A field that is absent or null is missing, any other
 * value that does not fit is invalid. Numbers are judged by value: `1.0` is 1.
 *
 * @param payload the record's value; null for a tombstone
 * @param kafkaTimestampMs the record's timestamp, epoch milliseconds
 * @param maxFutureSkewMs how far after that timestamp an event time may lie
 */
export function judgePayload(
  payload: Uint8Array | null,
  kafkaTimestampMs: number,
  maxFutureSkewMs: number,
): Judgement {
  const fields = parseObject(payload);
  if (fields === undefined) return { reason: 'malformed_json' };
  const reason = reasonOfFields(fields);
  if (reason !== undefined) return { reason };
  if ((fields.event_time as number) > kafkaTimestampMs + maxFutureSkewMs) return { reason: 'future_event' };
  return { valid: judgedEvent(fields) };
}

function parseObject(payload: Uint8Array | null): Fields | undefined {
  if (payload === null) return undefined;
  try {
    const text = utf8.decode(payload);
    const value: unknown = JSON.parse(text);
    if (isBeyondJsonLimits(text)) return undefined;
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Fields)
      : undefined;
  } catch {
    return undefined;
  }
}

/** The order is the contract: the first check that fails gives the reason. Spelled out because it is a hot path. */
function reasonOfFields(fields: Fields): InvalidReason | undefined {
  return (
    reasonOfVersion(fields.schema_version) ??
    reasonOfField('event_id', fields.event_id, isUuid) ??
    reasonOfField('event_type', fields.event_type, isEventType) ??
    reasonOfField('event_time', fields.event_time, isEventTime) ??
    reasonOfField('user_id', fields.user_id, isText) ??
    reasonOfField('session_id', fields.session_id, isText) ??
    (orderTypeSet.has(fields.event_type) ? reasonOfOrder(fields) : reasonOfClickstream(fields)) ??
    (fields.schema_version === 2 ? reasonOfField('channel', fields.channel, isChannel) : undefined)
  );
}

function reasonOfOrder(fields: Fields): InvalidReason | undefined {
  return (
    reasonOfField('order_id', fields.order_id, isText) ?? reasonOfField('amount', fields.amount, isAmount)
  );
}

function reasonOfClickstream(fields: Fields): InvalidReason | undefined {
  return reasonOfField('page', fields.page, isText) ?? reasonOfField('referrer', fields.referrer, isString);
}

function reasonOfVersion(version: unknown): InvalidReason | undefined {
  if (version === 1 || version === 2) return undefined;
  if (version === undefined || version === null) return 'missing_field:schema_version';
  return Number.isInteger(version) ? 'unsupported_schema_version' : 'invalid_field:schema_version';
}

function reasonOfField(
  field: string,
  value: unknown,
  isRight: (value: unknown) => boolean,
): InvalidReason | undefined {
  if (value === undefined || value === null) return `missing_field:${field}`;
  return isRight(value) ? undefined : `invalid_field:${field}`;
}

function judgedEvent(fields: Fields): JudgedEvent {
  const eventType = fields.event_type as EventType;
  return {
    eventId: fields.event_id as string,
    eventType,
    eventTimeMs: fields.event_time as number,
    channel: fields.schema_version === 2 ? (fields.channel as CountedChannel) : 'unknown',
    revenueCents: orderTypeSet.has(eventType) ? cents(eventType, fields.amount as number) : 0,
  };
}

function cents(eventType: EventType, amount: number): number {
  const value = Math.round(amount * 100);
  return eventType === 'order_refunded' ? -value : value;
}
