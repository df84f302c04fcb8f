import { describe, expect, test } from 'vitest';
import { columnWidths, letterColumns } from '../../../src/domain/dlq/letter-rows.js';
import { payloadOf } from '../../../src/domain/dlq/letter.js';
import { LetterTally } from '../../../src/domain/dlq/letter-tally.js';
import type { PastReplay } from '../../../src/domain/dlq/past-replays.js';
import { replayPage } from '../../../src/domain/dlq/past-replays-view.js';
import { statsView } from '../../../src/domain/dlq/stats-view.js';
import { eventPage } from '../../../src/domain/explain/page.js';
import { CountedIds } from '../../../src/domain/dlq/counted-ids.js';
import { letter } from './support.js';

const escape = '\u001b[31mRED\u001b]0;title\u0007';
const raw = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;

describe('what is large', () => {
  test('a payload of 12 MB in base64 is read, and one that is none is named', () => {
    const text = Buffer.alloc(12_000_000, 0xff).toString('base64');
    const { bytes } = payloadOf(letter({ payload: text, payload_encoding: 'base64' }));
    expect(bytes?.length).toBe(12_000_000);
    for (const wrong of [`${text}A`, `${text.slice(0, -4)}A===`, `${text.slice(0, -1)}-`])
      expect(payloadOf(letter({ payload: wrong, payload_encoding: 'base64' })).trouble).toMatch(/base64/);
  });

  test('a table of 300 000 letters has its widths', () => {
    const rows = Array.from({ length: 300_000 }, (_, n) => letterColumns.map(() => `${n}`));
    expect(columnWidths(rows, 500)).toEqual(letterColumns.map((head) => Math.max(head.length, 6)));
  });
});

test.each(['constructor', '__proto__', 'toString'])('a reason may be called %s', (reason) => {
  const tally = new LetterTally();
  const found = { record: { partition: 0, offset: 1, timestampMs: 1 }, letter: letter({ reason }) };
  const replayed = { replayId: 'r', attempt: 1, repaired: false, forced: false };
  tally.add({ ...found, replayed } as Parameters<LetterTally['add']>[0]);
  const { reasons } = statsView(tally.stats, 200_000);
  expect(reasons.rows[0]?.slice(0, 4)).toEqual([reason, '1', '1', '0']);
  expect(reasons.rows[0]?.[4]).toMatch(/^·*▇·*$/);
});

describe('codes for the terminal come out as text', () => {
  const part = { windowStart: 0, eventType: 'page_view', channel: 'web', events: 1, cents: 0 };
  const contribution = `replay:${escape}`;

  test('in the contribution that a page of explain names', () => {
    const state = { ...part, contribution };
    const story = {
      eventId: escape,
      records: [],
      stories: [],
      parts: [{ ...state, topic: state, clickhouse: state }],
      clickhouseTrouble: undefined,
    };
    const settings = { windowMs: 60_000, allowedLatenessMs: 60_000, watermarkDelayMs: 5_000 };
    const text = eventPage(story as never, settings as never)
      .map((line) => line.text)
      .join('\n');
    expect(text).not.toMatch(raw);
    expect(text).toContain('replay:\\u001b[31mRED');
  });

  test('in the id, the filters and the fix of a past replay', () => {
    const replay = {
      replayId: escape,
      state: 'done',
      startedAt: 0,
      updatedAt: 0,
      selection: escape,
      fix: escape,
      forced: false,
      matched: 1,
      replayed: 1,
      repaired: 0,
      skipped: { [escape]: 1 },
      counted: { events: 1, windows: 1, revenue: '0.00' },
      cameBack: { letters: 1, byReason: { [escape]: 1 } },
      unseen: 0,
    } as unknown as PastReplay;
    const text = replayPage(replay).join('\n');
    expect(text).not.toMatch(raw);
    expect(text).toContain('Replay \\u001b[31mRED');
  });
});

test('ids that were taken can be taken again once they are released; what is counted stays so', () => {
  const ids = new CountedIds();
  const [a, b, c] = ['a', 'b', 'c'].map((digit) => `00000000-0000-4000-8000-00000000000${digit}`) as [
    string,
    string,
    string,
  ];
  for (const id of [a, b]) ids.want(id);
  ids.see(b);
  const takeAll = () => [a, a, b, c].map((id) => ids.take(id));
  const once = [undefined, 'taken', 'counted', 'unknown'];
  expect(takeAll()).toEqual(once);
  ids.release();
  expect(takeAll()).toEqual(once);
});
