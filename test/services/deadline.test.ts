import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { endedOrAborted, withDeadline } from '../../src/services/deadline.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const until = (signal: AbortSignal): Promise<void> =>
  delay(4_000, undefined, { signal }).catch(() => undefined);
const never = new AbortController().signal;

test('a deadline outlives a garbage collection', async () => {
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

test('neither deadlines nor waits leave anything at a signal that lives on', async () => {
  const lasting = new AbortController().signal;
  const heapAfter = async (rounds: number): Promise<number> => {
    for (let round = 0; round < rounds; round += 1) {
      await withDeadline(lasting, 60_000, () => Promise.resolve());
      await endedOrAborted(Promise.resolve(), lasting);
    }
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const before = await heapAfter(500);
  // AbortSignal.any would leave 1.8 kB a round.
  expect((await heapAfter(5_000)) - before).toBeLessThan(3_000_000);
});

test('a wait ends with the work, its failure, or the signal', async () => {
  await endedOrAborted(Promise.resolve(), never);
  await endedOrAborted(Promise.reject(new Error('no')), never);
  const end = new AbortController();
  const waiting = endedOrAborted(new Promise(() => undefined), end.signal);
  end.abort();
  await waiting;
  await endedOrAborted(new Promise(() => undefined), end.signal);
});
