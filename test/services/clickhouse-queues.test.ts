import { expect, test } from 'vitest';
import type { QueueState } from '../../src/adapters/clickhouse/clickhouse.js';
import { awaitQueues } from '../../src/services/clickhouse-queues.js';

const queue = (memberIds: string[], exceptions: string[] = []): QueueState => ({
  table: 'agg_1m_queue',
  brokers: 'k:1',
  memberIds,
  exceptions,
});

function waitFor(states: QueueState[][]) {
  let now = 0;
  let asked = 0;
  const clickhouse = { queues: () => Promise.resolve(states[Math.min(asked++, states.length - 1)] ?? []) };
  const clock = {
    now: () => now,
    sleep: (ms: number) => {
      now += ms;
      return Promise.resolve();
    },
  };
  return awaitQueues(clickhouse, clock).then(() => now);
}

test('waits until every queue has joined its group', async () => {
  expect(await waitFor([[queue([])], [queue([])], [queue(['a'])]])).toBe(500);
});

test('ends with what ClickHouse says, without the stack behind it', async () => {
  const said =
    '[thrd:ssl://k:1/bootstrap]: ssl://k:1/bootstrap: SSL handshake failed: certificate verify failed, Stack trace (when copying …):\n0. ? @ 0x1';
  await expect(waitFor([[queue([], [said])]])).rejects.toMatchObject({
    code: 'SERVICE_FAILED',
    message:
      'ClickHouse cannot read from Kafka: ssl://k:1/bootstrap: SSL handshake failed: certificate verify failed',
  });
});

test('gives up silently where the server shows no consumers', async () => {
  expect(await waitFor([[queue([])]])).toBeGreaterThan(15_000);
});

test('an old complaint of a queue that has joined since is none', async () => {
  expect(await waitFor([[queue(['a'], ['broker was down'])]])).toBe(0);
});
