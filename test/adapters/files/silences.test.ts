import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SilenceFile } from '../../../src/adapters/files/silences.js';
import { withFileLock } from '../../../src/adapters/runtime/lab-lock.js';
import type { Silence } from '../../../src/domain/alerts/silences.js';

const now = Date.UTC(2026, 10, 29, 12);
const silence = (rule: string, changes: Partial<Silence> = {}): Silence => ({
  ...{ rule, labels: {}, from: now, until: now + 60_000, comment: '' },
  ...changes,
});

let dir: string;
let path: string;
const file = (): SilenceFile =>
  new SilenceFile(path, (work) => withFileLock(path, work, { patienceMs: 20_000 }));
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'streamlab-silences-'));
  path = join(dir, 'default', 'alerts', 'silences.json');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test('without a file there are none, and to read makes none', async () => {
  expect(await file().read(now)).toEqual([]);
  expect(await readdir(dir)).toEqual([]);
});

test('what was added is read again, by this user only', async () => {
  const one = silence('dead-letter-spike', { labels: { team: 'shop' }, comment: 'a “release”' });
  expect(await file().add(one, now)).toBeUndefined();
  await file().add(silence('*'), now);
  expect(await file().read(now)).toEqual([one, silence('*')]);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  // Nothing is left beside it, neither what was written nor a lock.
  expect(await readdir(dirname(path))).toEqual(['silences.json']);
});

test('one for the same rule and labels takes the place of the one before', async () => {
  const before = silence('a', { labels: { x: '1', y: '2' } });
  const after = silence('a', { labels: { y: '2', x: '1' }, until: now + 1_000 });
  const other = silence('a', { labels: { x: '1' } });
  await file().add(before, now);
  await file().add(other, now);
  expect(await file().add(after, now)).toEqual(before);
  expect(await file().read(now)).toEqual([other, after]);
});

test('one that is over is not read, and not kept when the file is written', async () => {
  await file().add(silence('short', { until: now + 10 }), now);
  expect(await file().read(now + 10)).toEqual([]);
  await file().add(silence('long'), now + 10);
  expect(await readFile(path, 'utf8')).not.toContain('short');
});

test('to end a rule ends all its silences and those of no other', async () => {
  await file().add(silence('a'), now);
  await file().add(silence('a', { labels: { x: '1' } }), now);
  await file().add(silence('b'), now);
  expect(await file().end('a', now)).toHaveLength(2);
  expect(await file().end('a', now)).toEqual([]);
  expect((await file().read(now)).map(({ rule }) => rule)).toEqual(['b']);
});

test('of many that are set at once none is lost', async () => {
  const names = Array.from({ length: 8 }, (_, n) => `rule-${String(n)}`);
  await Promise.all(names.map((name) => file().add(silence(name), now)));
  expect((await file().read(now)).map(({ rule }) => rule).sort()).toEqual(names);
});

test.each(['', '{', '{"silences":[{"rule":"a"}]}', '[]', 'null'])(
  'a damaged file is named, and not overwritten: %j',
  async (text) => {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    const refused = {
      code: 'INVALID_FILE',
      message: `The file of silences ${path} is damaged.`,
      suggestions: [expect.stringContaining('Delete it') as string],
    };
    await expect(file().read(now)).rejects.toMatchObject(refused);
    await expect(file().add(silence('a'), now)).rejects.toMatchObject(refused);
    expect(await readFile(path, 'utf8')).toBe(text);
  },
);

test('a file that cannot be read or written is named', async () => {
  await mkdir(path, { recursive: true });
  const named = { message: expect.stringContaining(path) as string };
  await expect(file().read(now)).rejects.toMatchObject(named);
  await rm(dirname(path), { recursive: true });
  await writeFile(dirname(path), '');
  await expect(file().add(silence('a'), now)).rejects.toMatchObject({
    message: expect.stringContaining(dirname(path)) as string,
  });
});
