import { expect, test } from 'vitest';
import { CountedIds } from '../../../src/domain/dlq/counted-ids.js';

test('ids that were taken can be taken again once they are released; what is counted stays so', () => {
  const ids = new CountedIds();
  const [a, b, c] = ['a', 'b', 'c'].map((digit) => `00000000-0000-4000-8000-00000000000${digit}`) as [
    string,
    string,
    string,
  ];
  for (const id of [a, b]) ids.want(id);
  ids.see(b);
  const takeAll = () => [a, a, b, c].map((id) => ids.take(id));
  const once = [undefined, 'taken', 'counted', 'unknown'];
  expect(takeAll()).toEqual(once);
  ids.release();
  expect(takeAll()).toEqual(once);
});
