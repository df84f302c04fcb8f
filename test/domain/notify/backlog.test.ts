import fc from 'fast-check';
import { expect, test } from 'vitest';
import { severities } from '../../../src/domain/alerts/record.js';
import { Backlog, entrySchema } from '../../../src/domain/notify/backlog.js';
import { digestOf, merged, otherRules } from '../../../src/domain/notify/digest.js';
import {
  bounded,
  keyOf,
  notificationSchema,
  type Notification,
} from '../../../src/domain/notify/notification.js';
import { channelsFor, checkRoutes, routeSchema } from '../../../src/domain/notify/routes.js';
import { notification, notifications } from '../../adapters/notify/support/notifications.js';

const one: fc.Arbitrary<Notification> = fc
  .record({
    id: fc.nat(30).map(String),
    rule: fc.constantFrom('dlq', 'lag', 'revenue'),
    severity: fc.constantFrom(...severities),
    status: fc.constantFrom('firing' as const, 'resolved' as const),
    firedAt: fc.nat(1_000),
  })
  .map((changes) => notification(changes));

test('whatever comes, the queue is bounded, in order, and each is in it or counted in a digest exactly once', () => {
  fc.assert(
    fc.property(
      fc.array(one, { maxLength: 60 }),
      fc.integer({ min: 1, max: 8 }),
      fc.array(fc.nat(3), { minLength: 1, maxLength: 60 }),
      (all, capacity, moves) => {
        const backlog = new Backlog({ capacity, remembered: 1_000 });
        const came: string[] = [];
        let begun: string | undefined;
        let doneWith = 0;
        for (const [index, next] of all.entries()) {
          if (!backlog.knows('c', keyOf(next))) came.push(keyOf(next));
          for (const entry of backlog.entriesFor(next, ['c'])) backlog.apply(entry);
          const overflow = backlog.overflow('c', begun);
          if (overflow !== undefined) backlog.apply(overflow);
          expect(backlog.overflow('c', begun)).toBeUndefined();
          const move = moves[index % moves.length];
          const first = backlog.queueOf('c')[0];
          if (move === 1) begun = first?.key;
          if (move === 2 && first !== undefined) {
            doneWith += first.digest?.notifications ?? 1;
            backlog.apply({ done: first.key, to: 'c' });
            begun = undefined;
          }
          expect(backlog.queueOf('c').length).toBeLessThanOrEqual(capacity + 1);
        }
        const queue = backlog.queueOf('c');
        const waiting = queue.reduce((sum, queued) => sum + (queued.digest?.notifications ?? 1), 0);
        expect(waiting + doneWith).toBe(came.length);
        for (const key of came) expect(backlog.knows('c', key)).toBe(true);
        const keys = queue
          .filter(({ digest }) => digest === undefined)
          .map(({ key }) => came.lastIndexOf(key));
        expect(keys).toEqual([...keys].sort((a, b) => a - b));
        // And all this survives the file.
        const copy = new Backlog(backlog.limits);
        for (const entry of backlog.entries())
          copy.apply(entrySchema.parse(JSON.parse(JSON.stringify(entry))));
        expect(copy.queueOf('c')).toEqual(queue);
        for (const key of came) expect(copy.knows('c', key)).toBe(true);
      },
    ),
  );
});

test('what was begun is neither taken into a digest nor added to', () => {
  const backlog = new Backlog({ capacity: 2, remembered: 10 });
  for (const next of notifications(4))
    for (const entry of backlog.entriesFor(next, ['c'])) backlog.apply(entry);
  backlog.apply(backlog.overflow('c', 'firing:0')!);
  expect(backlog.queueOf('c').map(({ key }) => key)).toEqual(['firing:0', 'digest:firing:1', 'firing:3']);
  backlog.apply({ done: 'firing:0', to: 'c' });
  // Now the digest is.
  for (const next of notifications(6))
    for (const entry of backlog.entriesFor(next, ['c'])) backlog.apply(entry);
  backlog.apply(backlog.overflow('c', 'digest:firing:1')!);
  expect(backlog.queueOf('c').map(({ key }) => key)).toEqual([
    'digest:firing:1',
    'digest:firing:3',
    'firing:5',
  ]);
});

test('a digest counts by severity, status and rule, and the times', () => {
  const digest = [
    notification({ id: 'a', rule: 'dlq', severity: 'warning', firedAt: 5 }),
    notification({ id: 'b', rule: 'dlq', status: 'resolved', firedAt: 3 }),
    notification({ id: 'c', rule: 'lag', severity: 'info', firedAt: 9 }),
  ]
    .map(digestOf)
    .reduce(merged);
  expect(digest).toEqual({
    id: 'a',
    notifications: 3,
    firing: 2,
    resolved: 1,
    bySeverity: { info: 1, warning: 1, critical: 1 },
    byRule: { dlq: 2, lag: 1 },
    firstAt: 3,
    lastAt: 9,
  });
});

test('a digest is of bounded size however many rules there are', () => {
  const all = Array.from({ length: 500 }, (_, n) => digestOf(notification({ rule: `r${n}` }))).reduce(merged);
  expect(Object.keys(all.byRule)).toHaveLength(21);
  expect(all.byRule[otherRules]).toBe(480);
});

test('a notification is cut to a bounded size, and stays one', () => {
  const long = 'ü'.repeat(100_000);
  const labels = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`${n}${long}`, long]));
  const huge = notification({
    rule: long,
    summary: long,
    labels,
    spark: Array<number>(9_999).fill(1),
    link: `http://x/${long}`,
  });
  const kept = bounded(huge);
  expect(notificationSchema.parse(kept)).toEqual(kept);
  expect(JSON.stringify(kept).length).toBeLessThan(60_000);
  expect(kept).not.toHaveProperty('link');
  expect(bounded(notification())).toEqual(notification());
});

test('a route wants all that it names; what several name, goes there once; without routes all goes everywhere', () => {
  const channels = ['discord', 'slack', 'console'];
  const routes = [
    { minSeverity: 'critical' as const, channels: ['slack', 'discord'] },
    { labels: { team: 'shop', type: 'order' }, channels: ['slack'] },
    { channels: ['console'] },
  ];
  const to = (changes: Partial<Notification>) => channelsFor(notification(changes), routes, channels);
  expect(to({ severity: 'critical', labels: { team: 'shop', type: 'order' } })).toEqual(channels);
  expect(to({ severity: 'warning', labels: { team: 'shop' } })).toEqual(['console']);
  expect(to({ severity: 'info', labels: { team: 'shop', type: 'order' } })).toEqual(['slack', 'console']);
  expect(channelsFor(notification(), [{ labels: { toString: 'x' }, channels: ['slack'] }], channels)).toEqual(
    [],
  );
  expect(channelsFor(notification(), [], channels)).toEqual(channels);
});

test('a route may leave out the news that an alert is over', () => {
  const channels = ['discord', 'slack', 'console'];
  const routes = [
    { channels: ['slack'], resolved: false },
    { channels: ['discord'], resolved: true },
    { channels: ['console'] },
  ];
  expect(channelsFor(notification({ status: 'firing' }), routes, channels)).toEqual(channels);
  expect(channelsFor(notification({ status: 'resolved' }), routes, channels)).toEqual(['discord', 'console']);
  // Another route may want it there.
  const both = [...routes, { minSeverity: 'critical' as const, channels: ['slack'] }];
  expect(channelsFor(notification({ status: 'resolved', severity: 'critical' }), both, channels)).toEqual(
    channels,
  );
});

test('a route to a channel that there is not is an error that says which there are', () => {
  expect(() => {
    checkRoutes([{ channels: ['discord'] }, { channels: ['slak'] }], ['discord', 'slack']);
  }).toThrow(
    expect.objectContaining({
      code: 'INVALID_CONFIG',
      message: 'Route 2 names the channel slak, which is not set up.',
      suggestions: ['Did you mean slack?', 'Set up are: discord, slack.'],
    }),
  );
  expect(() => {
    checkRoutes([{ channels: ['slack'] }], ['console']);
  }).toThrow(
    expect.objectContaining({
      suggestions: [
        expect.stringContaining('STREAMLAB_SLACK_WEBHOOK_URL'),
        'Set up are: console.',
      ] as string[],
    }),
  );
  expect(routeSchema.safeParse({ channels: [] }).success).toBe(false);
  expect(routeSchema.safeParse({ channels: ['a'], severity: 'info' }).success).toBe(false);
});
