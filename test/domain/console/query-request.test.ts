import { describe, expect, test } from 'vitest';
import { expandQuery } from '../../../src/domain/console/macros.js';
import { requestedSql, type LoadedDashboard } from '../../../src/domain/console/query-request.js';
import { resultTable } from '../../../src/domain/console/result.js';

const dashboard = {
  dashboard: { uid: 'd', variables: [{ name: 'channel' }] },
  queries: {
    panels: new Map([
      [
        1,
        'SELECT 1 WHERE $__conditionalAll(channel IN (${channel:singlequote}), $channel) AND t > $__fromTime_ms',
      ],
    ]),
    variables: new Map([['channel', 'SELECT DISTINCT channel']]),
  },
} as unknown as LoadedDashboard;
const ask = (query: string): string => requestedSql([dashboard], new URLSearchParams(query));

describe('the statement of a request', () => {
  test('is the one of the panel, with the range and the choices put in', () => {
    expect(ask('dashboard=d&panel=1&from=1000&to=2000&var-channel=web&var-channel=ios')).toBe(
      "SELECT 1 WHERE channel IN ('web','ios') AND t > fromUnixTimestamp64Milli(1000)",
    );
    const all = 'SELECT 1 WHERE 1=1 AND t > fromUnixTimestamp64Milli(1000)';
    expect(ask('dashboard=d&panel=1&from=1000&to=2000')).toBe(all);
    expect(ask('dashboard=d&panel=1&from=1000&to=2000&var-channel=$__all')).toBe(all);
    expect(ask('dashboard=d&variable=channel&from=1&to=2')).toBe('SELECT DISTINCT channel');
  });

  test.each([
    String.raw`' OR 1=1 --`,
    String.raw`\' OR 1=1 --`,
    String.raw`\\' UNION ALL SELECT 2`,
    '${channel:singlequote}',
    '$__fromTime_ms',
    "'), $channel) OR $__conditionalAll(1, (",
  ])('keeps a hostile choice a text: %s', (hostile) => {
    const sql = ask(`dashboard=d&panel=1&from=1000&to=2000&var-channel=${encodeURIComponent(hostile)}`);
    const quoted = hostile.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`);
    expect(sql).toBe(`SELECT 1 WHERE channel IN ('${quoted}') AND t > fromUnixTimestamp64Milli(1000)`);
  });

  test.each([
    ['panel=1&from=1&to=2', /^dashboard=: it is missing/],
    ['dashboard=x&panel=1&from=1&to=2', /^dashboard=x: there is no such/],
    ['dashboard=d&panel=9&from=1&to=2', /^panel=9: it has none/],
    ['dashboard=d&panel=1e0&from=1&to=2', /^panel=1e0: give a whole number/],
    ['dashboard=d&variable=constructor&from=1&to=2', /^variable=constructor: it has none/],
    ['dashboard=d&panel=1&from=-1&to=2', /^from=-1: give a whole number/],
    ['dashboard=d&panel=1&from=2&to=2', /^to=2: that is not after from/],
    ['dashboard=d&panel=1&from=1&to=9000000000000', /^from=1: the range is longer than 31 days/],
  ])('of %s is refused by name', (query, message) => {
    expect(() => ask(query)).toThrow(message);
  });

  test('has nothing of a choice that is none of the dashboard', () => {
    expect(expandQuery('SELECT 1', { fromMs: 1, toMs: 2, chosen: new Map([['x', ['y']]]) })).toBe('SELECT 1');
    expect(ask('dashboard=d&panel=1&from=1000&to=2000&var-other=x')).toContain('WHERE 1=1');
  });
});

test('a result keeps what a double cannot hold as text, and what is no number as nothing', () => {
  const meta = [
    { name: 'time', type: "DateTime64(3, 'UTC')" },
    { name: 'money', type: 'Nullable(Decimal(38, 2))' },
    { name: 'count', type: 'UInt64' },
    { name: 'ratio', type: 'Float64' },
    { name: 'label', type: 'LowCardinality(String)' },
    { name: 'tags', type: 'Map(String, String)' },
  ];
  const rows = [
    ['1700000000.123', '90071992547409.91', '9007199254740993', 'nan', '<b>', { a: '1' }],
    ['1700000001', '-1.50', '7', 0.25, '', {}],
    [null, null, null, null, null, null],
  ];
  expect(resultTable(meta, rows)).toEqual({
    columns: [
      { name: 'time', kind: 'time' },
      { name: 'money', kind: 'number' },
      { name: 'count', kind: 'number' },
      { name: 'ratio', kind: 'number' },
      { name: 'label', kind: 'text' },
      { name: 'tags', kind: 'text' },
    ],
    rows: [
      [1_700_000_000_123, '90071992547409.91', '9007199254740993', null, '<b>', '{"a":"1"}'],
      [1_700_000_001_000, '-1.50', 7, 0.25, '', '{}'],
      [null, null, null, null, null, null],
    ],
  });
});
