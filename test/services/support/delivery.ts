import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { openOutbox } from '../../../src/adapters/files/outbox.js';
import type { Channel } from '../../../src/adapters/notify/channel.js';
import { discordChannel } from '../../../src/adapters/notify/discord.js';
import { Backlog } from '../../../src/domain/notify/backlog.js';
import type { Route } from '../../../src/domain/notify/routes.js';
import { Secret } from '../../../src/domain/notify/secret.js';
import type { DeliveryNews } from '../../../src/domain/notify/delivery-news.js';
import { Delivery } from '../../../src/services/deliver.js';
import { DiscordServer, type DiscordOptions } from '../../adapters/notify/support/discord-server.js';

interface Begin {
  channels: readonly Channel[];
  clock: { now: () => number; sleep: (ms: number, signal: AbortSignal) => Promise<void> };
  routes?: readonly Route[];
  timeoutMs?: number;
  graceMs?: number;
  capacity?: number;
  file?: string;
  random?: () => number;
}

/** For each test of a file: servers, and deliveries whose outbox is in a folder of its own. */
export function deliveries() {
  let dir: string;
  let cleanUp: (() => Promise<unknown>)[];
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'streamlab-deliver-'));
    cleanUp = [];
  });
  afterEach(async () => {
    await Promise.all(cleanUp.map((clean) => clean()));
    await rm(dir, { recursive: true, force: true });
  });

  async function server(options: DiscordOptions): Promise<DiscordServer> {
    const discord = await DiscordServer.start(options);
    cleanUp.push(() => discord.stop());
    return discord;
  }

  async function begin({ file = 'outbox', capacity = 1_000, routes = [], random, ...parts }: Begin) {
    const outbox = await openOutbox(join(dir, file), new Backlog({ capacity, remembered: 10_000 }));
    const events: DeliveryNews[] = [];
    const delivery = new Delivery({
      ...parts,
      routes,
      outbox,
      random: random ?? (() => 0.5),
      onEvent: (event) => events.push(event),
    });
    cleanUp.push(() => outbox.close());
    const end = new AbortController();
    const running = delivery.run(end.signal);
    // Awaited later.
    running.catch(() => undefined);
    const stop = async (): Promise<void> => {
      end.abort(new Error('stopped'));
      await running;
      await outbox.close();
    };
    // What is left waiting shows that it is stuck.
    const settled = () => delivery.settled(AbortSignal.timeout(15_000));
    return { delivery, outbox, events, stop, settled, running };
  }
  return { begin, server };
}

export const discordOf = (discord: DiscordServer, clock: { now: () => number }, name = 'discord'): Channel =>
  discordChannel(name, new Secret(discord.address), clock.now);

export const real = {
  now: Date.now,
  sleep: (ms: number, signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      signal.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    }),
};
