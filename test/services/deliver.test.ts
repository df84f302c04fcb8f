import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Channel } from '../../src/adapters/notify/channel.js';
import { discordChannel } from '../../src/adapters/notify/discord.js';
import { Secret } from '../../src/domain/notify/secret.js';
import { DiscordServer, type Fault } from '../adapters/notify/support/discord-server.js';
import { JumpingClock } from '../adapters/notify/support/jumping-clock.js';
import { notification, notifications } from '../adapters/notify/support/notifications.js';
import { deliveries, discordOf, real } from './support/delivery.js';

const { begin, server } = deliveries();

const faults: Fault[] = [
  'error',
  'unavailable',
  'reset',
  'reset-after',
  'half-head',
  'half-body',
  'global',
  'shared',
  'cloudflare',
];

test('through every fault each notification arrives, in order, once for its answer, within the limits as the server counts them', async () => {
  const fault = fc.oneof({ weight: 3, arbitrary: fc.constant<Fault>('none') }, fc.constantFrom(...faults));
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fault, { maxLength: 25 }),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1, maxLength: 5 }),
      async (plan, count, limit, draws) => {
        const clock = new JumpingClock();
        const discord = await DiscordServer.start({ now: clock.now, limit, fault: (n) => plan[n] ?? 'none' });
        let drawn = 0;
        const { delivery, settled, stop } = await begin({
          channels: [discordOf(discord, clock)],
          clock,
          file: `outbox-${(run += 1)}`,
          random: () => draws[(drawn += 1) % draws.length] ?? 0,
        });
        const all = notifications(count);
        for (const one of all) await delivery.accept(one);
        await settled();
        await stop();
        await discord.stop();
        expect(discord.acknowledged).toEqual(all.map(({ id }) => id));
        expect(discord.tooEarly).toEqual([]);
        expect(discord.problems).toEqual([]);
        // Nothing is begun before what is ahead of it is delivered.
        const ids = discord.posted.map(({ id }) => Number(id));
        expect(ids).toEqual([...ids].sort((a, b) => a - b));
      },
    ),
    { numRuns: 30 },
  );
});

test('limits are kept without being refused once, and what is left of them is used', async () => {
  const clock = new JumpingClock();
  const discord = await server({ now: clock.now, limit: 5, windowMs: 2_000 });
  const { delivery, settled, stop } = await begin({ channels: [discordOf(discord, clock)], clock });
  const before = clock.now();
  for (const one of notifications(23)) await delivery.accept(one);
  await settled();
  expect(discord.acknowledged).toHaveLength(23);
  expect(discord.posted).toHaveLength(23);
  // Five windows for 23: four waits.
  expect(clock.now() - before).toBe(8_000);
  await stop();
});

test('two channels of one address share its limits, and never post at once', async () => {
  const clock = new JumpingClock();
  const discord = await server({ now: clock.now, limit: 3 });
  const channels = ['a', 'b', 'c'].map((name) => discordOf(discord, clock, name));
  const { delivery, settled, stop } = await begin({ channels, clock });
  for (const one of notifications(8)) await delivery.accept(one);
  await settled();
  expect(discord.acknowledged).toHaveLength(24);
  expect(discord.tooEarly).toEqual([]);
  expect(discord.problems).toEqual([]);
  await stop();
});

test('a global limit is for every channel of that host', async () => {
  let time = Date.UTC(2026, 10, 29, 12);
  const sleepers: (() => void)[] = [];
  const clock = {
    now: () => time,
    sleep: () => new Promise<void>((resolve) => sleepers.push(resolve)),
  };
  const discord = await server({ now: clock.now, limit: 50, fault: (n) => (n === 0 ? 'global' : 'none') });
  // Another webhook there.
  const other = discord.address.replace('123456', '654321');
  const channels = [discordOf(discord, clock), discordChannel('other', new Secret(other), clock.now)];
  const { delivery, events, settled, stop } = await begin({
    channels,
    clock,
    routes: [
      { labels: { to: 'discord' }, channels: ['discord'] },
      { labels: { to: 'other' }, channels: ['other'] },
    ],
  });
  const poll = { timeout: 10_000, interval: 2 };
  await delivery.accept(notification({ id: 'a', labels: { to: 'discord' } }));
  await expect.poll(() => events.map(({ type }) => type), poll).toEqual(['retry']);
  await delivery.accept(notification({ id: 'b', labels: { to: 'other' } }));
  await expect.poll(() => sleepers.length, poll).toBe(2);
  expect(discord.posted).toHaveLength(1);
  time += 3_000;
  for (const wake of sleepers) wake();
  await settled();
  expect(discord.acknowledged.sort()).toEqual(['a', 'b']);
  expect(discord.tooEarly).toEqual([]);
  await stop();
});

test('a slow answer is given up, and the notification comes again', async () => {
  const clock = new JumpingClock();
  const discord = await server({ now: clock.now, fault: (n) => (n < 2 ? 'silence' : 'none') });
  const channels = [discordOf(discord, clock)];
  const { delivery, events, settled, stop } = await begin({ channels, clock, timeoutMs: 400 });
  await delivery.accept(notification({ id: 'a' }));
  await settled();
  expect(discord.posted.map(({ fault }) => fault)).toEqual(['silence', 'silence', 'none']);
  expect(events).toMatchObject([
    { type: 'retry', reason: 'no answer within 400ms', failures: 1 },
    { type: 'retry', failures: 2 },
    { type: 'delivered' },
  ]);
  await stop();
});

test.each([
  [401, { message: '401: Unauthorized', code: 0 }, 'HTTP 401: 401: Unauthorized (0)'],
  [403, { message: 'Missing Access', code: 50001 }, 'HTTP 403: Missing Access (50001)'],
  [404, { message: 'Unknown Webhook', code: 10015 }, 'HTTP 404: Unknown Webhook (10015)'],
])('HTTP %i stops that channel after one request, and no other', async (status, body, reason) => {
  const discord = await server({ now: Date.now, limit: 100 });
  const gone = await server({ now: Date.now, gone: { status, body } });
  const channels = [discordOf(gone, real, 'gone'), discordOf(discord, real)];
  const { delivery, events, settled, stop } = await begin({ channels, clock: real });
  for (const one of notifications(5)) await delivery.accept(one);
  await settled();
  await delivery.accept(notification({ id: 'later' }));
  await settled();
  expect(discord.acknowledged).toEqual(['0', '1', '2', '3', '4', 'later']);
  expect(gone.posted).toHaveLength(1);
  const stopped = events.filter(({ type }) => type === 'stopped');
  expect(stopped).toMatchObject([{ channel: 'gone', reason, next: expect.any(String) as string }]);
  const states = delivery.channelStates();
  expect(states).toMatchObject([
    { name: 'gone', waiting: 6, delivered: 0, stopped: { reason } },
    { name: 'discord', waiting: 0, delivered: 6 },
  ]);
  await stop();
});

test('a notification that Discord will not have is dropped, and the next one is delivered', async () => {
  const refuser: Channel = {
    name: 'picky',
    place: 'p',
    host: 'h',
    send: ({ key }) =>
      Promise.resolve(key === 'firing:1' ? { says: 'refused', reason: 'HTTP 400' } : { says: 'accepted' }),
  };
  const { delivery, events, settled, stop } = await begin({ channels: [refuser], clock: real });
  for (const one of notifications(3)) await delivery.accept(one);
  await settled();
  expect(events).toMatchObject([
    { type: 'delivered' },
    { type: 'dropped', reason: 'HTTP 400' },
    { type: 'delivered' },
  ]);
  await stop();
});

test('a channel that does not answer keeps no other waiting', async () => {
  const silent = await server({ now: Date.now, fault: () => 'silence' });
  const discord = await server({ now: Date.now, limit: 100 });
  const channels = [discordOf(silent, real, 'silent'), discordOf(discord, real)];
  const { delivery, stop } = await begin({ channels, clock: real, timeoutMs: 10_000, graceMs: 50 });
  for (const one of notifications(10)) await delivery.accept(one);
  await expect.poll(() => discord.acknowledged.length, { timeout: 5_000, interval: 5 }).toBe(10);
  expect(silent.posted).toHaveLength(1);
  // What is under way gets its moment, and no more.
  const before = performance.now();
  await stop();
  expect(performance.now() - before).toBeLessThan(3_000);
});

test('an attempt that is under way when it is stopped is brought to its end', async () => {
  let answer: () => void = () => undefined;
  const slow: Channel = {
    name: 'slow',
    place: 'p',
    host: 'h',
    send: () =>
      new Promise(
        (resolve) =>
          (answer = () => {
            resolve({ says: 'accepted' });
          }),
      ),
  };
  const { delivery, outbox, stop } = await begin({ channels: [slow], clock: real, graceMs: 10_000 });
  for (const one of notifications(2)) await delivery.accept(one);
  const stopping = stop();
  answer();
  await stopping;
  expect(outbox.backlog.queueOf('slow').map(({ key }) => key)).toEqual(['firing:1']);
});

test('too many become a digest in the place of the oldest; what was begun stays as it is', async () => {
  const sent: string[] = [];
  let fail: () => void = () => undefined;
  const channel: Channel = {
    name: 'slow',
    place: 'p',
    host: 'h',
    send: ({ key }) => {
      sent.push(key);
      if (sent.length > 1) return Promise.resolve({ says: 'accepted' });
      return new Promise((resolve) => {
        fail = () => {
          resolve({ says: 'failed', reason: 'HTTP 500' });
        };
      });
    },
  };
  const { delivery, events, outbox, settled, stop } = await begin({
    channels: [channel],
    clock: new JumpingClock(),
    capacity: 5,
  });
  const all = notifications(20);
  for (const one of all) await delivery.accept(one);
  expect(outbox.backlog.queueOf('slow')).toHaveLength(6);
  fail();
  await settled();
  const rest = [16, 17, 18, 19].map((n) => `firing:${n}`);
  expect(sent).toEqual(['firing:0', 'firing:0', 'digest:firing:1', ...rest]);
  const digests = events
    .filter((event) => event.type === 'delivered')
    .flatMap(({ queued }) => queued.digest ?? []);
  expect(digests).toMatchObject([{ notifications: 15, firing: 15, byRule: { 'revenue-drop': 15 } }]);
  // And those in it are not sent again.
  await delivery.accept(all[3]!);
  await settled();
  expect(sent).toHaveLength(7);
  await stop();
});

test('a defect of a channel ends the run', async () => {
  const broken: Channel = {
    name: 'broken',
    place: 'p',
    host: 'h',
    send: () => Promise.reject(new TypeError('a defect')),
  };
  const { delivery, running } = await begin({ channels: [broken], clock: real });
  await delivery.accept(notification());
  await expect(running).rejects.toThrow('a defect');
});
