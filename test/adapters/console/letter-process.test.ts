import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { inLetterProcess } from '../../../src/adapters/console/letter-process.js';
import { configSchema } from '../../../src/domain/config.js';
import type { LetterTask } from '../../../src/domain/console/letter-task.js';
import { everyLetter } from '../../../src/domain/dlq/filter.js';
import type { ProgressEvent } from '../../../src/domain/progress.js';

const program = resolve('test/adapters/console/fixtures/letter-program.mjs');
const config = configSchema.parse({});
const replay: LetterTask = {
  kind: 'replay',
  dryRun: false,
  order: {
    filter: { ...everyLetter, untilMs: 1 },
    selection: '',
    fix: undefined,
    limit: undefined,
    ratePerSecond: undefined,
  },
};

function run(target: string, signal = new AbortController().signal) {
  const progress: ProgressEvent[] = [];
  const call = { signal, onProgress: (event: ProgressEvent) => progress.push(event) };
  const answer = inLetterProcess(program, { config, task: { kind: 'show', target, isWhole: false } }, call);
  return { answer, progress };
}

test('gives the answer of the process, and how far it is until then; its heap is not this small one', async () => {
  expect(await run('answer').answer).toEqual({ argv: [] });
  const { answer, progress } = run('progress');
  expect(await answer).toBe('done');
  expect(progress).toMatchObject([{ id: 'a' }]);
});

test('gives what went wrong there as its own', async () => {
  await expect(run('failure').answer).rejects.toMatchObject({
    name: 'StreamlabError',
    code: 'NOT_FOUND',
    message: 'None.',
    suggestions: ['Look.'],
  });
  await expect(run('defect').answer).rejects.toMatchObject({
    name: 'Error',
    message: 'TypeError: a defect',
  });
  await expect(run('exit').answer).rejects.toMatchObject({
    code: 'SERVICE_FAILED',
    message: expect.stringContaining('exit code 7') as string,
  });
});

test('a look that nobody waits for is killed', async () => {
  const leaving = new AbortController();
  const { answer } = run('hang', leaving.signal);
  setTimeout(() => {
    leaving.abort(new Error('gone'));
  }, 200);
  await expect(answer).rejects.toThrow('gone');
  await expect(run('answer', leaving.signal).answer).rejects.toThrow('gone');
});

test('a replay that is stopped before it has begun has sent nothing', async () => {
  const stop = new AbortController();
  const call = { signal: stop.signal, onProgress: () => undefined };
  const answer = inLetterProcess<'replay'>(program, { config, task: replay }, call);
  stop.abort(new Error('stopped'));
  await expect(answer).rejects.toThrow('stopped');
});

test('a replay that is stopped still says what it sent', async () => {
  const stop = new AbortController();
  const onProgress = (): void => {
    stop.abort(new Error('stopped'));
  };
  const answer = await inLetterProcess<'replay'>(
    program,
    { config, task: replay },
    { signal: stop.signal, onProgress },
  );
  expect(answer).toEqual({ interrupted: true });
});
