import { expect, test } from 'vitest';
import type { LetterTask } from '../../src/domain/console/letter-task.js';
import type { ReplayResult } from '../../src/domain/dlq/replay-result.js';
import type { ProgressEvent } from '../../src/domain/progress.js';
import { StreamlabError } from '../../src/errors.js';
import { confirmationMs, LetterDesk, type LetterWork } from '../../src/services/letter-desk.js';

const result = (replayed: number, more: Partial<ReplayResult> = {}): ReplayResult => ({
  replayId: null,
  matched: 3,
  replayed,
  repaired: 0,
  forced: 0,
  skipped: {
    alreadyReplayed: 0,
    alreadyCounted: 0,
    unrepairable: 0,
    tooManyAttempts: 0,
    unreadable: 0,
    filtered: 0,
  },
  effect: {
    events: replayed,
    revenue: '1.50',
    windows: 1,
    totals: [],
    totalsCount: 0,
  },
  stay: [],
  ...more,
});

interface Call {
  task: LetterTask;
  signal: AbortSignal;
  onProgress: (event: ProgressEvent) => void;
  answer: (value: unknown) => void;
  fail: (error: Error) => void;
}

function deskOf() {
  const calls: Call[] = [];
  let nowMs = 1_000_000;
  let ids = 0;
  const desk = new LetterDesk({
    work: ((task: LetterTask, { signal, onProgress }: Omit<Call, 'task'>) =>
      new Promise((answer, fail) =>
        calls.push({ task, signal, onProgress, answer: answer as Call['answer'], fail }),
      )) as LetterWork,
    now: () => nowMs,
    newId: () => `id${String((ids += 1))}`,
    say: () => undefined,
  });
  const { signal } = new AbortController();
  const tried = async (replayed: number, body: object = { reason: ['too_late'] }) => {
    const trying = desk.dryRun(body, signal);
    await settled();
    calls.at(-1)!.answer(result(replayed, { dryRun: true }));
    return trying;
  };
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  return { desk, calls, tried, pass, signal };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a replay is the very one that was tried, and goes by its confirmation once', async () => {
  const { desk, calls, tried } = deskOf();
  expect(desk.status()).toEqual({ state: 'none' });
  const dry = await tried(3);
  expect(dry).toMatchObject({
    confirmation: 'id1',
    question: expect.stringMatching(/3 dead letters.*Go on\?/) as string,
  });
  expect(calls[0]!.task).toMatchObject({ kind: 'replay', dryRun: true });
  expect(desk.start({ confirmation: 'id1' })).toMatchObject({
    state: 'running',
    selection: '--reason too_late',
  });
  expect(calls[1]!.task).toEqual({ ...calls[0]!.task, dryRun: false });
  expect(() => desk.start({ confirmation: 'id1' })).toThrow(StreamlabError);
  calls[1]!.onProgress({
    type: 'step',
    id: 'replay',
    title: 'Replaying',
    state: 'running',
    detail: '1 sent',
    fraction: 0.5,
  });
  expect(desk.status()).toMatchObject({ step: 'Replaying', detail: '1 sent', fraction: 0.5 });
  calls[1]!.answer(result(3, { replayId: 'r1' }));
  await settled();
  expect(desk.status()).toMatchObject({ state: 'done', result: { replayId: 'r1', replayed: 3 } });
  expect(() => desk.start({ confirmation: 'id1' })).toThrow('was not tried');
});

test('what was not tried, would send nothing, or was tried long ago is not sent', async () => {
  const { desk, calls, tried, pass } = deskOf();
  expect(() => desk.start({ confirmation: 'guess' })).toThrow('was not tried');
  expect(await tried(0)).toMatchObject({ confirmation: null, question: null });
  await tried(2);
  pass(confirmationMs + 1);
  expect(() => desk.start({ confirmation: 'id1' })).toThrow('too long ago');
  expect(calls.every(({ task }) => task.kind === 'replay' && task.dryRun)).toBe(true);
});

test('there is one replay at a time', async () => {
  const { desk, calls, tried } = deskOf();
  await tried(1);
  await tried(2);
  desk.start({ confirmation: 'id1' });
  expect(() => desk.start({ confirmation: 'id2' })).toThrow(
    expect.objectContaining({ code: 'LOCKED' }) as Error,
  );
  calls.at(-1)!.answer(result(1));
  await settled();
  // The refusal has not used it up.
  expect(desk.start({ confirmation: 'id2' })).toMatchObject({ state: 'running' });
});

test('a replay that is stopped says what it sent; closing waits for it', async () => {
  const { desk, calls, tried } = deskOf();
  await tried(3);
  desk.start({ confirmation: 'id1' });
  expect(desk.stop()).toMatchObject({ state: 'running', stopping: true });
  expect(calls[1]!.signal.aborted).toBe(true);
  let closed = false;
  const closing = desk.close().then(() => (closed = true));
  await settled();
  expect(closed).toBe(false);
  calls[1]!.answer(result(1, { replayId: 'r1', interrupted: true }));
  await closing;
  expect(desk.status()).toMatchObject({ state: 'done', result: { interrupted: true, replayed: 1 } });
});

test('a replay that fails says why, and not the words of a defect', async () => {
  const { desk, calls, tried } = deskOf();
  await tried(3);
  desk.start({ confirmation: 'id1' });
  calls[1]!.fail(new StreamlabError('LOCKED', 'Another replay took over.', { suggestions: ['Wait.'] }));
  await settled();
  expect(desk.status()).toMatchObject({
    state: 'failed',
    error: { code: 'LOCKED', message: 'Another replay took over.', suggestions: ['Wait.'] },
  });
  await tried(1);
  desk.start({ confirmation: 'id2' });
  calls.at(-1)!.fail(new TypeError('secret'));
  await settled();
  expect(JSON.stringify(desk.status())).not.toContain('secret');
});

test('two lists are read at once, more wait; who leaves ends what nobody waits for', async () => {
  const { desk, calls, signal } = deskOf();
  const leaving = new AbortController();
  const lists = [1, 2, 3].map(() => desk.list(new URLSearchParams(), signal));
  await settled();
  expect(calls).toHaveLength(2);
  calls[0]!.answer('a');
  expect(await lists[0]).toBe('a');
  await settled();
  expect(calls).toHaveLength(3);
  calls[1]!.answer('b');
  await lists[1];
  const shown = desk.show(new URLSearchParams('letter=0:1'), leaving.signal);
  await settled();
  expect(calls[3]!.task).toEqual({ kind: 'show', target: '0:1' });
  leaving.abort(new Error('gone'));
  expect(calls[3]!.signal.aborted).toBe(true);
  calls[3]!.fail(new Error('gone'));
  await expect(shown).rejects.toThrow('gone');
});
