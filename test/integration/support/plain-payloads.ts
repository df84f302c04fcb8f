type Fields = Readonly<Record<string, string>>;

/**
 * Payloads around what the job takes for a plain event (flink-sql/10-sources.sql): such events, and each of them with one
 * thing changed that may make it something else. What a regular expression takes for an event, and what is one, must not
 * differ. Each has an id of its own.
 *
 * @param id gives an id that no other record has
 */
export function plainPayloads(eventTimeMs: number, id: () => string): (readonly [string, string])[] {
  const make = (type: string, version: number, changed: Fields = {}): string =>
    write({ ...plainFields(type, version, eventTimeMs, id()), ...changed });
  return [
    ...shapes.map(([type, version]): [string, string] => [
      `${type}, version ${version}`,
      make(type, version),
    ]),
    ...shapes.flatMap(([type, version]) =>
      surroundings(`${type}, version ${version}`, () => make(type, version)),
    ),
    ...Object.entries(spellings(eventTimeMs)).flatMap(([field, values]) =>
      shapes
        .filter(([type, version]) => field in plainFields(type, version, eventTimeMs, ''))
        .flatMap(([type, version]) =>
          values.map((json): [string, string] => [
            `${type}, version ${version}, ${field} ${json}`,
            make(type, version, { [field]: json }),
          ]),
        ),
    ),
    ...exchanged((type, version) => plainFields(type, version, eventTimeMs, id())),
  ];
}

const shapes = [
  ['page_view', 1],
  ['checkout_started', 2],
  ['order_placed', 1],
  ['order_refunded', 2],
] as const;

/** The fields of an event in the order of the schema, each as JSON text. */
function plainFields(type: string, version: number, eventTimeMs: number, id: string): Fields {
  return {
    schema_version: String(version),
    event_id: `"${id}"`,
    event_type: `"${type}"`,
    event_time: String(eventTimeMs),
    user_id: '"u-1"',
    session_id: '"s-1"',
    ...(type.startsWith('order')
      ? { order_id: '"o-1"', amount: '12.34' }
      : { page: '"/product/1"', referrer: '"https://example.org/?a=1,2"' }),
    ...(version === 2 ? { channel: '"ios"' } : {}),
  };
}

function write(fields: Fields): string {
  return `{${Object.entries(fields)
    .map(([name, json]) => `"${name}":${json}`)
    .join(',')}}`;
}

function surroundings(name: string, make: () => string): [string, string][] {
  return [
    [`${name}, a line end behind`, `${make()}\n`],
    [`${name}, two line ends behind`, `${make()}\r\n\n`],
    [`${name}, a word behind a line end`, `${make()}\nx`],
    [`${name}, a line separator behind`, `${make()}\u2028`],
    [`${name}, a blank before`, ` ${make()}`],
    [`${name}, a line before`, `x\n${make()}`],
    [`${name}, a brace behind`, `${make()}}`],
    [`${name}, another behind`, `${make()}${make()}`],
    [`${name}, a field behind`, `${make().slice(0, -1)},"extra":{"event_time":1}}`],
    [`${name}, a channel behind`, `${make().slice(0, -1)},"channel":"web"}`],
    [`${name}, a wrong channel behind`, `${make().slice(0, -1)},"channel":"tv"}`],
    [`${name}, a second time behind`, `${make().slice(0, -1)},"event_time":5}`],
    [`${name}, a blank behind each comma`, make().replaceAll(',"', ', "')],
  ];
}

function spellings(eventTimeMs: number): Record<string, readonly string[]> {
  const texts = [
    '""',
    '" "',
    '"~"',
    '"\u007f"',
    '"ü"',
    '"a\\"b"',
    '"\\u0061"',
    '"a\tb"',
    '"a,b:c}"',
    'null',
    '5',
  ];
  return {
    schema_version: ['01', '1.0', '3', '12', '"1"', 'null'],
    event_id: ['"0b52fba1-8c2d-4f0a-9a1b"', '"0b52fba18c2d4f0a9a1b0123456789ab"', '""', 'null'],
    event_type: ['"page_view"', '"order_placed"', '"order"', '"page_view "', '"add_to_cart"', 'null'],
    event_time: [
      '0',
      '00',
      '01',
      '-1',
      '1.0',
      '1e3',
      '9'.repeat(15),
      '9'.repeat(16),
      `"${String(eventTimeMs)}"`,
    ],
    user_id: texts,
    session_id: texts,
    page: texts,
    referrer: texts,
    order_id: texts,
    amount: [
      ...[
        '0',
        '0.0',
        '0.00',
        '0.01',
        '0.1',
        '0.10',
        '0.001',
        '00.1',
        '01',
        '1',
        '1.0',
        '1.00',
        '1.000',
        '1.',
        '.5',
      ],
      ...[
        '-1',
        '+1',
        '1e2',
        '4.35',
        '1.005',
        '9999999999999.99',
        '9999999999999.999',
        '10000000000000',
        '"1"',
      ],
    ],
    channel: ['"web"', '"ios"', '"android"', '"tv"', '"Web"', '""', 'null', '5'],
  };
}

/** Fields that belong to another family, version or place. */
function exchanged(fieldsOf: (type: string, version: number) => Fields): [string, string][] {
  const without = (fields: Fields, ...names: string[]): Fields =>
    Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
  const click = (): Fields => fieldsOf('page_view', 2);
  const order = (): Fields => fieldsOf('order_placed', 2);
  return [
    ['clickstream with the fields of an order', write({ ...order(), event_type: '"page_view"' })],
    ['an order with the fields of clickstream', write({ ...click(), event_type: '"order_placed"' })],
    ['an order with the fields of both', write({ ...order(), page: '"/"', referrer: '""' })],
    ['version 2 without channel', write(without(click(), 'channel'))],
    ['version 1 with channel', write({ ...click(), schema_version: '1' })],
    ['no user', write(without(click(), 'user_id'))],
    ['no amount', write(without(order(), 'amount'))],
    ['backwards', write(Object.fromEntries(Object.entries(order()).reverse()))],
    ['an id of capitals', write({ ...order(), event_id: order().event_id!.toUpperCase() })],
  ];
}
