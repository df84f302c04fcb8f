import { expect, test } from 'vitest';
import { everyLetter } from '../../src/domain/dlq/filter.js';
import { letterRanges } from '../../src/services/letters.js';

const topic: Parameters<typeof letterRanges>[0] = {
  offsets: () =>
    Promise.resolve(
      [0, 1, 2].map((partition) => ({ partition, begin: 10, end: 100, lastStable: 90 })) as never,
    ),
  offsetsAt: () => Promise.resolve(new Map([[1, 50]])),
};

test('for a place only what is around it is read, and nothing where it is not', async () => {
  const around = (...places: string[]) => letterRanges(topic, { ...everyLetter, places });
  expect(await around('2:17')).toEqual([{ partition: 2, from: 17, to: 18 }]);
  expect(await around('2:17', '2:20', '0:10')).toEqual([
    { partition: 0, from: 10, to: 11 },
    { partition: 2, from: 17, to: 21 },
  ]);
  expect(await around('2:9', '2:95', '7:1')).toEqual([{ partition: 2, from: 10, to: 90 }]);
  expect(await around('2:9')).toEqual([]);
  expect(await around('7:1')).toEqual([]);
});

test('for a time what failed since, with a margin of clocks; else all', async () => {
  expect(await letterRanges(topic, { ...everyLetter, sinceMs: 1_000 })).toEqual([
    { partition: 0, from: 90, to: 90 },
    { partition: 1, from: 50, to: 90 },
    { partition: 2, from: 90, to: 90 },
  ]);
  expect((await letterRanges(topic, everyLetter)).map(({ from }) => from)).toEqual([10, 10, 10]);
});
