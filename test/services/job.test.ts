import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { SqlRejected } from '../../src/domain/sql-rejected.js';
import type { StreamlabError } from '../../src/errors.js';
import {
  awaitCheckpoint,
  cancelJob,
  jobStatus,
  runningJob,
  savepointJob,
  submitJob,
} from '../../src/services/job.js';
import { checkpoint, FakeCluster, lab, noCheckpoint, running, submission } from './support/job-fakes.js';

describe('submitting the job', () => {
  test('sends the setup one by one and every insert as one statement set', async () => {
    const { gateway, tools } = lab();
    expect(await submitJob(submission, tools)).toEqual({
      id: 'new',
      name: 'streamlab-a',
      state: 'RUNNING',
      restoredFrom: undefined,
    });
    expect(gateway.statements).toEqual([
      "SET 'x' = 'raw'",
      'CREATE TABLE t (\n  a INT\n)',
      'EXECUTE STATEMENT SET BEGIN\nINSERT INTO u\nSELECT a\nFROM t;\nINSERT INTO v\nSELECT b\nFROM t;\nEND',
    ]);
    expect(gateway.closed).toBe(1);
  });

  test('goes on from a savepoint when it is given one', async () => {
    const { gateway, tools } = lab();
    await submitJob({ ...submission, restoreFrom: 'file:/s/1' }, tools);
    expect(gateway.properties).toMatchObject({ 'execution.state-recovery.path': 'file:/s/1' });
  });

  test('that was planned before plans nothing, and goes on from where it is told', async () => {
    const { cluster, gateway, tools } = lab();
    const from: string[] = [];
    const submitKept = (path: string) => {
      from.push(path);
      cluster.list.push(running('kept'));
      return Promise.resolve('kept');
    };
    const job = await submitJob({ ...submission, restoreFrom: '/s/1' }, { ...tools, submitKept });
    expect(job).toMatchObject({ id: 'kept', state: 'RUNNING', restoredFrom: '/s/1' });
    expect(from).toEqual(['/s/1']);
    expect(gateway.statements).toEqual([]);
  });

  test('that was planned before and does not come to run is planned anew the next time', async () => {
    const { cluster, tools } = lab();
    const forgotten: string[] = [];
    const kept = {
      submitKept: () => {
        cluster.list.push(running('kept', ['FAILED']));
        return Promise.resolve('kept');
      },
      forgetKept: () => {
        forgotten.push('kept');
        return Promise.resolve();
      },
    };
    const submitting = submitJob({ ...submission, restoreFrom: '/s/1' }, { ...tools, ...kept });
    await expect(submitting).rejects.toMatchObject({ code: 'JOB_FAILED' });
    expect(forgotten).toEqual(['kept']);
  });

  test('that begins at the earliest record, or of which no plan is kept, is planned', async () => {
    for (const restoreFrom of [undefined, '/s/1']) {
      const { gateway, tools } = lab();
      const asked: string[] = [];
      const submitKept = (path: string) => {
        asked.push(path);
        return Promise.resolve(undefined);
      };
      const job = await submitJob({ ...submission, restoreFrom }, { ...tools, submitKept });
      expect(job.id).toBe('new');
      expect(gateway.statements).toHaveLength(3);
      expect(asked).toEqual(restoreFrom === undefined ? [] : [restoreFrom]);
    }
  });

  test('refuses when one is there, naming it, and starts nothing', async () => {
    const { cluster, gateway, tools } = lab();
    cluster.list.push(running('old', ['RESTARTING']));
    await expect(submitJob(submission, tools)).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: 'The job streamlab-a is there already (RESTARTING, old).',
    });
    expect(gateway.statements).toEqual([]);
  });

  test('a job of another lab, or one that has ended, is no hindrance', async () => {
    const { cluster, tools } = lab();
    cluster.list.push({ ...running('b'), name: 'streamlab-b' }, running('old', ['FAILED']));
    await expect(submitJob(submission, tools)).resolves.toMatchObject({ id: 'new' });
  });

  test('waits until every subtask runs', async () => {
    const { cluster, tools } = lab();
    cluster.list.push({
      ...running('new', ['FINISHED', 'INITIALIZING', 'CREATED', 'RUNNING']),
      tasks: { total: 6, running: 6 },
    });
    await expect(submitJob(submission, tools)).resolves.toMatchObject({ state: 'RUNNING' });
  });

  test('wrong SQL is named with file and line, in a setup statement and in an insert', async () => {
    const rejected = (match: string, line: number) =>
      lab(new FakeCluster(), (sql) => {
        if (sql.includes(match))
          throw new SqlRejected("Column 'b' not found in any table", 'sql', { line, column: 3 });
      });
    const inSetup = rejected('CREATE TABLE', 2);
    await expect(submitJob(submission, inSetup.tools)).rejects.toMatchObject({
      code: 'INVALID_SQL',
      message: "Flink rejected flink-sql/10.sql line 4: Column 'b' not found in any table.",
    });
    expect(inSetup.gateway.closed).toBe(1);
    await expect(submitJob(submission, rejected('EXECUTE', 6).tools)).rejects.toMatchObject({
      message: "Flink rejected flink-sql/90.sql line 6: Column 'b' not found in any table.",
    });
  });

  test('a restore point that does not fit fails the job, not the SQL', async () => {
    const { tools } = lab(new FakeCluster(), (sql) => {
      if (sql.startsWith('EXECUTE'))
        throw new SqlRejected("Cannot find checkpoint or savepoint file/directory '/x'", 'submission');
    });
    const error = await submitJob(submission, tools).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'JOB_FAILED' });
    expect((error as StreamlabError).suggestions.join()).toContain('down --volumes');
  });

  test('a missing topic ends the wait and cancels the job, which would restart for ever', async () => {
    const { cluster, tools } = lab();
    cluster.list.push(running('new', ['FINISHED', 'RESTARTING']));
    cluster.exceptionList = [
      {
        at: 1,
        sentence: 'This server does not host this topic-partition.',
        trace:
          'Failed to get metadata for topics [events.raw.v1].\nUnknownTopicOrPartitionException: This server does not host this topic-partition.',
      },
    ];
    await expect(submitJob(submission, tools)).rejects.toMatchObject({
      code: 'TOPIC_MISSING',
      message: 'The job cannot run: Kafka has no topic events.raw.v1.',
    });
    expect(cluster.done).toEqual(['cancel new']);
  });

  test('saved state that does not fit the job ends the wait', async () => {
    const { cluster, tools } = lab();
    cluster.list.push(running('new', ['FINISHED', 'RESTARTING']));
    cluster.exceptionList = [
      {
        at: 1,
        sentence: 'The new key serializer must be compatible with the previous key serializer',
        trace: 'org.apache.flink.util.StateMigrationException: The new key serializer must be compatible',
      },
    ];
    const error = await submitJob(submission, tools).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'JOB_FAILED' });
    expect((error as StreamlabError).suggestions.join()).toContain('down --volumes');
  });

  test('a job that never runs is given up at the deadline, with what Flink says', async () => {
    const { cluster, tools } = lab();
    cluster.list.push(running('new', ['FINISHED', 'RESTARTING']));
    cluster.exceptionList = [{ at: 1, sentence: 'Out of memory', trace: 'Out of memory' }];
    const deadline = new AbortController();
    const sleep = (): Promise<void> => {
      deadline.abort(new DOMException('late', 'TimeoutError'));
      return Promise.resolve();
    };
    await expect(submitJob(submission, { ...tools, sleep, signal: deadline.signal })).rejects.toMatchObject({
      code: 'TIMED_OUT',
      message: 'Timed out while waiting for the job to run. Flink says: Out of memory.',
    });
    expect(cluster.done).toEqual(['cancel new']);
  });
});

describe('a submitted job', () => {
  test('is found by its name while it has not ended', async () => {
    const { cluster, tools } = lab();
    expect(await runningJob('streamlab-a', tools)).toBeUndefined();
    cluster.list.push(running('1', ['CANCELED']), running('2'));
    expect(await runningJob('streamlab-a', tools)).toMatchObject({ id: '2' });
  });

  test('its status tells checkpoints and the last failure', async () => {
    const { cluster, tools } = lab();
    cluster.list.push(running('1', ['FAILED']), { ...running('2', ['FAILED']), startedAt: 2 });
    cluster.summaries = [
      {
        ...noCheckpoint,
        counts: { ...noCheckpoint.counts, completed: 3, failed: 1 },
        latestCompleted: checkpoint,
      },
    ];
    cluster.exceptionList = [{ at: 7, sentence: 'Out of memory', trace: '…' }];
    expect(await jobStatus('streamlab-a', tools)).toMatchObject({
      id: '2',
      state: 'FAILED',
      checkpoints: { completed: 3, failed: 1, latest: { path: 'file:/c/chk-1' } },
      lastFailure: { at: 7, sentence: 'Out of memory' },
    });
    expect(await jobStatus('streamlab-z', tools)).toBeUndefined();
  });

  test('its first checkpoint is asked for, and waited for', async () => {
    const { cluster, tools } = lab();
    cluster.list.push(running('1'));
    cluster.summaries = [noCheckpoint, noCheckpoint, { ...noCheckpoint, latestCompleted: checkpoint }];
    expect(await awaitCheckpoint('1', tools)).toMatchObject({ id: 1 });
    expect(cluster.done).toEqual(['checkpoint 1']);
  });

  test('a first checkpoint that does not come is given up at the deadline, with what Flink says', async () => {
    const { cluster, tools } = lab();
    cluster.list.push(running('1'));
    cluster.exceptionList = [{ at: 1, sentence: 'Checkpoint expired', trace: '…' }];
    const sleep = (_: number, signal: AbortSignal) =>
      delay(5_000, undefined, { signal }).catch(() => undefined);
    await expect(awaitCheckpoint('1', { ...tools, sleep }, 20)).rejects.toMatchObject({
      code: 'TIMED_OUT',
      exitCode: 4,
      message: 'Timed out while waiting for the first checkpoint. Flink says: Checkpoint expired.',
    });
    // It runs on: a later streamlab up finds it.
    expect(cluster.done).toEqual(['checkpoint 1']);
  });

  test('Ctrl-C while its checkpoint is waited for is no deadline', async () => {
    const { cluster, tools } = lab();
    cluster.list.push(running('1'));
    const signal = AbortSignal.abort();
    await expect(awaitCheckpoint('1', { ...tools, signal })).rejects.toMatchObject({ exitCode: 130 });
  });

  test('a job that fails while its checkpoint is waited for ends the wait', async () => {
    const { cluster, tools } = lab();
    cluster.list.push(running('1', ['FAILED']));
    cluster.exceptionList = [{ at: 7, sentence: 'Out of memory', trace: '…' }];
    await expect(awaitCheckpoint('1', tools)).rejects.toMatchObject({
      code: 'JOB_FAILED',
      message: 'The job ended (FAILED): Out of memory.',
    });
  });

  test('is stopped with a savepoint, or cancelled without', async () => {
    const { cluster, tools } = lab();
    cluster.list.push(running('1'));
    expect(await cancelJob({ name: 'streamlab-a', savepoint: true, directory: 'file:/s' }, tools)).toEqual({
      id: '1',
      savepoint: 'file:/s/savepoint-1',
    });
    cluster.list.push(running('2'));
    expect(await cancelJob({ name: 'streamlab-a', savepoint: false }, tools)).toEqual({
      id: '2',
      savepoint: undefined,
    });
    expect(cluster.done).toEqual(['savepoint 1 and stop file:/s', 'cancel 2']);
  });

  test('runs on after a savepoint', async () => {
    const { cluster, tools } = lab();
    cluster.list.push(running('1'));
    expect(await savepointJob({ name: 'streamlab-a' }, tools)).toEqual({
      id: '1',
      savepoint: 'file:/s/savepoint-1',
    });
    expect(await runningJob('streamlab-a', tools)).toBeDefined();
  });

  test('without one, stopping says what to do', async () => {
    const { tools } = lab();
    await expect(cancelJob({ name: 'streamlab-a', savepoint: true }, tools)).rejects.toMatchObject({
      code: 'LAB_NOT_RUNNING',
      message: 'No job streamlab-a is running.',
    });
  });
});
