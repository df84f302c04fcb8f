import { execa } from 'execa';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DiscordServer } from '../adapters/notify/support/discord-server.js';
import { transpiled } from '../support/transpiled.js';

const program = resolve('test/services/fixtures/dispatcher.mjs');
// No more than a queue holds, so that none becomes a digest.
const count = 100;
const kills = 6;
let folder: string;
let state: string;
beforeAll(async () => {
  folder = await transpiled(
    ['adapters/files/outbox', 'adapters/notify/discord', 'domain/notify/address', 'services/deliver'].map(
      (path) => `src/${path}.ts`,
    ),
  );
  state = await mkdtemp(join(tmpdir(), 'streamlab-killed-'));
});
afterAll(() => Promise.all([folder, state].map((dir) => rm(dir, { recursive: true, force: true }))));

test('killed at random points and started again, the dispatcher loses nothing and repeats at most what was under way', async () => {
  // Slow enough that a kill falls into the work.
  const discord = await DiscordServer.start({ now: Date.now, limit: 1_000_000, delayMs: 5 });
  const start = () =>
    execa('node', [program, folder, state, String(count)], {
      env: { STREAMLAB_DISCORD_WEBHOOK_URL: discord.address },
      reject: false,
    });
  let killed = 0;
  for (let round = 0; round < kills; round += 1) {
    const running = start();
    const before = discord.posted.length;
    // While it opens its outbox, or from before the first request of this life to well within its work.
    const isEarly = round % 3 === 0;
    await new Promise((begun) => running.stdout.once('data', begun));
    if (round % 3 === 2) {
      await expect
        .poll(() => discord.posted.length, { interval: 1, timeout: 10_000 })
        .toBeGreaterThan(before);
    }
    await delay(Math.random() * (isEarly ? 15 : 60));
    running.kill('SIGKILL');
    const { signal, stderr } = await running;
    if (signal === 'SIGKILL') killed += 1;
    expect(stderr).toBe('');
    expect(discord.savedIds.size).toBeLessThan(count);
  }
  expect(killed).toBe(kills);
  const { exitCode, stdout, stderr } = await start();
  expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: 'opening', stderr: '' });
  await discord.stop();
  const ids = Array.from({ length: count }, (_, n) => String(n));
  expect([...discord.savedIds]).toEqual(ids);
  expect(discord.posted.length).toBeLessThanOrEqual(count + kills);
  expect(discord.problems).toEqual([]);
}, 60_000);
