import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withLock } from '../../../src/adapters/runtime/lab-lock.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'streamlab-lock-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test('two at once go one after the other, and the second is told that it waits', async () => {
  const order: string[] = [];
  const work = (name: string) => async () => {
    order.push(`${name} begins`);
    await delay(100);
    order.push(`${name} ends`);
  };
  const first = withLock(dir, work('a'), { patienceMs: 5_000 });
  await delay(30);
  await withLock(dir, work('b'), { patienceMs: 5_000, onWait: () => order.push('b waits') });
  await first;
  expect(order).toEqual(['a begins', 'b waits', 'a ends', 'b begins', 'b ends']);
});

test('patience has an end, with a clear error', async () => {
  const first = withLock(dir, () => delay(600), { patienceMs: 0 });
  await delay(50);
  await expect(withLock(dir, () => Promise.resolve(), { patienceMs: 10 })).rejects.toMatchObject({
    code: 'LOCKED',
    exitCode: 4,
  });
  await first;
});

test('a failure releases the lock', async () => {
  await expect(withLock(dir, () => Promise.reject(new Error('no')), { patienceMs: 0 })).rejects.toThrow('no');
  expect(await withLock(dir, () => Promise.resolve(7), { patienceMs: 0 })).toBe(7);
});

test('whoever holds a lock whose folder was deleted is told that it is lost', async () => {
  const held = join(dir, 'held');
  const lost = await new Promise<boolean>((resolve) => {
    const work = async (): Promise<void> => {
      await rm(`${held}.lock`, { recursive: true });
      await delay(5_000);
      resolve(false);
    };
    const onLost = (): void => {
      resolve(true);
    };
    void withLock(held, work, { patienceMs: 0, onLost });
  });
  expect(lost).toBe(true);
});
