import { expect, test } from 'vitest';
import type { LabFacts } from '../../src/domain/pipeline/samples.js';
import { StreamlabError } from '../../src/errors.js';
import { LabWatch, type WatchedLab } from '../../src/services/lab-watch.js';

const factsOf = (lab: string): LabFacts => ({
  lab,
  runtime: 'local',
  settings: {
    guarantee: 'exactly-once',
    checkpointInterval: 5_000,
    watermarkDelay: 5_000,
    allowedLateness: 60_000,
    idleTimeout: 10_000,
    parallelism: 2,
    rawPartitions: 4,
  },
});

/** Labs that are opened one after the other; the watch ends when there are no more. */
function watchOf(labs: (Partial<WatchedLab> | Error)[], isMeasuredElsewhere = false) {
  const end = new AbortController();
  const said: string[] = [];
  const written: string[] = [];
  const closed: string[] = [];
  const defects: unknown[] = [];
  let opened = 0;
  const watch: LabWatch = new LabWatch({
    open: () => {
      const lab = labs[opened++];
      if (lab === undefined) end.abort();
      if (lab === undefined || lab instanceof Error) return Promise.reject(lab ?? new Error('over'));
      const name = `lab${String(opened)}`;
      return Promise.resolve({
        facts: factsOf(name),
        // Flink answers that it has no job.
        observe: (emit, signal) => {
          const sample = { taskManagers: 1, slotsTotal: 2, slotsFree: 2, job: null };
          emit({ source: 'flink', at: 1, sample });
          return new Promise<void>((resolve) => {
            signal.addEventListener('abort', () => {
              resolve();
            });
          });
        },
        write: (_, measurements) => {
          written.push(...measurements.map(({ metric, value }) => `${name} ${metric} ${String(value)}`));
          return Promise.resolve();
        },
        isCurrent: () => Promise.resolve(false),
        close: () => {
          closed.push(name);
          return Promise.resolve();
        },
        ...lab,
      });
    },
    isMeasuredElsewhere: () => Promise.resolve(isMeasuredElsewhere),
    clock: { now: () => 1_000, sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms / 1_000)) },
    say: (sentence) => said.push(sentence),
    onDefect: (error) => defects.push(error),
    signal: end.signal,
  });
  return { watch, said, written, closed, defects };
}

test('a lab that does not run is waited for, and its absence said once', async () => {
  const away = new StreamlabError('LAB_NOT_RUNNING', 'The lab "default" is not running.');
  let meanwhile: string | undefined;
  const { watch, said } = watchOf([
    away,
    away,
    {
      isCurrent: () => {
        meanwhile = watch.view()?.facts.lab;
        return Promise.resolve(false);
      },
    },
  ]);
  await watch.run();
  expect(said).toEqual([away.message, 'Watching the lab "lab3" on the runtime local.', 'over']);
  expect(meanwhile).toBe('lab3');
  expect([watch.view(), watch.trouble]).toEqual([undefined, 'over']);
});

test('a lab that is reached otherwise now is opened anew; what it measured goes where it was measured', async () => {
  const { watch, written, closed } = watchOf([{}, {}]);
  await watch.run();
  expect(closed).toEqual(['lab1', 'lab2']);
  expect(new Set(written)).toEqual(new Set(['lab1 job_running 0', 'lab2 job_running 0']));
  expect(watch.collector.written).toBe(written.length);
});

test('the lab is looked at less often while nobody looks at the page', async () => {
  let slowness: (() => number) | undefined;
  const found: (number | undefined)[] = [];
  const { watch } = watchOf([
    {
      observe: (_, signal, ease) => {
        slowness = ease;
        return new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => {
            resolve();
          });
        });
      },
      isCurrent: () => {
        found.push(slowness?.());
        watch.view();
        found.push(slowness?.());
        return Promise.resolve(false);
      },
    },
  ]);
  await watch.run();
  expect(found).toEqual([2.5, 1]);
});

test('nothing is written while another process measures the lab', async () => {
  const { watch, written } = watchOf([{}], true);
  await watch.run();
  expect(written).toEqual([]);
});

test('a defect of a look breaks the watch off, leaves nothing open, and the watch begins anew', async () => {
  const defect = new TypeError('a defect');
  const { watch, closed, defects, written } = watchOf([
    { observe: () => Promise.reject(defect), close: () => Promise.reject(new Error('cannot close')) },
    {},
  ]);
  await watch.run();
  expect(defects).toEqual([defect, new Error('cannot close')]);
  expect(closed).toEqual(['lab2']);
  expect(new Set(written)).toEqual(new Set(['lab2 job_running 0']));
});
