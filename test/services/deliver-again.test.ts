import { expect, test } from 'vitest';
import { keyOf } from '../../src/domain/notify/notification.js';
import { JumpingClock } from '../adapters/notify/support/jumping-clock.js';
import { notification, notifications } from '../adapters/notify/support/notifications.js';
import { deliveries, discordOf, real } from './support/delivery.js';

const { begin, server } = deliveries();

test('what a stopped channel did not take comes after a restart, once its webhook is right', async () => {
  const gone = await server({ now: Date.now, gone: { status: 404, body: {} } });
  const first = await begin({ channels: [discordOf(gone, real)], clock: real });
  for (const one of notifications(3)) await first.delivery.accept(one);
  await first.settled();
  await first.stop();
  const discord = await server({ now: Date.now });
  const second = await begin({ channels: [discordOf(discord, real)], clock: real });
  await second.settled();
  expect(discord.acknowledged).toEqual(['0', '1', '2']);
  await second.stop();
});

test('what was delivered is not sent again, by the id and whether it fires or is over', async () => {
  const discord = await server({ now: Date.now, limit: 100 });
  const first = await begin({ channels: [discordOf(discord, real)], clock: real });
  const fired = notification({ id: 'a' });
  const over = notification({ id: 'a', status: 'resolved' });
  expect(keyOf(fired)).not.toBe(keyOf(over));
  for (const one of [fired, fired, over, fired]) await first.delivery.accept(one);
  await first.settled();
  await first.stop();
  const second = await begin({ channels: [discordOf(discord, real)], clock: real });
  for (const one of [over, fired, notification({ id: 'b' })]) await second.delivery.accept(one);
  await second.settled();
  expect(discord.acknowledged).toEqual(['a', 'a', 'b']);
  await second.stop();
});

test('a wait that the server asked for is kept over a restart', async () => {
  const clock = new JumpingClock();
  const discord = await server({ now: clock.now, limit: 1, windowMs: 60_000 });
  const first = await begin({ channels: [discordOf(discord, clock)], clock });
  await first.delivery.accept(notification({ id: 'a' }));
  await first.settled();
  await first.stop();
  const second = await begin({ channels: [discordOf(discord, clock)], clock });
  await second.delivery.accept(notification({ id: 'b' }));
  await second.settled();
  expect(discord.tooEarly).toEqual([]);
  expect(discord.posted.map(({ at }) => at - discord.posted[0]!.at)).toEqual([0, 60_000]);
  await second.stop();
});

test('what waits for a channel that is not set up any more is said', async () => {
  const gone = await server({ now: Date.now, gone: { status: 404, body: {} } });
  const first = await begin({ channels: [discordOf(gone, real, 'old')], clock: real });
  await first.delivery.accept(notification());
  await first.settled();
  await first.stop();
  const discord = await server({ now: Date.now });
  const second = await begin({ channels: [discordOf(discord, real)], clock: real });
  expect(second.events).toEqual([{ type: 'nobody', channel: 'old', waiting: 1 }]);
  await second.stop();
});
