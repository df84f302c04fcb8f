import fc from 'fast-check';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openOutbox } from '../../../src/adapters/files/outbox.js';
import { Backlog, type BacklogEntry } from '../../../src/domain/notify/backlog.js';
import { notification, notifications } from '../notify/support/notifications.js';

let dir: string;
let path: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'streamlab-outbox-'));
  path = join(dir, 'alerts', 'outbox.jsonl');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const added = (id: string, to = 'discord'): BacklogEntry => ({
  add: { key: `firing:${id}`, notification: notification({ id }) },
  to,
});
const done = (id: string, to = 'discord'): BacklogEntry => ({ done: `firing:${id}`, to });
const keys = (backlog: Backlog, channel = 'discord'): string[] =>
  backlog.queueOf(channel).map(({ key }) => key);

test('what was recorded is there after a restart, also if it was never closed', async () => {
  const first = await openOutbox(path);
  await first.record([added('a'), added('a', 'slack')]);
  await first.record([added('b')]);
  await first.record([done('a')]);
  await first.record([{ wait: 7, to: 'slack' }]);
  const second = await openOutbox(path);
  expect(keys(second.backlog)).toEqual(['firing:b']);
  expect(keys(second.backlog, 'slack')).toEqual(['firing:a']);
  expect(second.backlog.knows('discord', 'firing:a')).toBe(true);
  expect(second.backlog.waitUntil('slack')).toBe(7);
  await first.close();
  await second.close();
});

test('it is readable by this user only', async () => {
  await (await openOutbox(path)).close();
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('wherever the file is cut off, what came before is there, and what is recorded next is, too', async () => {
  const first = await openOutbox(path);
  for (const { id } of notifications(3)) await first.record([added(id)]);
  await first.record([done('0')]);
  await first.close();
  const whole = await readFile(path);
  const ends = [...whole.entries()].filter(([, byte]) => byte === 10).map(([at]) => at + 1);
  const expected = [[], ['0'], ['0', '1'], ['0', '1', '2'], ['1', '2']].map((ids) =>
    ids.map((id) => `firing:${id}`),
  );
  const cuts = [...ends, ...ends.map((end) => end - 1), ...ends.map((end) => end - 2), 1, 50, 300, 301];
  for (const cut of cuts) {
    await writeFile(path, whole.subarray(0, cut));
    const opened = await openOutbox(path);
    // A line that lacks only its end is whole.
    const lines = ends.filter((end) => end - 1 <= cut).length;
    expect(keys(opened.backlog)).toEqual(expected[lines]);
    expect(opened.damagedLines).toBe(0);
    await opened.record([added('next')]);
    await opened.close();
    const again = await openOutbox(path);
    expect(keys(again.backlog)).toEqual([...expected[lines]!, 'firing:next']);
    await again.close();
  }
});

test('a damaged line in between is left out, and counted', async () => {
  const first = await openOutbox(path);
  await first.record([added('a')]);
  await first.record([added('b')]);
  await first.close();
  const lines = (await readFile(path, 'utf8')).split('\n');
  await writeFile(path, [lines[0], '[{"add":1}]', '\0\0\0', ...lines.slice(1)].join('\n'));
  const second = await openOutbox(path);
  expect(second.damagedLines).toBe(2);
  expect(keys(second.backlog)).toEqual(['firing:a', 'firing:b']);
  await second.close();
});

test('calls that come together are all on disk when they are over', async () => {
  const outbox = await openOutbox(path);
  await Promise.all(notifications(200).map(({ id }) => outbox.record([added(id)])));
  const text = await readFile(path, 'utf8');
  for (const { id } of notifications(200)) expect(text).toContain(`"firing:${id}"`);
  await outbox.close();
});

test('the file stays small however much goes through it', async () => {
  const outbox = await openOutbox(path, new Backlog({ capacity: 100, remembered: 50 }));
  const text = 'x'.repeat(3_000);
  for (const { id } of notifications(300)) {
    const one = notification({ id, summary: text });
    await Promise.all([
      outbox.record([{ add: { key: `firing:${id}`, notification: one }, to: 'discord' }]),
      outbox.record([done(id)]),
    ]);
  }
  expect((await stat(path)).size).toBeLessThan(400_000);
  await outbox.close();
  const again = await openOutbox(path, new Backlog({ capacity: 100, remembered: 50 }));
  expect((await stat(path)).size).toBeLessThan(5_000);
  expect(again.backlog.knows('discord', 'firing:299')).toBe(true);
  expect(again.backlog.knows('discord', 'firing:249')).toBe(false);
  await again.close();
});

test('what could not be written is written with the next call', async () => {
  const outbox = await openOutbox(path);
  // As if the disk failed: the file is closed under it.
  await outbox.close();
  await expect(outbox.record([added('a')])).rejects.toMatchObject({
    message: expect.stringContaining(path) as string,
  });
  expect(await readFile(path, 'utf8')).not.toContain('firing:a');
  await outbox.record([]);
  expect(await readFile(path, 'utf8')).toContain('firing:a');
  await outbox.record([added('b')]);
  const again = await openOutbox(path);
  expect(keys(again.backlog)).toEqual(['firing:a', 'firing:b']);
  await outbox.close();
  await again.close();
});

test('any sequence of records gives the same backlog from the file', async () => {
  const id = fc.constantFrom('a', 'b', 'c', 'd');
  const to = fc.constantFrom('discord', 'slack');
  const entry = fc.oneof(
    fc.tuple(id, to).map(([one, channel]) => added(one, channel)),
    fc.tuple(id, to).map(([one, channel]) => done(one, channel)),
    fc.tuple(fc.nat(100), to).map(([wait, channel]): BacklogEntry => ({ wait, to: channel })),
  );
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(entry, { maxLength: 3 }), { maxLength: 10 }), async (calls) => {
      const file = join(dir, String((run += 1)));
      const outbox = await openOutbox(file);
      await Promise.all(calls.map((entries) => outbox.record(entries)));
      const again = await openOutbox(file);
      expect(again.backlog.entries()).toEqual(outbox.backlog.entries());
      await outbox.close();
      await again.close();
    }),
    { numRuns: 20 },
  );
});

test('what is recorded after the folder was deleted, as with the data of the lab, is there after a restart', async () => {
  const first = await openOutbox(path);
  await first.record([added('a')]);
  await rm(join(dir, 'alerts'), { recursive: true });
  await first.record([added('b')]);
  const second = await openOutbox(path);
  expect(keys(second.backlog)).toEqual(['firing:a', 'firing:b']);
  await first.close();
  await second.close();
});
