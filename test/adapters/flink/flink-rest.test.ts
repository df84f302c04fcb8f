import { afterEach, expect, test } from 'vitest';
import { createFlinkRest } from '../../../src/adapters/flink/flink-rest.js';
import * as recorded from './recorded.js';
import { StubServer, type Answer, type Asked } from './stub-server.js';

const servers: StubServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function cluster(answer: (asked: Asked, count: number) => Answer) {
  const server = await StubServer.start(answer);
  servers.push(server);
  return { server, flink: createFlinkRest(server.url) };
}

test('the overview counts task managers and slots', async () => {
  const { flink } = await cluster(() => ({
    json: {
      taskmanagers: 1,
      'slots-total': 4,
      'slots-available': 2,
      'jobs-running': 1,
      'flink-version': '2.2.1',
      'flink-commit': '450c63e',
    },
  }));
  expect(await flink.overview()).toEqual({ version: '2.2.1', taskManagers: 1, slotsTotal: 4, slotsFree: 2 });
});

test('a job that the cluster does not know is undefined', async () => {
  const { flink } = await cluster(() => ({
    status: 404,
    json: {
      errors: ['org.apache.flink.runtime.rest.NotFoundException: Job 01 not found\n\tat a.B.c(B.java:99)'],
    },
  }));
  expect(await flink.job('01')).toBeUndefined();
});

const checkpoint = {
  className: 'completed',
  id: 19,
  status: 'COMPLETED',
  is_savepoint: false,
  savepointFormat: null,
  trigger_timestamp: 1_795_420_631_490,
  state_size: 20_044_843,
  end_to_end_duration: 225,
  external_path: 'file:/lab/checkpoints/ee0950/chk-19',
  discarded: false,
};

test('checkpoints tell the latest path, the failures, and what was restored', async () => {
  const { flink } = await cluster(() => ({
    json: {
      counts: { restored: 1, total: 12, in_progress: 0, completed: 10, failed: 2 },
      latest: {
        completed: checkpoint,
        savepoint: null,
        failed: { id: 3, failure_message: recorded.missingTopicTrace },
        restored: { id: 9, restore_timestamp: 1, is_savepoint: true, external_path: 'file:/lab/chk-9' },
      },
      history: [],
    },
  }));
  expect(await flink.checkpoints('j1')).toEqual({
    counts: { restored: 1, total: 12, inProgress: 0, completed: 10, failed: 2 },
    latestCompleted: {
      id: 19,
      isSavepoint: false,
      triggeredAt: 1_795_420_631_490,
      durationMs: 225,
      stateSizeBytes: 20_044_843,
      path: 'file:/lab/checkpoints/ee0950/chk-19',
    },
    latestSavepoint: undefined,
    latestFailure: 'This server does not host this topic-partition.',
    restoredFrom: 'file:/lab/chk-9',
  });
});

test('exceptions come as sentences', async () => {
  const { flink } = await cluster(() => ({
    json: {
      exceptionHistory: {
        entries: [{ timestamp: 5, stacktrace: recorded.missingTopicTrace, exceptionName: 'x' }],
        truncated: false,
      },
    },
  }));
  expect(await flink.exceptions('j1')).toMatchObject([
    { at: 5, sentence: 'This server does not host this topic-partition.' },
  ]);
});

test('stop-with-savepoint is triggered once and followed to its path', async () => {
  const { flink, server } = await cluster(({ method }, count) => {
    if (method === 'POST') return { status: 202, json: { 'request-id': 'r1' } };
    return count < 2
      ? { json: { status: { id: 'IN_PROGRESS' }, operation: null } }
      : {
          json: { status: { id: 'COMPLETED' }, operation: { location: 'file:/lab/savepoints/savepoint-1' } },
        };
  });
  expect(await flink.savepoint('j1', { stop: true })).toBe('file:/lab/savepoints/savepoint-1');
  expect(server.asked.filter(({ method }) => method === 'POST')).toEqual([
    { method: 'POST', path: '/jobs/j1/stop', body: { drain: false } },
  ]);
});

test('a failed savepoint says why', async () => {
  const { flink } = await cluster(({ method }) =>
    method === 'POST'
      ? { status: 202, json: { 'request-id': 'r1' } }
      : {
          json: {
            status: { id: 'COMPLETED' },
            operation: {
              'failure-cause': {
                class: 'x',
                'stack-trace': 'a.b.CheckpointException: No space left on device\n\tat a.B.c(B.java:1)',
              },
            },
          },
        },
  );
  await expect(flink.savepoint('j1', { stop: false, directory: 'file:/lab' })).rejects.toMatchObject({
    code: 'JOB_FAILED',
    message: 'The savepoint failed: No space left on device',
  });
});

test('an answer that is not Flink’s is refused', async () => {
  const { flink } = await cluster(() => ({ json: { hello: 'world' } }));
  await expect(flink.overview()).rejects.toMatchObject({ code: 'SERVICE_FAILED' });
});

test('a request that is never answered ends at the deadline', async () => {
  const { flink } = await cluster(() => undefined);
  await expect(flink.jobs(AbortSignal.timeout(60))).rejects.toMatchObject({ code: 'TIMED_OUT', exitCode: 4 });
  await expect(flink.jobs(AbortSignal.abort())).rejects.toMatchObject({ code: 'INTERRUPTED' });
});

test('what is asked of a job whose JobMaster is not there yet is asked again', async () => {
  const { flink } = await cluster((_, count) =>
    count === 0
      ? {
          status: 500,
          json: {
            errors: [
              'org.apache.flink.runtime.dispatcher.UnavailableDispatcherOperationException: Unable to get JobMasterGateway for initializing job. The requested operation is not available while the JobManager is initializing.',
            ],
          },
        }
      : { json: { exceptionHistory: { entries: [], truncated: false } } },
  );
  expect(await flink.exceptions('1')).toEqual([]);
});

test('a checkpoint that is asked for is waited for; a job that takes none refuses, which is no error', async () => {
  const { server, flink } = await cluster(({ method }, count) =>
    method === 'POST'
      ? { json: { 'request-id': 'r' } }
      : { json: { status: { id: count === 0 ? 'IN_PROGRESS' : 'COMPLETED' } } },
  );
  await flink.checkpoint('1');
  expect(server.asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'POST /jobs/1/checkpoints',
    'GET /jobs/1/checkpoints/r',
    'GET /jobs/1/checkpoints/r',
  ]);
  const refusing = await cluster(() => ({ status: 409, json: { errors: ['no'] } }));
  await expect(refusing.flink.checkpoint('1')).resolves.toBeUndefined();
});
