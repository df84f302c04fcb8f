import { describe, expect, test } from 'vitest';
import { Journal } from '../../../src/domain/dlq/journal.js';
import { replaysOf, type SentRecord } from '../../../src/domain/dlq/letter-story.js';
import { bytes } from './support.js';

const place = { partition: 1, offset: 5 };

function journal(...lines: (readonly [key: unknown, value: unknown])[]): Journal {
  const of = new Journal(new Set(['1:5', '1:6']));
  const json = (value: unknown) => (value === null ? null : bytes(JSON.stringify(value)));
  for (const [key, value] of lines) of.add({ key: json(key), value: json(value) });
  return of;
}

const attempt = (n: number) => ({ replay_id: `r-${n}`, attempt: n, replayed_at: 1_000 * n });
const replay = (state: string) => ({
  state,
  started_at: 1,
  updated_at: 2,
  selection: '',
  forced: false,
  matched: 1,
  replayed: 1,
  repaired: 0,
  skipped: {},
});

describe('the replays of a dead letter', () => {
  test('are none where the journal says nothing of it, or a tombstone took that back', () => {
    expect(replaysOf(place, journal(), [], new Map())).toEqual([]);
    expect(replaysOf(place, journal([{ partition: 1, offset: 6 }, attempt(1)]), [], new Map())).toEqual([]);
    expect(replaysOf(place, journal([place, attempt(1)], [place, null]), [], new Map())).toEqual([]);
  });

  test('are all of them, oldest first, each with where it went and what came of it', () => {
    const says = { ...attempt(3), repaired: true, forced: true, earlier: [attempt(1), attempt(2)] };
    const sent: SentRecord[] = [
      { partition: 0, offset: 30, replayId: 'r-3', from: '1:5' },
      { partition: 0, offset: 10, replayId: 'r-1', from: '1:5' },
      { partition: 0, offset: 11, replayId: 'r-2', from: '1:6' },
    ];
    const cameBack = new Map([
      ['0:10', { partition: 2, offset: 9, reason: 'malformed_json' }],
      ['0:11', { partition: 2, offset: 10, reason: 'future_event' }],
    ]);
    const past = journal(
      [{ replay_id: 'r-1' }, replay('done')],
      [{ replay_id: 'r-3' }, replay('running')],
      [place, says],
    );
    expect(replaysOf(place, past, sent, cameBack)).toEqual([
      {
        replayId: 'r-1',
        attempt: 1,
        replayedAtMs: 1_000,
        state: 'done',
        sent: { partition: 0, offset: 10 },
        cameBack: { partition: 2, offset: 9, reason: 'malformed_json' },
      },
      {
        replayId: 'r-2',
        attempt: 2,
        replayedAtMs: 2_000,
        state: undefined,
        sent: undefined,
        cameBack: undefined,
      },
      {
        replayId: 'r-3',
        attempt: 3,
        replayedAtMs: 3_000,
        repaired: true,
        forced: true,
        state: 'running',
        sent: { partition: 0, offset: 30 },
        cameBack: undefined,
      },
    ]);
  });

  test('say of the latest one that it was neither repaired nor forced, where the journal does not say so', () => {
    expect(replaysOf(place, journal([place, attempt(1)]), [], new Map())).toMatchObject([
      { repaired: false, forced: false },
    ]);
  });
});
