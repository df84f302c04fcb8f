import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { withDeadline } from '../../src/services/deadline.js';

const until = (signal: AbortSignal): Promise<void> =>
  delay(4_000, undefined, { signal }).catch(() => undefined);
const never = new AbortController().signal;

test('a deadline outlives a garbage collection', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const reason: unknown = await withDeadline(never, 100, async (signal) => {
    setTimeout(collectGarbage, 20);
    await until(signal);
    return signal.reason as unknown;
  });
  expect(reason).toMatchObject({ name: 'TimeoutError' });
});

test('the caller’s signal ends the work with its own reason, at once even when it is aborted before', async () => {
  const reason = new Error('Ctrl-C');
  const seen = await withDeadline(AbortSignal.abort(reason), 60_000, async (signal) => {
    await until(signal);
    return signal.reason as unknown;
  });
  expect(seen).toBe(reason);
});

test('work that is done in time is the answer, and its failure is the failure', async () => {
  expect(await withDeadline(never, 60_000, () => Promise.resolve(7))).toBe(7);
  await expect(withDeadline(never, 60_000, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
});
