import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { LogTail } from '../../src/services/log-tail.js';

test('logs are followed from when they are first asked for, once, and one that cannot be read says why', async () => {
  let opened = 0;
  const runtime = {
    serviceNames: () => Promise.resolve(['kafka', 'flink']),
    logs: ({ service, write }: { service: string; write: (line: string) => void }) => {
      if (service === 'flink') return Promise.reject(new Error('it has no log'));
      write('started');
      return Promise.resolve();
    },
  };
  const open = () => {
    opened += 1;
    return Promise.resolve(runtime);
  };
  const tail = new LogTail(open, new AbortController().signal);
  await turn();
  expect(opened).toBe(0);
  expect(tail.lines()).toEqual([]);
  await turn();
  expect(tail.lines().map(({ service, text }) => `${service}: ${text}`)).toEqual([
    'kafka: started',
    'flink: it has no log',
  ]);
  expect(opened).toBe(1);
});
