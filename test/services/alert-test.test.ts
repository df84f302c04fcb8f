import { afterEach, expect, test } from 'vitest';
import type { Channel } from '../../src/adapters/notify/channel.js';
import { discordChannel } from '../../src/adapters/notify/discord.js';
import { webhookAddress } from '../../src/domain/notify/address.js';
import { testChannels, type ChannelOutcome } from '../../src/services/alert-test.js';
import { DiscordServer, token, type DiscordOptions } from '../adapters/notify/support/discord-server.js';
import { JumpingClock } from '../adapters/notify/support/jumping-clock.js';
import { notification } from '../adapters/notify/support/notifications.js';

let server: DiscordServer | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

interface Told {
  outcomes: ChannelOutcome[];
  waits: number[];
  messages: string[];
}

async function tell(channels: readonly Channel[], clock: JumpingClock, timeoutMs = 5_000): Promise<Told> {
  const told: Told = { outcomes: [], waits: [], messages: [] };
  told.outcomes = await testChannels(notification(), {
    channels,
    sleep: (ms) => {
      told.waits.push(ms);
      return clock.sleep(ms);
    },
    report: (event) => {
      if (event.type === 'message') told.messages.push(event.text);
    },
    signal: new AbortController().signal,
    timeoutMs,
  });
  expect(JSON.stringify(told)).not.toContain(token);
  return told;
}

async function tellDiscord(options: Omit<DiscordOptions, 'now'>, timeoutMs?: number): Promise<Told> {
  const clock = new JumpingClock();
  server = await DiscordServer.start({ ...options, now: clock.now });
  return tell([discordChannel('discord', webhookAddress('X', server.address), clock.now)], clock, timeoutMs);
}

test('what arrives is said to be delivered, and is sent once', async () => {
  const { outcomes, waits } = await tellDiscord({});
  expect(outcomes).toEqual([{ channel: 'discord', delivered: true, reason: null, next: null }]);
  expect(waits).toEqual([]);
  expect(server?.acknowledged).toEqual(['revenue-drop/1']);
});

test('where the server asks to wait a little, it is waited and tried once more', async () => {
  const { outcomes, waits, messages } = await tellDiscord({
    fault: (count) => (count === 0 ? 'global' : 'none'),
  });
  expect(outcomes).toMatchObject([{ delivered: true }]);
  expect(waits).toEqual([3_000]);
  expect(messages).toEqual(['discord asks to wait 3s; then it is tried once more.']);
  expect(server?.tooEarly).toEqual([]);
});

test('a server that asks to wait again is not waited for again', async () => {
  const { outcomes, waits } = await tellDiscord({ fault: () => 'global' });
  expect(waits).toHaveLength(1);
  expect(outcomes).toEqual([
    {
      channel: 'discord',
      delivered: false,
      reason: 'too many requests (HTTP 429)',
      next: 'The address is right, but busy: try again in 3s.',
    },
  ]);
});

test('a wait of more than half a minute is said, not waited', async () => {
  const limited: Channel = {
    ...{ name: 'slack', place: 'p', host: 'h' },
    send: () => Promise.resolve({ says: 'limited', everywhere: false, pauseMs: 30_001 }),
  };
  const { outcomes, waits } = await tell([limited], new JumpingClock());
  expect(waits).toEqual([]);
  expect(outcomes).toMatchObject([
    { delivered: false, next: expect.stringContaining('try again in 30s') as string },
  ]);
});

test.each([
  [
    { gone: { status: 404, body: { message: 'Unknown Webhook', code: 10_015 } } },
    /HTTP 404: Unknown Webhook/,
    /make a new one/,
  ],
  [
    { gone: { status: 401, body: { message: 'Invalid Webhook Token', code: 50_027 } } },
    /HTTP 401/,
    /Check the webhook’s address/,
  ],
  [
    { gone: { status: 400, body: { message: 'Cannot send', code: 50_006 } } },
    /HTTP 400/,
    /this message was not taken/,
  ],
  [{ fault: () => 'error' as const }, /HTTP 500/, /then try again/],
  [{ fault: () => 'reset' as const }, /connection/, /can be reached/],
])('what does not arrive has its reason, and what to do next: %j', async (options, reason, next) => {
  const { outcomes } = await tellDiscord(options);
  expect(outcomes).toEqual([
    {
      channel: 'discord',
      delivered: false,
      reason: expect.stringMatching(reason) as string,
      next: expect.stringMatching(next) as string,
    },
  ]);
});

test('one channel that hangs keeps no other from being told', async () => {
  const clock = new JumpingClock();
  server = await DiscordServer.start({ now: clock.now, fault: () => 'silence' });
  const { outcomes } = await tell(
    [
      discordChannel('discord', webhookAddress('X', server.address), clock.now),
      { name: 'console', place: 'c', host: 'c', send: () => Promise.resolve({ says: 'accepted' }) },
    ],
    clock,
    200,
  );
  expect(outcomes).toMatchObject([
    { channel: 'discord', delivered: false, reason: 'no answer within 200ms' },
    { channel: 'console', delivered: true },
  ]);
});
