import { expect, test } from 'vitest';
import { Turns } from '../../src/services/turns.js';

const lasting = new AbortController().signal;

function job() {
  let end: () => void = () => undefined;
  const done = new Promise<void>((resolve) => (end = resolve));
  return { work: () => done, end };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('so many work at once, the others in the order they came; who fails makes room as well', async () => {
  const turns = new Turns(2);
  const begun: number[] = [];
  const jobs = [job(), job(), job(), job()];
  const results = jobs.map(({ work }, n) =>
    turns.take(lasting, async () => {
      begun.push(n);
      await work();
      if (n === 0) throw new Error('no');
      return n;
    }),
  );
  results[0]!.catch(() => undefined);
  await settled();
  expect(begun).toEqual([0, 1]);
  jobs[0]!.end();
  await expect(results[0]).rejects.toThrow('no');
  await settled();
  expect(begun).toEqual([0, 1, 2]);
  jobs.forEach(({ end }) => {
    end();
  });
  expect(await Promise.all(results.slice(1))).toEqual([1, 2, 3]);
});

test('who leaves while waiting takes nobody else’s turn', async () => {
  const turns = new Turns(1);
  const first = job();
  const working = turns.take(lasting, first.work);
  const leaving = new AbortController();
  const left = turns.take(leaving.signal, () => Promise.reject(new Error('must not begin')));
  const last = turns.take(lasting, () => Promise.resolve('last'));
  leaving.abort(new Error('gone'));
  await expect(left).rejects.toThrow('gone');
  first.end();
  await working;
  expect(await last).toBe('last');
  await expect(turns.take(leaving.signal, first.work)).rejects.toThrow('gone');
});
