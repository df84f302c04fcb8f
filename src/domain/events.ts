import { z } from 'zod';

/** Highest amount accepted; below it a JSON number tells two decimals apart exactly (IEEE 754 double). */
export const MAX_AMOUNT = 1e13;
/** The last instant an ECMAScript time value reaches, in epoch milliseconds. */
export const MAX_EVENT_TIME_MS = 8.64e15;

export const clickstreamTypes = ['page_view', 'add_to_cart', 'checkout_started'] as const;
export const orderTypes = ['order_placed', 'order_refunded'] as const;
export const eventTypes = [...clickstreamTypes, ...orderTypes] as const;
export const channels = ['web', 'ios', 'android'] as const;

export type EventType = (typeof eventTypes)[number];
export type Channel = (typeof channels)[number];
/** The channel under which an event is counted: version 1 has none and counts as `unknown`. */
export type CountedChannel = Channel | 'unknown';

const text = z.string().min(1);
const hasAtMostTwoDecimals = (amount: number): boolean => Math.round(amount * 100) / 100 === amount;

const common = {
  schema_version: z
    .union([z.literal(1), z.literal(2)])
    .describe('Version of the schema: 1, or 2 with channel'),
  event_id: z.guid().describe('UUID of the event; the key of deduplication'),
  event_type: z.enum(eventTypes),
  event_time: z.int().min(0).max(MAX_EVENT_TIME_MS).describe('When it happened, epoch milliseconds'),
  user_id: text.describe('The key of the record on the raw topic'),
  session_id: text,
};
const clickstream = {
  ...common,
  event_type: z.enum(clickstreamTypes),
  page: text,
  referrer: z.string().describe('May be empty: a direct visit'),
};
const order = {
  ...common,
  event_type: z.enum(orderTypes),
  order_id: text,
  amount: z
    .number()
    .gt(0)
    .lt(MAX_AMOUNT)
    .refine(hasAtMostTwoDecimals, 'at most two decimals')
    .describe("In the lab's one currency; greater than 0, at most two decimals"),
};
const v1 = { schema_version: z.literal(1) };
const v2 = { schema_version: z.literal(2), channel: z.enum(channels) };

/** The four shapes of an event, by schema version and family. Fields nobody knows are ignored. */
export const eventSchemas = {
  'clickstream.v1': z.object({ ...clickstream, ...v1 }),
  'clickstream.v2': z.object({ ...clickstream, ...v2 }),
  'order.v1': z.object({ ...order, ...v1 }),
  'order.v2': z.object({ ...order, ...v2 }),
} as const;

/** Every field that some event has, in the order in which they are checked. */
export const eventFields: readonly string[] = [
  ...new Set([
    ...Object.keys(common),
    ...Object.keys(eventSchemas['clickstream.v1'].shape),
    ...Object.keys(eventSchemas['order.v2'].shape),
  ]),
];

export const eventSchema = z.union([
  eventSchemas['clickstream.v1'],
  eventSchemas['clickstream.v2'],
  eventSchemas['order.v1'],
  eventSchemas['order.v2'],
]);

/** An event as it stands on the raw topic, one JSON object a record. */
export type RawEvent = z.infer<typeof eventSchema>;

export type InvalidReason =
  | 'malformed_json'
  | `missing_field:${string}`
  | `invalid_field:${string}`
  | 'unsupported_schema_version'
  | 'future_event';

/** Revenue in cents: the amount of an order, negative for a refund, 0 for clickstream. */
export function revenueCents(event: RawEvent): number {
  if (!('amount' in event)) return 0;
  const cents = Math.round(event.amount * 100);
  return event.event_type === 'order_refunded' ? -cents : cents;
}

export function countedChannel(event: RawEvent): CountedChannel {
  return event.schema_version === 2 ? event.channel : 'unknown';
}
