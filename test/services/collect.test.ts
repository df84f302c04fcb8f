import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Measurement } from '../../src/domain/pipeline/metrics.js';
import { collect, collectEveryMs, idleCollector, type CollectorStatus } from '../../src/services/collect.js';

const measurement: Measurement = { metric: 'm', labels: {}, value: 1 };

/** A collector whose clock moves as it sleeps, and that ends after so many batches. */
function collector(batches: number) {
  const end = new AbortController();
  const said: string[] = [];
  const statuses: CollectorStatus[] = [];
  const writes: number[] = [];
  let nowMs = 0;
  const run = (
    write: (at: number, batch: readonly Measurement[], signal: AbortSignal) => Promise<void>,
    measured: readonly Measurement[] = [measurement, measurement],
  ): Promise<void> =>
    collect(
      {
        measure: () => {
          if (measured.length === 0) end.abort();
          return Promise.resolve(measured);
        },
        write: (at, batch, signal) => {
          writes.push(at);
          return write(at, batch, signal);
        },
        clock: {
          now: () => nowMs,
          sleep: (ms) => {
            nowMs += ms;
            return Promise.resolve();
          },
        },
        onStatus: (status) => {
          if (statuses.push(status) === batches) end.abort();
        },
        say: (sentence) => said.push(sentence),
        signal: end.signal,
      },
      idleCollector,
    );
  return { run, said, statuses, writes };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('the collector', () => {
  test('writes what is known every five seconds, in one batch', async () => {
    const { run, statuses, writes, said } = collector(3);
    await run(() => Promise.resolve());
    expect(writes).toEqual([1, 2, 3].map((n) => n * collectEveryMs));
    expect(statuses.at(-1)).toEqual({ written: 6, dropped: 0, failingSince: null, failure: null });
    expect(said).toEqual([]);
  });

  test('drops what ClickHouse does not take, says so once, and says when it takes it again', async () => {
    const { run, statuses, writes, said } = collector(4);
    await run((at) =>
      at === 2 * collectEveryMs || at === 3 * collectEveryMs
        ? Promise.reject(new Error('ClickHouse does not answer.'))
        : Promise.resolve(),
    );
    expect(writes).toHaveLength(4);
    expect(statuses[2]).toEqual({
      written: 2,
      dropped: 4,
      failingSince: 2 * collectEveryMs,
      failure: 'ClickHouse does not answer.',
    });
    expect(statuses.at(-1)).toEqual({ written: 4, dropped: 4, failingSince: null, failure: null });
    expect(said).toEqual([
      'Measurements are dropped until ClickHouse takes them again: ClickHouse does not answer.',
      'ClickHouse takes measurements again; 4 were dropped.',
    ]);
  });

  test('gives a write up that does not end, before the next begins', async () => {
    vi.useFakeTimers();
    const { run, statuses } = collector(1);
    const over = run(
      (_, __, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reject(signal.reason as Error);
          });
        }),
    );
    await vi.advanceTimersByTimeAsync(collectEveryMs);
    await over;
    expect(statuses).toEqual([
      { written: 0, dropped: 2, failingSince: collectEveryMs, failure: 'The deadline has passed.' },
    ]);
  });

  test('writes nothing where nothing is known', async () => {
    const { run, writes } = collector(1);
    await run(() => Promise.resolve(), []);
    expect(writes).toEqual([]);
  });
});
