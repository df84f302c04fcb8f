import { describe, expect, test } from 'vitest';
import type { ReplayRecord } from '../../../src/domain/dlq/journal.js';
import { replayPage, replayRow } from '../../../src/domain/dlq/past-replays-view.js';
import { chosenReplays, replayEnd, ReplayOutcomes } from '../../../src/domain/dlq/past-replays.js';

const nowMs = Date.UTC(2026, 0, 31, 12);
const record = (more: Partial<ReplayRecord> = {}): ReplayRecord => ({
  state: 'done',
  started_at: nowMs - 120_000,
  updated_at: nowMs - 110_000,
  selection: '--since 1h',
  fix: null,
  forced: false,
  matched: 12,
  replayed: 10,
  repaired: 4,
  skipped: { alreadyReplayed: 2, filtered: 0 },
  ...more,
});

function outcomes(): ReplayOutcomes {
  const gathered = new ReplayOutcomes();
  const total = { windowStart: 0, eventType: 'order_placed', channel: 'web' };
  gathered.addTotal({ ...total, contribution: 'on_time', events: 99, cents: 99 });
  gathered.addTotal({ ...total, contribution: 'replay:r-1', events: 3, cents: 1_050 });
  gathered.addTotal({ ...total, contribution: 'replay:r-1', windowStart: 60_000, events: 4, cents: -25 });
  gathered.addTotal({ ...total, contribution: 'replay:r-2', events: 1, cents: 1 });
  for (const reason of ['malformed_json', 'future_event', 'future_event'])
    gathered.addBack(reason === 'malformed_json' ? 'r-2' : 'r-1', reason);
  return gathered;
}

describe('what became of a replay', () => {
  test('is what the windows and the dead letters have of it, and what neither has', () => {
    const replay = outcomes().of('r-1', record(), 'done');
    expect(replay.counted).toEqual({ events: 7, revenue: '10.25', windows: 2 });
    expect(replay.cameBack).toEqual({ letters: 2, byReason: { future_event: 2 } });
    expect(replay.unseen).toBe(1);
    expect(replayRow(replay)).toEqual(['r-1', 'done', '10', '7', '10.25', '2', '1']);
  });

  test('is nothing yet where nothing is seen of it', () => {
    const { counted, cameBack, unseen } = outcomes().of('r-3', record(), 'done');
    expect(counted).toEqual({ events: 0, revenue: '0.00', windows: 0 });
    expect([cameBack.letters, unseen]).toEqual([0, 10]);
  });

  test.each([
    ['running', nowMs - 5_000, 'running'],
    ['running', nowMs - 61_000, 'killed'],
    ['failed', nowMs - 61_000, 'failed'],
  ] as const)('that is %s and was last heard of at %d is %s', (state, updatedAt, end) => {
    const replay = record({ state, updated_at: updatedAt });
    expect(replayEnd(replay, new Map([['r-1', replay]]), nowMs)).toBe(end);
  });

  test('that was at work when a later one took over was killed', () => {
    const [first, later] = [nowMs - 9_000, nowMs - 4_000].map((started_at) =>
      record({ state: 'running', started_at, updated_at: nowMs - 3_000 }),
    );
    const past = new Map([
      ['r-1', first!],
      ['r-2', later!],
    ]);
    expect([...past.values()].map((replay) => replayEnd(replay, past, nowMs))).toEqual(['killed', 'running']);
  });

  test('is a page with all that is known, escaped', () => {
    const replay = outcomes().of('r-1', record({ fix: '\u001b[2J', forced: true }), 'killed');
    const page = replayPage(replay).join('\n');
    expect(page).toContain('Replay r-1: killed: it never said that it ended, with --force');
    expect(page).toContain('10 of 12, 4 repaired');
    expect(page).toContain('2 not sent: alreadyReplayed');
    expect(page).not.toContain('filtered');
    expect(page).toContain('2 future_event');
    expect(page).not.toContain('\u001b');
  });
});

describe('the replays that are asked for', () => {
  const past = new Map([
    ['r-b', record({ started_at: nowMs - 1_000 })],
    ['r-a', record({ started_at: nowMs - 3_000 })],
    ['r-c', record({ started_at: nowMs - 2_000 })],
  ]);
  test.each([
    [{}, ['r-a', 'r-c', 'r-b']],
    [{ limit: 2 }, ['r-c', 'r-b']],
    [{ sinceMs: nowMs - 2_500 }, ['r-c', 'r-b']],
    [{ id: 'a' }, ['r-a']],
    [{ id: 'x' }, []],
  ])('%j', (choice, ids) => {
    expect(chosenReplays(past, choice).map(([id]) => id)).toEqual(ids);
  });
});
