import { expect, it } from 'vitest';
import { Lane, LINGER_MS } from '../../../src/adapters/kafka/lanes.js';

const record = (payload: string) => ({ key: 'u-1', payload });

it('a lane gives its batches in the order of the records, full ones first', () => {
  const lane = new Lane(3);
  const large = 'x'.repeat(100 * 1024);
  const filled = [large, large, large, 'last'].map((payload) => lane.add(record(payload)));
  expect(filled).toEqual([false, false, true, false]);
  const first = lane.take(false);
  expect(first).toMatchObject({ partition: 3, records: [large, large, large].map(record) });
  expect(lane.take(true)?.records).toEqual([record('last')]);
  expect(lane.take(true)).toBeUndefined();
});

it('a lane keeps a batch open for company, unless it is forced', () => {
  const lane = new Lane(0);
  lane.add(record('a'));
  expect(lane.take(false)).toBeUndefined();
  lane.add(record('b'));
  const batch = lane.take(true);
  expect(batch?.records).toHaveLength(2);
  expect(LINGER_MS).toBeLessThan(50);
});
