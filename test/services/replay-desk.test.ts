import { expect, test } from 'vitest';
import { replayOrder } from '../../src/domain/console/letter-request.js';
import type { ReplayResult } from '../../src/domain/dlq/replay-result.js';
import { StreamlabError } from '../../src/errors.js';
import { ReplayDesk, type DeskTools } from '../../src/services/replay-desk.js';

const order = replayOrder({ selection: { reason: ['too_late'] } }, 1_000_000);

function resultOf(replayed: number): ReplayResult {
  return {
    replayId: null,
    matched: replayed,
    replayed,
    repaired: 0,
    forced: 0,
    skipped: {
      alreadyReplayed: 0,
      filtered: 0,
      unrepairable: 0,
      tooManyAttempts: 0,
      alreadyCounted: 0,
      unreadable: 0,
    },
    effect: { windows: 1, events: replayed, revenue: '1.00', totals: [], totalsCount: 0 },
    stay: [],
  };
}

interface Run {
  order: typeof order;
  dryRun: boolean;
  report: Parameters<DeskTools['run']>[1]['report'];
  signal: AbortSignal;
  end: (result: ReplayResult) => void;
  fail: (error: unknown) => void;
}

/** A desk whose replays end when the test says so. */
function desk() {
  const runs: Run[] = [];
  const defects: unknown[] = [];
  const said: string[] = [];
  const clock = { nowMs: 1_000_000 };
  let ids = 0;
  const made = new ReplayDesk({
    run: (given, call) =>
      new Promise((end, fail) => {
        runs.push({ order: given, ...call, end, fail });
        call.signal.addEventListener('abort', () => {
          fail(call.signal.reason as Error);
        });
      }),
    now: () => clock.nowMs,
    newId: () => `t${String(++ids)}`,
    say: (sentence) => said.push(sentence),
    onDefect: (error) => defects.push(error),
  });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const dryRunOf = async (replayed: number): Promise<string> => {
    const { id } = made.dryRun(order);
    runs.at(-1)!.end(resultOf(replayed));
    await settled();
    return id;
  };
  return { made, runs, defects, said, clock, settled, dryRunOf };
}

test('what a dry run showed is sent once it is confirmed, and only once', async () => {
  const { made, runs, said, settled, dryRunOf } = desk();
  const id = await dryRunOf(3);
  expect(said).toEqual([]);
  expect(made.task(id)).toMatchObject({ kind: 'dryRun', state: 'done', result: { replayed: 3 } });
  expect(made.task(id).question).toMatch(/^This sends 3 dead letters again/);
  const replay = made.confirm(id);
  expect(() => made.confirm(id)).toThrow('There is nothing to confirm');
  expect(runs.map(({ dryRun, order: sent }) => [dryRun, sent])).toEqual([
    [true, order],
    [false, order],
  ]);
  runs[1]!.report({
    type: 'step',
    id: 's',
    title: 'Replaying',
    state: 'running',
    detail: '1',
    fraction: 0.5,
  });
  expect(made.task(replay.id).progress).toEqual({ title: 'Replaying', detail: '1', fraction: 0.5 });
  runs[1]!.end({ ...resultOf(3), replayId: 'r-1' });
  await settled();
  expect(made.replays()).toMatchObject([{ id: replay.id, state: 'done', result: { replayId: 'r-1' } }]);
  expect(said).toEqual([
    expect.stringMatching(/^A replay begins: streamlab dlq replay/),
    'The replay r-1 ended: 3 of 3 were sent.',
  ]);
});

test('nothing is sent without a dry run, nor for one that is under way, found nothing, failed or is old', async () => {
  const { made, runs, clock, settled, dryRunOf } = desk();
  expect(() => made.confirm('t9')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  const { id } = made.dryRun(order);
  expect(() => made.confirm(id)).toThrow('There is nothing to confirm');
  runs[0]!.fail(new StreamlabError('SERVICE_UNREACHABLE', 'Kafka does not answer.'));
  await settled();
  expect(made.task(id)).toMatchObject({ state: 'failed', failure: { code: 'SERVICE_UNREACHABLE' } });
  expect(() => made.confirm(id)).toThrow('There is nothing to confirm');
  const empty = await dryRunOf(0);
  expect(() => made.confirm(empty)).toThrow('There is nothing to confirm');
  const old = await dryRunOf(1);
  clock.nowMs += 16 * 60_000;
  expect(() => made.confirm(old)).toThrow('too old');
  expect(runs.filter(({ dryRun }) => !dryRun)).toEqual([]);
});

test('one replay runs at a time, and two dry runs', async () => {
  const { made, runs, settled, dryRunOf } = desk();
  const [one, two] = [await dryRunOf(1), await dryRunOf(2)];
  made.confirm(one);
  expect(() => made.confirm(two)).toThrow(expect.objectContaining({ code: 'LOCKED' }));
  runs.at(-1)!.end(resultOf(1));
  await settled();
  made.confirm(two);
  made.dryRun(order);
  made.dryRun(order);
  expect(() => made.dryRun(order)).toThrow(expect.objectContaining({ code: 'LOCKED' }));
});

test('a task that is stopped says so, and all are when the console ends', async () => {
  const { made, settled, dryRunOf } = desk();
  const dry = made.dryRun(order);
  made.stop(dry.id);
  await settled();
  expect(made.task(dry.id)).toMatchObject({ state: 'failed', failure: { message: 'It was stopped.' } });
  const replay = made.confirm(await dryRunOf(1));
  await made.close();
  expect(made.task(replay.id)).toMatchObject({ state: 'failed', failure: { code: 'INTERRUPTED' } });
});

test('a replay that was stopped and could not end well says what it had sent by then', async () => {
  const { made, runs, said, settled, dryRunOf } = desk();
  const { id } = made.confirm(await dryRunOf(9));
  const replay = runs.at(-1)!;
  // Its process has said so before it heeds the signal.
  replay.fail(
    new StreamlabError('SERVICE_UNREACHABLE', 'Kafka left. 5 dead letters were replayed until then.'),
  );
  made.stop(id);
  await settled();
  expect(made.task(id)).toMatchObject({
    state: 'failed',
    failure: {
      code: 'SERVICE_UNREACHABLE',
      message: 'Kafka left. 5 dead letters were replayed until then.',
    },
  });
  expect(said.at(-1)).toContain('5 dead letters were replayed');
});

test('a dry run that took long can be confirmed: it ages from its end', async () => {
  const { made, runs, clock, settled } = desk();
  const { id } = made.dryRun(order);
  clock.nowMs += 20 * 60_000;
  runs[0]!.end(resultOf(3));
  await settled();
  clock.nowMs += 14 * 60_000;
  expect(made.confirm(id)).toMatchObject({ kind: 'replay' });
});

test('the words of a defect are kept from the page', async () => {
  const { made, runs, defects, settled } = desk();
  const { id } = made.dryRun(order);
  runs[0]!.fail(new TypeError('secret words'));
  await settled();
  expect(JSON.stringify(made.task(id))).not.toContain('secret');
  expect(defects).toEqual([new TypeError('secret words')]);
});

test('only the latest tasks are kept', async () => {
  const { made, dryRunOf } = desk();
  const first = await dryRunOf(1);
  for (let i = 0; i < 20; i += 1) await dryRunOf(1);
  expect(() => made.task(first)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
});
