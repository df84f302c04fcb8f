import { describe, expect, it, test } from 'vitest';
import { ruleKinds, type AlertRule } from '../../../src/domain/alerts/rule.js';
import { routeText, watches } from '../../../src/domain/alerts/rule-words.js';
import { sampleNotification } from '../../../src/domain/alerts/sample-alert.js';
import { testedChannels } from '../../../src/domain/notify/choose.js';
import { notificationSchema } from '../../../src/domain/notify/notification.js';
import { T0, rules } from './support.js';

const sample = (rule?: AlertRule) => sampleNotification({ rule, id: 'test-1', nowMs: T0 });
const ofEveryKind = rules(
  'name: a, kind: dlq_rate, above: 5%, labels: { team: shop }',
  'name: a2, kind: dlq_rate, above: 100/min, by_reason: true, reason: [missing_field, too_late], for: 2m',
  'name: a3, kind: dlq_rate, above: 0%',
  'name: b, kind: error_share, above: 90%, event_type: page_view',
  'name: c, kind: revenue_anomaly, direction: drop, severity: critical',
  'name: c2, kind: revenue_anomaly, direction: rise, min_change: 100%',
  'name: c3, kind: revenue_anomaly',
  'name: d, kind: zero_traffic',
  'name: d2, kind: zero_traffic, event_type: [order_placed, page_view], for: 10m',
  'name: e, kind: consumer_lag, above: 60s, group: mine, for: 1m',
  'name: e2, kind: consumer_lag, above: 60s',
  'name: f, kind: watermark_lag, above: 2m',
  'name: g, kind: checkpoint_failures, above: 2',
  'name: h, kind: job_restarts, above: 0',
);

describe('a sample', () => {
  it('is tried of every kind', () => {
    expect(new Set(ofEveryKind.map(({ kind }) => kind))).toEqual(new Set(ruleKinds));
  });

  it.each(ofEveryKind)('of $name is a notification that the rule could send, marked as a test', (rule) => {
    const { value = NaN, band, spark = [], ...rest } = notificationSchema.parse(sample(rule));
    expect(rest).toMatchObject({ id: 'test-1', rule: rule.name, severity: rule.severity, status: 'firing' });
    expect(rest.labels).toMatchObject(rule.labels);
    expect(rest.summary).toMatch(/^This is a test, nothing is wrong\. It would say: /);
    // Every name of the message is filled in.
    expect(rest.summary).not.toMatch(/[{}]|unknown|NaN|Infinity/);
    // Bad by the rule: out of its band.
    if (band !== undefined)
      expect(value < (band.low ?? -Infinity) || value > (band.high ?? Infinity)).toBe(true);
    else expect(value).toBe(0);
    expect(spark.at(-1)).toBe(value);
    expect(spark.every(Number.isFinite)).toBe(true);
  });

  it('has the message of the rule', () => {
    const [rule] = rules(
      "name: m, kind: watermark_lag, above: 2m, message: 'late by {value}, over {threshold}'",
    );
    expect(sample(rule).summary).toMatch(/: late by 5m, over 2m$/);
  });

  it('of no rule says so too', () => {
    expect(notificationSchema.parse(sample())).toMatchObject({
      severity: 'info',
      summary: expect.stringContaining('This is a test') as string,
    });
  });
});

test('what a rule watches for is said in few words', () => {
  expect(ofEveryKind.map(watches)).toEqual([
    'dead letters above 5% of the input',
    'dead letters of missing_field or too_late above 100/min, each reason by itself, for 2m',
    'dead letters above 0% of the input',
    'more than 90% of page_view refused',
    'revenue a minute below the band of the last 60 windows',
    'revenue a minute above the band of the last 60 windows',
    'revenue a minute out of the band of the last 60 windows',
    'no record for 5m',
    'no order_placed or page_view for 10m',
    'group mine more than 1m behind, for 1m',
    'a consumer group more than 1m behind',
    'watermark more than 2m behind',
    'more than 2 failed checkpoints within 10m',
    'more than 0 restarts of the job within 10m',
  ]);
});

test('a route is said in a line', () => {
  expect(routeText({ channels: ['discord', 'console'] })).toBe('every alert → discord, console');
  expect(
    routeText({ minSeverity: 'warning', labels: { team: 'shop' }, channels: ['slack'], resolved: false }),
  ).toBe('warning and worse, team=shop, not when it is over → slack');
});

describe('the channels of a test', () => {
  const setUp = ['discord', 'console'];
  const routes = [{ minSeverity: 'critical' as const, channels: ['discord'] }];
  const where = (named: string[], rule?: AlertRule, of = routes) =>
    testedChannels(sample(rule), { named, routes: of, setUp });

  it('are those of the routes, or those that are named whatever the routes', () => {
    expect(
      where(
        [],
        ofEveryKind.find(({ severity }) => severity === 'critical'),
      ),
    ).toEqual(['discord']);
    expect(where(['console'])).toEqual(['console']);
    expect(where([], undefined, [])).toEqual(setUp);
  });

  it.each([
    [
      ['disocrd'],
      routes,
      'INVALID_USAGE',
      '--channel "disocrd": there is no such channel (did you mean "discord"?).',
    ],
    [['slack'], routes, 'INVALID_CONFIG', '--channel slack: the channel is not set up.'],
    [
      [],
      [{ channels: ['webhook'] }],
      'INVALID_CONFIG',
      'Route 1 names the channel webhook, which is not set up.',
    ],
    [
      [],
      routes,
      'INVALID_CONFIG',
      'By the routes an alert of severity info and these labels goes to no channel.',
    ],
  ])('that there are not are refused: %j %j', (named, of, code, message) => {
    expect(() => where(named, undefined, of as typeof routes)).toThrow(
      expect.objectContaining({ code, message, exitCode: 2 }) as Error,
    );
  });
});
