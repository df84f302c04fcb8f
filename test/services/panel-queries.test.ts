import { expect, test } from 'vitest';
import type { LoadedDashboard } from '../../src/domain/console/query-request.js';
import { StreamlabError } from '../../src/errors.js';
import { PanelQueries } from '../../src/services/panel-queries.js';
import { Reopened } from '../../src/services/reopened.js';

const loaded = {
  dashboard: { uid: 'd', variables: [] },
  queries: {
    panels: new Map([1, 2, 3, 4, 5, 6].map((n) => [n, `SELECT ${String(n)}`])),
    variables: new Map(),
  },
} as unknown as LoadedDashboard;
const table = { columns: [], rows: [] };

interface Run {
  sql: string;
  signal: AbortSignal;
  answer: () => void;
}

function queriesOf() {
  const runs: Run[] = [];
  const opened = new Reopened(() =>
    Promise.resolve({
      run: (sql: string, { signal }: { signal: AbortSignal }) =>
        new Promise<typeof table>((resolve, reject) => {
          runs.push({
            sql,
            signal,
            answer: () => {
              resolve(table);
            },
          });
          signal.addEventListener('abort', () => {
            reject(signal.reason as Error);
          });
        }),
      close: () => Promise.resolve(),
    }),
  );
  const queries = new PanelQueries([loaded], opened);
  const ask = (panel: number, signal = new AbortController().signal) =>
    queries.answer(new URLSearchParams(`dashboard=d&panel=${String(panel)}&from=1&to=2`), signal);
  return { ask, runs };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('who asks for the same shares one query, which goes on until the last has left', async () => {
  const { ask, runs } = queriesOf();
  const [first, second] = [new AbortController(), new AbortController()];
  const asked = [ask(1, first.signal), ask(1, second.signal)];
  await settled();
  expect(runs).toHaveLength(1);
  first.abort(new Error('gone'));
  await expect(asked[0]).rejects.toThrow('gone');
  expect(runs[0]!.signal.aborted).toBe(false);
  second.abort(new Error('gone too'));
  await expect(asked[1]).rejects.toThrow('gone too');
  expect(runs[0]!.signal.aborted).toBe(true);
});

test('ClickHouse has three queries at once, and the others when there is room', async () => {
  const { ask, runs } = queriesOf();
  const asked = [1, 2, 3, 4, 5, 6].map((panel) => ask(panel));
  await settled();
  expect(runs.map(({ sql }) => sql)).toEqual([1, 2, 3].map((n) => `SELECT ${String(n)}`));
  runs[2]!.answer();
  expect(await asked[2]).toBe(table);
  await settled();
  expect(runs).toHaveLength(4);
  for (let n = 0; n < 6; n += 1) {
    runs[n]!.answer();
    await settled();
  }
  expect(await Promise.all(asked)).toHaveLength(6);
});

test('what could not be reached is opened anew the next time, and only then', async () => {
  let opened = 0;
  let closed = 0;
  const lab = new Reopened(() => {
    opened += 1;
    return Promise.resolve({ n: opened, close: () => Promise.resolve(void (closed += 1)) });
  });
  const failing = (code: 'SERVICE_UNREACHABLE' | 'TIMED_OUT') =>
    lab.use(() => Promise.reject(new StreamlabError(code, 'no')));
  expect(await lab.use(({ n }) => Promise.resolve(n))).toBe(1);
  await expect(failing('TIMED_OUT')).rejects.toThrow('no');
  expect(await lab.use(({ n }) => Promise.resolve(n))).toBe(1);
  await expect(failing('SERVICE_UNREACHABLE')).rejects.toThrow('no');
  expect([await lab.use(({ n }) => Promise.resolve(n)), closed]).toEqual([2, 1]);
});

test('what cannot be opened is tried again the next time', async () => {
  let opened = 0;
  const lab = new Reopened(() => {
    opened += 1;
    return opened === 1
      ? Promise.reject(new StreamlabError('LAB_NOT_RUNNING', 'It does not run.'))
      : Promise.resolve({ close: () => Promise.resolve() });
  });
  await expect(lab.use(() => Promise.resolve())).rejects.toThrow('It does not run.');
  expect(await lab.use(() => Promise.resolve('there'))).toBe('there');
});
