import { plainPayloads } from './plain-payloads.js';

export interface OddPayload {
  name: string;
  /** The record's value; null for a tombstone. */
  value: Buffer | null;
}

type Event = Readonly<Record<string, unknown>>;
type Shape = readonly [name: string, value: string | Buffer | null];

const types = ['page_view', 'order_placed', 'add_to_cart', 'order_refunded', 'checkout_started'] as const;
const commonFields = ['schema_version', 'event_id', 'event_type', 'event_time', 'user_id', 'session_id'];

/**
 * Payloads that two readers of JSON could judge differently, right ones among them: what the job and the ledger must
 * agree on. The same event time gives the same payloads; each event has an id of its own, except in `twins`.
 *
 * @param eventTimeMs of every event that says nothing else; the ones of the future lie 10 minutes or more after it
 */
export function oddPayloads(eventTimeMs: number): OddPayload[] {
  const make = new EventMaker(eventTimeMs);
  const groups: Readonly<Record<string, readonly Shape[]>> = {
    'not one object': notOneObject(make),
    'not JSON': notJson(make),
    'not UTF-8': notUtf8(make),
    'no field': [['an empty object', '{}']],
    'common field': commonFields.flatMap((field) => fieldOfAnotherType(make, field)),
    'family field': familyFields(make),
    amount: amounts(make),
    'event time': eventTimes(make, eventTimeMs),
    'schema version': schemaVersions(make),
    channel: channels(make),
    'nested value': nestedValues(make),
    escape: escapes(make),
    'event id': eventIds(make),
    'repeated field': repeatedFields(make),
    'looks like the query': looksLikeTheQuery(make),
    'unusual but valid': unusualButValid(make),
    twins: twins(make),
    plain: plainPayloads(eventTimeMs, () => make.id()),
  };
  return Object.entries(groups).flatMap(([group, shapes]) =>
    shapes.map(([name, value]) => ({
      name: `${group}: ${name}`,
      value: typeof value === 'string' ? Buffer.from(value) : value,
    })),
  );
}

/** Makes valid events of all types and both versions in turn. */
class EventMaker {
  private made = 0;

  constructor(private readonly eventTimeMs: number) {}

  /** An id of mixed case that no other call of any maker of another time gives. */
  id(): string {
    const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
    return `${hex(this.made++, 8)}-0dD0-4aAa-8BbB-${hex(this.eventTimeMs, 12)}`;
  }

  any(): Event {
    return this.event(types[this.made % types.length]!, 1 + (this.made % 2));
  }

  click(): Event {
    return this.event('page_view', 1 + (this.made % 2));
  }

  order(): Event {
    return this.event('order_placed', 1 + (this.made % 2));
  }

  version2(): Event {
    return this.event(types[this.made % types.length]!, 2);
  }

  /** `any` as JSON text. */
  text(): string {
    return JSON.stringify(this.any());
  }

  private event(eventType: (typeof types)[number], version: number): Event {
    const number = this.made;
    return {
      event_id: this.id(),
      event_type: eventType,
      schema_version: version,
      event_time: this.eventTimeMs,
      user_id: `user-${String(number)}`,
      session_id: `s-${String(number)}`,
      ...(eventType.startsWith('order')
        ? { order_id: `o-${String(number)}`, amount: (1 + number) / 100 }
        : { page: `/p/${String(number)}`, referrer: 'https://example.org/' }),
      ...(version === 2 ? { channel: 'web' } : {}),
    };
  }
}

/** The event with the field last and its value spelled as given. */
function withJson(event: Event, field: string, json: string): string {
  return `${JSON.stringify(without(event, field)).slice(0, -1)},"${field}":${json}}`;
}

function without(event: Event, field: string): Event {
  return Object.fromEntries(Object.entries(event).filter(([name]) => name !== field));
}

/** The event with more text behind its opening brace. */
function opened(event: Event, text: string): string {
  return `{${text}${JSON.stringify(event).slice(1)}`;
}

/** The event with a field `x` before the others, a string of these bytes. */
function withBytes(event: Event, bytes: readonly number[]): Buffer {
  return Buffer.concat([
    Buffer.from('{"x":"'),
    Buffer.from(bytes),
    Buffer.from(`",${JSON.stringify(event).slice(1)}`),
  ]);
}

function notOneObject(make: EventMaker): Shape[] {
  return [
    ['tombstone', null],
    ['no byte', ''],
    ['a blank', ' '],
    ['an array', '[]'],
    ['an object in an array', '[{}]'],
    ['a number', '5'],
    ['null', 'null'],
    ['a string', '"text"'],
    ['a word behind', `${make.text()} x`],
    ['a NUL behind', `${make.text()}\u0000`],
    ['a vertical tab behind', `${make.text()}\u000b`],
    ['a no-break space before', `\u00a0${make.text()}`],
    ['a byte order mark before', `\ufeff${make.text()}`],
    ['two objects', make.text() + make.text()],
    ['two objects and a comma', `${make.text()},${make.text()}`],
    ['an object and a comma before', `5,${make.text()}`],
    ['an object with a field behind', `${make.text()},{"event_time":1}`],
    ['a closing bracket behind', `${make.text()}]`],
    ['a closing brace behind', `${make.text()}}`],
  ];
}

function notJson(make: EventMaker): Shape[] {
  const unknownFields: Shape[] = [
    ['01', '01'],
    ['NaN', 'NaN'],
    ['True', 'True'],
    ['1.', '1.'],
    ['+1', '+1'],
    ['.5', '.5'],
    ['a raw tab', '"\t"'],
    ['an unknown escape', '"\\x"'],
    ['half an escape', '"\\u12"'],
  ];
  return [
    ['an opening brace', '{'],
    ['no closing brace', make.text().slice(0, -1)],
    ['single quotes', make.text().replaceAll('"', "'")],
    ['a comma first', opened(make.any(), ',')],
    ['a comma last', `${make.text().slice(0, -1)},}`],
    ['a comment', opened(make.any(), '/*c*/')],
    ...unknownFields.map(([name, json]): Shape => [name, opened(make.any(), `"a":${String(json)},`)]),
  ];
}

function notUtf8(make: EventMaker): Shape[] {
  return [
    ['UTF-16 byte order mark', Buffer.from([0xff, 0xfe, 0x7b, 0x7d])],
    ['cut-off sequence', withBytes(make.any(), [0xc3, 0x28])],
    ['surrogate', withBytes(make.any(), [0xed, 0xa0, 0x80])],
    ['overlong NUL', withBytes(make.any(), [0xc0, 0x80])],
    ['beyond Unicode', withBytes(make.any(), [0xf4, 0x90, 0x80, 0x80])],
    ['a right replacement character', withBytes(make.any(), [0xef, 0xbf, 0xbd])],
  ];
}

function fieldOfAnotherType(make: EventMaker, field: string): Shape[] {
  const values = ['null', '""', 'true', '{"a":1}', '[1]', '-1', '1.5', '"1700000000000"'];
  return [
    [`no ${field}`, JSON.stringify(without(make.any(), field))],
    ...values.map((json): Shape => [`${field} ${json}`, withJson(make.any(), field, json)]),
  ];
}

function familyFields(make: EventMaker): Shape[] {
  const of = (field: string, event: () => Event, values: readonly string[]): Shape[] => [
    [`no ${field}`, JSON.stringify(without(event(), field))],
    ...values.map((json): Shape => [`${field} ${json}`, withJson(event(), field, json)]),
  ];
  const click = (): Event => make.click();
  const order = (): Event => make.order();
  const ofClick = ['null', '""', '7', '["x"]'];
  const ofOrder = ['null', '""', '7', '"12.34"', '{"page":"x","user_id":"y"}'];
  return [
    ...of('page', click, ofClick),
    ...of('referrer', click, ofClick),
    ...of('order_id', order, ofOrder),
    ...of('amount', order, ofOrder),
  ];
}

function amounts(make: EventMaker): Shape[] {
  const zero = ['0', '-0', '-0.0', '1e-400', '-5'];
  const decimals = ['0.01', '0.001', '12.340', '12.345', '4.35', '1.005', '0.010000000000000000208'];
  const exponents = ['1e2', '1E+2', '1.5e1', '0.1e1', '123e-2', '1e-3', '1e12', '1e13', '1e400'];
  const large = ['9999999999999', '9999999999999.99', '9999999999999.999', '10000000000000'];
  const long = ['12.3400000000000000001', '123456789012345678901234567890'];
  return [...zero, ...decimals, ...exponents, ...large, ...long].map((json) => [
    json,
    withJson(make.order(), 'amount', json),
  ]);
}

function eventTimes(make: EventMaker, eventTimeMs: number): Shape[] {
  const spelled = ['.0', '.00000', '.5', '.0000000000000000000001'].map((rest): Shape => [
    `its own with ${rest}`,
    `${String(eventTimeMs)}${rest}`,
  ]);
  const other: Shape[] = ['0', '-0', '1.0', '1e12', '1.7e12', '-1', '1e400', '12345678901234567890'].map(
    (json) => [json, json],
  );
  const future: Shape[] = [
    ['in 10 minutes', String(eventTimeMs + 600_000)],
    ['in a year', String(eventTimeMs + 365 * 86_400_000)],
    ['in the year 10000', '253402300800000'],
    ['the last that there is', '8.64e15'],
    ['after the last', '8640000000000001'],
    // The same double as the last: numbers are judged by value.
    ['a little after the last', '8640000000000000.4'],
  ];
  return [...spelled, ...other, ...future].map(([name, json]) => [
    name,
    withJson(make.any(), 'event_time', String(json)),
  ]);
}

function schemaVersions(make: EventMaker): Shape[] {
  const right = ['1.0', '2.0', '10e-1', '1e0', '2e0', '1.00000000000000000000001'];
  const wrong = ['3', '0', '-1', '1.5', '"1"', '1e301', '1e400', '-1e400', '[]'];
  return [...right, ...wrong].map((json) => [json, withJson(make.version2(), 'schema_version', json)]);
}

function channels(make: EventMaker): Shape[] {
  const values = ['"tv"', '"WEB"', '"unknown"', 'null', '{}', '[null]', '["web"]'];
  return [
    ['none', JSON.stringify(without(make.version2(), 'channel'))],
    ...values.map((json): Shape => [json, withJson(make.version2(), 'channel', json)]),
    ['of a version without', JSON.stringify({ ...make.any(), schema_version: 1, channel: 5 })],
  ];
}

function nestedValues(make: EventMaker): Shape[] {
  return [
    ['event_time {}', withJson(make.any(), 'event_time', '{}')],
    ['event_time []', withJson(make.any(), 'event_time', '[]')],
    ['user_id false', withJson(make.any(), 'user_id', 'false')],
    ['user_id "null"', withJson(make.any(), 'user_id', '"null"')],
    ['a decoy in an unknown field', opened(make.any(), '"extra":{"amount":"x","list":[{"event_id":"n"}]},')],
    ['900 deep in an unknown field', opened(make.any(), `"deep":${'['.repeat(900)}${']'.repeat(900)},`)],
    ['all common fields as strings', JSON.stringify(asStrings(make.any()))],
  ];
}

function asStrings(event: Event): Event {
  return { ...event, ...Object.fromEntries(commonFields.map((field) => [field, String(event[field])])) };
}

function escapes(make: EventMaker): Shape[] {
  const withUser = (user: string): string => JSON.stringify({ ...make.any(), user_id: user });
  return [
    ['event_type of a lone surrogate', withJson(make.any(), 'event_type', '"\\ud800x"')],
    [
      'event_type of control characters',
      withJson(make.any(), 'event_type', '"\\n\\"\\\\/\\b\\f\\u0007\\u0000"'),
    ],
    ['event_type with a quote', JSON.stringify({ ...make.any(), event_type: 'x"y\n' })],
    ['event_type of capitals', JSON.stringify({ ...make.any(), event_type: 'PAGE_VIEW' })],
    ['event_type with its first letter escaped', withJson(make.click(), 'event_type', '"\\u0070age_view"')],
    ['field name with an escape', make.text().replace('"event_id"', '"event\\u005fid"')],
    ['user_id of a lone surrogate', withUser('\ud800')],
    ['user_id that begins with a lone surrogate', withUser('\ud800user')],
    ['user_id of a blank', withUser(' ')],
    ['user_id of quotes and backslashes', withUser('"q\\')],
    ['user_id of scripts and an emoji', withUser('user-日本語🙂')],
    ['user_id of a line separator, a quote and NEL', withUser('\u2028"\u0085')],
    ['session_id of a line separator', JSON.stringify({ ...make.any(), session_id: '\u2028' })],
    ['user_id of 20 000 letters', withUser('x'.repeat(20_000))],
    ['user_id of 9 000 escapes', withUser('\n"\\'.repeat(3_000))],
    ['page with quotes and a line end', JSON.stringify({ ...make.click(), page: '/größe/"x"\n' })],
  ];
}

function eventIds(make: EventMaker): Shape[] {
  const withId = (id: string): string => JSON.stringify({ ...make.any(), event_id: id });
  return [
    ['line end behind', withId(`${make.id()}\n`)],
    ['line end before', withId(`\n${make.id()}`)],
    ['urn: before', withId(`urn:${make.id()}`)],
    ['braces around', withId(`{${make.id()}}`)],
    ['digits of another script', withId(`٣${make.id().slice(1)}`)],
    ['punctuation', withJson(make.any(), 'event_id', '"{[,]}:"')],
    ['NUL, separator, letter, emoji', withJson(make.any(), 'event_id', '"\\u0000 \u2028 \u00e9 🙂"')],
  ];
}

/** The last of several counts. */
function repeatedFields(make: EventMaker): Shape[] {
  return [
    ['event_id, the last right', opened(make.any(), '"event_id":"first",')],
    ['event_id, the first right', `${make.text().slice(0, -1)},"event_id":"last"}`],
    ['user_id, the last null', `${make.text().slice(0, -1)},"user_id":null}`],
    ['user_id, the first nested', opened(make.any(), '"user_id":{"a":[]},')],
  ];
}

/** Text that the job's own queries could take for their own. */
function looksLikeTheQuery(make: EventMaker): Shape[] {
  return [
    ['fields in strings', JSON.stringify({ ...make.any(), page: '{"amount":5}', order_id: '","user_id":"' })],
    ['nesting in strings', JSON.stringify({ ...make.any(), page: 'a:{', order_id: ':[' })],
    ['end of an object in a string', JSON.stringify({ ...make.any(), user_id: 'a},{"x":[' })],
    ['the mark in an unknown field', JSON.stringify({ ...make.any(), x: 'end of payload 6f1b6f0e' })],
    ["the mark's field behind", withJson(make.any(), 'streamlab', '{"a":1}')],
    ["the mark's field before", opened(make.any(), '"streamlab":null,')],
  ];
}

function unusualButValid(make: EventMaker): Shape[] {
  return [
    ['white space around', `  \r\n\t${make.text()}  \n`],
    ['indented', JSON.stringify(make.any(), null, 2)],
    ['an empty field name', opened(make.any(), '"":1,')],
    ["an object's own names", opened(make.any(), '"__proto__":1,"constructor":2,')],
    ['a number too large to hold', opened(make.any(), '"a":1e5000,')],
  ];
}

/** One event spelled in two ways is a duplicate; ids that differ in case are two events. */
function twins(make: EventMaker): Shape[] {
  const plain = make.order();
  const id = String(plain.event_id);
  const lower = { ...make.order(), event_id: make.id().toLowerCase() };
  const upper = { ...make.order(), event_id: lower.event_id.toUpperCase() };
  return [
    ['an event', JSON.stringify(plain)],
    ['the same with an escape in its id', withJson(plain, 'event_id', `"\\u0030${id.slice(1)}"`)],
    ['an id of small letters', JSON.stringify(lower)],
    ['the same id in capitals', JSON.stringify(upper)],
  ];
}
