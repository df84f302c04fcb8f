import { describe, expect, test } from 'vitest';
import { asCommand, listRequest, replayOrder, taskId } from '../../../src/domain/console/letter-request.js';

const now = Date.parse('2026-01-31T12:00:00.500Z');
const list = (query: string) => listRequest(new URLSearchParams(query), now);

describe('the list is asked for', () => {
  test('with the filters of dlq list, by their names', () => {
    const query =
      'since=1h&reason=too_late&reason=missing_field&event-type=page_view&user=u-1&match=page=/cart&outstanding=true&limit=7';
    expect(list(query)).toMatchObject({
      limit: 7,
      filter: {
        sinceMs: now - 3_600_000,
        untilMs: undefined,
        reasons: ['too_late', 'missing_field'],
        eventTypes: ['page_view'],
        users: ['u-1'],
        outstanding: true,
      },
    });
    expect(list('')).toMatchObject({ limit: 50, filter: { reasons: [], outstanding: false } });
  });

  test.each([
    ['sql=DROP', /^sql: there is no such filter/],
    ['reasons=too_late', /^reasons: there is no such filter.*reason/],
    ['reason=too_lat', /^reason "too_lat": there is no such reason.*too_late/],
    ['since=yesterday', /^since "yesterday": give a time/],
    ['match=', /^match "": /],
    ['limit=501', /^limit=501: give a whole number up to 500/],
    ['limit=-1', /^limit=-1/],
    [`user=${'x'.repeat(1_001)}`, /^user\.0: it is longer than 1000 characters/],
    ['user=x&'.repeat(51), /^user: there are more than 50/],
  ])('not with %.40s: the parameter is named, and no flag', (query, sentence) => {
    expect(() => list(query)).toThrow(sentence);
  });
});

describe('a dry run is asked for', () => {
  test('with times that stay what they were, and nothing that fails from now on', () => {
    const order = replayOrder({ selection: { since: '1h', reason: ['too_late'] } }, now);
    expect(order.filter).toMatchObject({ sinceMs: now - 3_600_000, untilMs: now, reasons: ['too_late'] });
    expect(order.selection).toBe(
      '--since 2026-01-31T11:00:00.500Z --until 2026-01-31T12:00:00.500Z --reason too_late',
    );
    expect(asCommand(order)).toBe(`streamlab dlq replay ${order.selection}`);
  });

  test('until a time that was given, unless that is still to come', () => {
    const until = (text: string) => replayOrder({ selection: { until: text } }, now).filter.untilMs;
    expect(until('2026-01-31T11:59:00Z')).toBe(now - 60_500);
    expect(until('2027-01-31T12:00:00Z')).toBe(now);
  });

  test('with the rules that ship, or an expression, but no file of this machine', () => {
    const fix = (repair: unknown) => replayOrder({ selection: {}, repair }, now).fix;
    expect(fix('none')).toBeUndefined();
    expect(fix('shipped')).toEqual({ file: 'all' });
    expect(fix({ expression: ' $ ' })).toEqual({ expression: '$' });
    for (const repair of ['/etc/passwd', { file: '/etc/passwd' }, { expression: ' ' }, { expression: 5 }])
      expect(() => fix(repair)).toThrow(/^repair/);
  });

  test.each([
    [null, /^The request: /],
    [{}, /^selection: /],
    [{ selection: {}, force: true }, /^force: there is no such field/],
    [{ selection: {}, yes: true }, /^yes: there is no such field/],
    [{ selection: { sql: '1' } }, /^sql: there is no such field/],
    [{ selection: { reason: 'too_late' } }, /^selection\.reason: /],
    [{ selection: {}, limit: 0 }, /^limit: give 1 or more/],
    [{ selection: {}, rate: 1.5 }, /^rate: give a whole number/],
  ])('not with %j', (body, sentence) => {
    expect(() => replayOrder(body, now)).toThrow(sentence);
  });

  test('and confirmed by its id alone', () => {
    expect(taskId({ id: 'a' })).toBe('a');
    expect(() => taskId({ id: 'a', selection: {} })).toThrow(/^selection: there is no such field/);
  });
});
