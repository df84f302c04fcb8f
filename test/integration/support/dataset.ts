import { createHash } from 'node:crypto';

/** What the test knows of each record it sends, before the pipeline has seen it. */
export interface Sent {
  kind: 'valid' | 'duplicate' | 'invalid' | 'malformed';
  /** The reason the dead letter must give; undefined for valid ones and duplicates. */
  reason: string | undefined;
  partition: number;
  key: string;
  value: Buffer | null;
  eventId: string | undefined;
  cents: number;
  /** Epoch milliseconds; undefined where there is none. */
  eventTime: number | undefined;
  eventType: string | undefined;
  channel: string | undefined;
}

export interface DatasetOptions {
  records: number;
  seed: number;
  /** Event time of the first record, epoch milliseconds; must lie in the past. */
  startMs: number;
  /** Event time from the first record to the last. */
  spanMs: number;
  partitions: number;
  /** Gets a handful of records at the beginning and then no more. */
  idlePartition: number;
}

const types = [
  'page_view',
  'page_view',
  'page_view',
  'add_to_cart',
  'checkout_started',
  'order_placed',
  'order_refunded',
];
const channels = ['web', 'ios', 'android'];

type Event = Record<string, unknown>;
type Random = (below: number) => number;

/** Faults, each with the reason it must be given. */
const faults: readonly { reason: string; spoil: (event: Event, random: Random) => Buffer | null }[] = [
  { reason: 'malformed_json', spoil: () => Buffer.from('{"event_id":') },
  { reason: 'malformed_json', spoil: () => Buffer.from('not json') },
  { reason: 'malformed_json', spoil: () => Buffer.alloc(0) },
  { reason: 'malformed_json', spoil: () => null },
  { reason: 'malformed_json', spoil: () => Buffer.from('[]') },
  { reason: 'malformed_json', spoil: (event) => Buffer.from(`${JSON.stringify(event)} {}`) },
  {
    reason: 'malformed_json',
    spoil: (event) => Buffer.concat([Buffer.from(JSON.stringify(event)), Buffer.from([0xff])]),
  },
  {
    reason: 'malformed_json',
    spoil: (event) => Buffer.from(JSON.stringify({ ...event, page: 'ä' }), 'latin1'),
  },
  { reason: 'missing_field:event_id', spoil: (event) => json({ ...event, event_id: undefined }) },
  { reason: 'missing_field:event_id', spoil: (event) => json({ ...event, event_id: null }) },
  { reason: 'missing_field:event_type', spoil: (event) => json({ ...event, event_type: undefined }) },
  { reason: 'missing_field:event_time', spoil: (event) => json({ ...event, event_time: undefined }) },
  { reason: 'missing_field:user_id', spoil: (event) => json({ ...event, user_id: undefined }) },
  { reason: 'missing_field:session_id', spoil: (event) => json({ ...event, session_id: null }) },
  { reason: 'missing_field:schema_version', spoil: (event) => json({ ...event, schema_version: undefined }) },
  {
    reason: 'missing_field:channel',
    spoil: (event) => json({ ...event, schema_version: 2, channel: undefined }),
  },
  {
    reason: 'missing_field:amount',
    spoil: (event) => json({ ...event, event_type: 'order_placed', order_id: 'o', amount: null }),
  },
  {
    reason: 'missing_field:order_id',
    spoil: (event) => json({ ...event, event_type: 'order_placed', order_id: undefined, amount: 1 }),
  },
  {
    reason: 'missing_field:page',
    spoil: (event) => json({ ...event, event_type: 'page_view', page: undefined, referrer: '' }),
  },
  { reason: 'invalid_field:event_id', spoil: (event) => json({ ...event, event_id: 'no-uuid' }) },
  { reason: 'invalid_field:event_type', spoil: (event) => json({ ...event, event_type: 'logout' }) },
  {
    reason: 'invalid_field:event_time',
    spoil: (event) => json({ ...event, event_time: String(event.event_time) }),
  },
  {
    reason: 'invalid_field:event_time',
    spoil: (event) => json({ ...event, event_time: Number(event.event_time) + 0.5 }),
  },
  { reason: 'invalid_field:event_time', spoil: (event) => json({ ...event, event_time: -1 }) },
  { reason: 'invalid_field:user_id', spoil: (event) => json({ ...event, user_id: 5 }) },
  { reason: 'invalid_field:session_id', spoil: (event) => json({ ...event, session_id: '' }) },
  { reason: 'invalid_field:schema_version', spoil: (event) => json({ ...event, schema_version: '1' }) },
  { reason: 'invalid_field:schema_version', spoil: (event) => json({ ...event, schema_version: 1.5 }) },
  {
    reason: 'invalid_field:channel',
    spoil: (event) => json({ ...event, schema_version: 2, channel: 'fax' }),
  },
  { reason: 'invalid_field:amount', spoil: (event) => order(event, '"12.34"') },
  { reason: 'invalid_field:amount', spoil: (event) => order(event, '12.345') },
  { reason: 'invalid_field:amount', spoil: (event) => order(event, '0') },
  { reason: 'invalid_field:amount', spoil: (event) => order(event, '-3') },
  { reason: 'unsupported_schema_version', spoil: (event) => json({ ...event, schema_version: 3 }) },
  { reason: 'unsupported_schema_version', spoil: (event) => json({ ...event, schema_version: 0 }) },
  { reason: 'future_event', spoil: (event) => json({ ...event, event_time: Date.now() + 3_600_000 }) },
];

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function order(event: Event, amount: string): Buffer {
  const text = JSON.stringify({ ...event, event_type: 'order_placed', order_id: 'o-1', amount: 'AMOUNT' });
  return Buffer.from(text.replace('"AMOUNT"', amount));
}

/**
 * Records of every kind there is, in the order in which they are to be sent: on time, late, too late, duplicates (of
 * these too), both schema versions, and each fault. The same seed and start give the same records.
 */
export function* dataset(options: DatasetOptions): Generator<Sent> {
  const random = mulberry32(options.seed);
  const recent: Sent[] = [];
  for (let index = 0; index < options.records; index++) {
    const now = options.startMs + Math.floor((index / options.records) * options.spanMs);
    const dice = random(1000);
    const earlier = recent[random(Math.max(1, recent.length))];
    if (dice < 20 && earlier !== undefined) {
      yield { ...earlier, kind: 'duplicate' };
      continue;
    }
    const sent =
      dice < 50
        ? invalidRecord(index, now, options, random)
        : validRecord(index, now - lag(dice, random), options, random);
    if (sent.kind === 'valid') {
      recent.push(sent);
      if (recent.length > 5_000) recent.splice(0, 2_500);
    }
    yield sent;
  }
}

/** How far behind: jitter as a rule, then within the lateness, then beyond it. */
function lag(dice: number, random: Random): number {
  if (dice < 110) return 60_000 + random(70_000);
  if (dice < 150) return 180_000 + random(600_000);
  return random(4_000);
}

function partitionOf(index: number, user: number, { partitions, idlePartition }: DatasetOptions): number {
  if (index < 50) return index % partitions;
  const partition = user % (partitions - 1);
  return partition >= idlePartition ? partition + 1 : partition;
}

function validRecord(index: number, eventTime: number, options: DatasetOptions, random: Random): Sent {
  const { event, user } = makeEvent(index, eventTime, options, random);
  const isOrder = 'amount' in event;
  const cents = isOrder ? Math.round(Number(event.amount) * 100) : 0;
  return {
    kind: 'valid',
    reason: undefined,
    partition: partitionOf(index, user, options),
    key: String(event.user_id),
    value: json(event),
    eventId: String(event.event_id),
    cents: event.event_type === 'order_refunded' ? -cents : cents,
    eventTime,
    eventType: String(event.event_type),
    channel: event.schema_version === 2 ? String(event.channel) : 'unknown',
  };
}

function invalidRecord(index: number, eventTime: number, options: DatasetOptions, random: Random): Sent {
  const { event, user } = makeEvent(index, eventTime, options, random);
  const fault = faults[index % faults.length]!;
  return {
    kind: fault.reason === 'malformed_json' ? 'malformed' : 'invalid',
    reason: fault.reason,
    partition: partitionOf(index, user, options),
    key: `u-${String(user)}`,
    value: fault.spoil(event, random),
    eventId: undefined,
    cents: 0,
    eventTime: undefined,
    eventType: undefined,
    channel: undefined,
  };
}

function makeEvent(
  index: number,
  eventTime: number,
  options: DatasetOptions,
  random: Random,
): { event: Event; user: number } {
  const user = random(5_000);
  const eventType = types[random(types.length)]!;
  const isOrder = eventType.startsWith('order');
  const version = 1 + random(2);
  // The order of the schema, which the job reads without parsing, and another one.
  const isPlain = index % 3 > 0;
  const event: Event = {
    ...(isPlain ? { schema_version: version } : {}),
    event_id: uuid(`${String(options.seed)}-${String(options.startMs)}-${String(index)}`),
    event_type: eventType,
    ...(isPlain ? {} : { schema_version: version }),
    event_time: eventTime,
    user_id: `u-${String(user)}`,
    session_id: `s-${String(random(100_000))}`,
    ...(isOrder
      ? { order_id: `o-${String(index)}`, amount: (1 + random(100_000)) / 100 }
      : {
          page: random(50) === 0 ? '/„ünïcode"\\\n😀' : `/p/${String(random(500))}`,
          referrer: random(3) === 0 ? '' : 'https://example.org/',
        }),
    ...(version === 2 ? { channel: channels[random(3)] } : {}),
    // A field nobody knows is ignored.
    ...(random(20) === 0 ? { extra: { nested: [1, { event_id: 'decoy' }] } } : {}),
  };
  return { event, user };
}

/** Tommy Ettinger's generator: small, and good enough to mix test data. */
function mulberry32(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

function uuid(text: string): string {
  const hex = createHash('md5').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
