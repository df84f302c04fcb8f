import { describe, expect, test } from 'vitest';
import type { LetterReplay, LetterStory } from '../../../src/domain/dlq/letter-story.js';
import type { EventFacts, WindowPart } from '../../../src/domain/explain/facts.js';
import { eventPage, type EventStory } from '../../../src/domain/explain/page.js';
import { judgeRecords } from '../../../src/domain/explain/verdicts.js';
import { bytes, control, found, hostile, hostileShown, letterJson, settings } from '../dlq/support.js';
import { event, eventId, facts, minute, origin, rawRecord } from './support.js';

const at = (minutes: number, seconds: number, ms = 0): number =>
  Date.UTC(2026, 10, 28, 20, minutes, seconds, ms);
const aggregate = (part: Omit<WindowPart, 'topic' | 'clickhouse'>, events: number, cents: number) => ({
  ...part,
  events,
  cents,
});
const cell = { windowStart: minute, eventType: 'page_view', channel: 'web' };
function part(contribution: string, events: number, more: Partial<WindowPart> = {}): WindowPart {
  const of = { ...cell, contribution };
  const sum = aggregate(of, events, 0);
  return { ...of, topic: sum, clickhouse: sum, ...more };
}

interface Rest {
  stories?: readonly LetterStory[];
  parts?: readonly WindowPart[];
  clickhouseTrouble?: string;
}
function storyOf(of: EventFacts, { stories = [], parts = [], clickhouseTrouble }: Rest = {}): EventStory {
  return { eventId, records: judgeRecords(of), stories, parts, clickhouseTrouble };
}
const textOf = (story: EventStory): string[] => eventPage(story, settings).map(({ text }) => text);
const pageOf = (of: Parameters<typeof facts>[0], rest?: Rest): string[] => textOf(storyOf(facts(of), rest));
const valueOf = (lines: readonly string[], name: string): string | undefined =>
  lines.find((line) => line.startsWith(`  ${name} `))?.slice(14);

const first = rawRecord({ partition: 1, offset: 4_287, timestampMs: at(63, 50, 699) });
const tooLate = found(
  letterJson({
    event_time: at(58, 37, 41),
    watermark: at(63, 43, 378),
    source_partition: 1,
    source_offset: 4_287,
    failed_at: at(64, 8, 33),
  }),
  { offset: 231 },
);
const replay: LetterReplay = {
  replayId: 'r-1',
  attempt: 1,
  replayedAtMs: at(64, 33, 346),
  repaired: false,
  forced: false,
  state: 'done',
  sent: { partition: 1, offset: 5_347 },
  cameBack: undefined,
};
const sentAgain = rawRecord({
  partition: 0,
  offset: 5_347,
  timestampMs: at(64, 33, 400),
  origin: origin('r-1', { dlqOffset: 231 }),
});

describe('the story of an event', () => {
  test('tells of each record in the order in which it was written, and of the window', () => {
    const lines = pageOf(
      { records: [sentAgain, first], letters: [[first, tooLate]] },
      {
        stories: [{ found: tooLate, replays: [replay], origins: [] }],
        parts: [part('on_time', 17), part('replay:r-1', 1)],
      },
    );
    expect(lines).toEqual([
      `Event ${eventId}: 2 raw records`,
      '',
      'Produced: raw 1:4287',
      '  written     2026-11-28 21:03:50.699, key u-1',
      '  event       page_view, channel web',
      '  happened    2026-11-28 20:58:37.041, 5m 14s before it was written',
      '  verdict     too late',
      '  because     Window 20:58:00–20:59:00 closed for good at 21:00:00 (its end and 1m of allowed lateness); the watermark, 5s behind the events, was 21:03:43.378. It came 3m 43s too late.',
      '  dead letter 1:231, written 2026-11-28 21:04:08.033',
      '  replays     2026-11-28 21:04:33.346 by r-1, attempt 1, sent to raw 1:5347',
      '',
      'Sent again by replay r-1: raw 0:5347',
      '  written     2026-11-28 21:04:33.400, key u-1',
      '  from        dead letter 1:231',
      '  event       page_view, channel web',
      '  happened    2026-11-28 20:58:37.041, 5m 56s before it was written',
      '  verdict     counted as a replay, contribution replay:r-1',
      '  because     A replay is counted whatever the watermark says, once for each replay id.',
      '',
      'Window 20:58:00–20:59:00, page_view, web',
      '  on_time     17 events, revenue 0.00, on the topic and in ClickHouse',
      '  replay:r-1  1 event, revenue 0.00, on the topic and in ClickHouse  ← this event is part of it',
      '',
      '  times are UTC',
    ]);
  });

  test('names the money of an order, a missing key, and a time ahead of its writing', () => {
    const judgement = { valid: event({ eventType: 'order_refunded', revenueCents: -1_205 }) };
    const early = rawRecord({ timestampMs: minute + 35_000, key: null, judgement });
    const lines = pageOf({ records: [early] });
    expect(lines[0]).toBe(`Event ${eventId}`);
    expect(valueOf(lines, 'written')).toBe('2026-11-28 20:58:35.000, key none');
    expect(valueOf(lines, 'event')).toBe('order_refunded, channel web, revenue -12.05');
    expect(valueOf(lines, 'happened')).toBe('2026-11-28 20:58:37.041, 2s after it was written');
  });

  test('says that a key which is no text is shown in base64', () => {
    const lines = pageOf({ records: [rawRecord({ key: new Uint8Array([0xff, 0x1b]) })] });
    expect(valueOf(lines, 'written')).toBe('2026-11-28 20:58:40.000, key /xs= (base64)');
  });

  test('does not say which letter a replay came from where its headers do not', () => {
    const lost = rawRecord({ origin: origin('r-1', { dlqOffset: NaN }) });
    expect(valueOf(pageOf({ records: [lost] }), 'from')).toBeUndefined();
  });
});

describe('the verdict and its cause', () => {
  const one = rawRecord();
  const audited = (verdict: string, watermarkMs: number | null) =>
    pageOf({ records: [one], verdicts: [[one, { verdict, watermarkMs }]] });
  const told = (lines: readonly string[]) => [valueOf(lines, 'verdict'), valueOf(lines, 'because')];

  test.each([
    ['on_time', null, 'counted on time', 'There was no watermark yet.'],
    [
      'on_time',
      at(58, 32),
      'counted on time',
      'The watermark was 20:58:32: window 20:58:00–20:59:00 was open for 28s more.',
    ],
    [
      'late',
      at(59, 1),
      'counted late',
      'The watermark was 20:59:01, 1s after the end of window 20:58:00–20:59:00, which took late events for 59s more.',
    ],
  ])('of %s with the watermark at %s', (verdict, watermark, words, because) => {
    expect(told(audited(verdict, watermark))).toEqual([words, because]);
  });

  test('of what nothing but the rules tells', () => {
    expect(told(pageOf({ records: [one] }))).toEqual([
      'counted, on time or late',
      'It is valid, the first of its id, and no dead letter says that it came too late. The watermark of a record that was counted is kept with --audit only.',
    ]);
    expect(told(pageOf({ records: [rawRecord({ isProcessed: false })] }))).toEqual([
      'not judged yet',
      'The job has not committed a checkpoint beyond it: look again in some seconds.',
    ]);
    expect(told(pageOf({ records: [rawRecord({ judgement: { reason: 'malformed_json' } })] }))).toEqual([
      'invalid: malformed_json',
      'It does not fit the schema, and there is no dead letter of it: streamlab verify tells more.',
    ]);
  });

  test('of a duplicate, of a producer and of a replay', () => {
    const copy = rawRecord({ offset: 1, timestampMs: minute + 50_000 });
    const [, second = ''] = pageOf({ records: [one, copy] })
      .join('\n')
      .split('raw 0:1\n');
    expect(told(second.split('\n'))).toEqual([
      'dropped as a duplicate',
      'Another record of this event id came first, within the dedupe horizon.',
    ]);
    const records = [0, 1].map((offset) => rawRecord({ offset, origin: origin('r-1') }));
    const [, again = ''] = pageOf({ records }).join('\n').split('raw 0:1\n');
    expect(told(again.split('\n'))).toEqual([
      'dropped as a duplicate',
      'This replay had sent the event before.',
    ]);
  });

  test('of an invalid record is the fault in its letter, and that nobody replayed it', () => {
    const bad = rawRecord({ judgement: { reason: 'missing_field:page' } });
    const letter = found(letterJson({ reason: 'missing_field:page', payload: '{}' }));
    const stories = [{ found: letter, replays: [], origins: [] }];
    const lines = pageOf({ records: [bad], letters: [[bad, letter]] }, { stories });
    expect(told(lines)).toEqual(['invalid: missing_field:page', 'The field "page" is not there.']);
    expect(valueOf(lines, 'replays')).toBe('none: it is outstanding');
    expect(valueOf(lines, 'event')).toBeUndefined();
  });
});

describe('the replays of a letter', () => {
  test('are one a line, with how, where to and what came of it', () => {
    const replays: LetterReplay[] = [
      { ...replay, cameBack: { partition: 0, offset: 3, reason: 'malformed_json' } },
      { ...replay, replayId: 'r-2', attempt: 2, repaired: true, forced: true, sent: undefined },
    ];
    const lines = pageOf(
      { records: [first], letters: [[first, tooLate]] },
      { stories: [{ found: tooLate, replays, origins: [] }] },
    );
    const from = lines.findIndex((line) => line.startsWith('  replays '));
    expect(lines.slice(from, from + 2)).toEqual([
      '  replays     2026-11-28 21:04:33.346 by r-1, attempt 1, sent to raw 1:5347, failed again: dead letter 0:3',
      '              2026-11-28 21:04:33.346 by r-2, attempt 2, repaired, by force, its raw record was not found',
    ]);
  });
});

describe('an event whose raw records are gone', () => {
  test('is told from its letters', () => {
    const story = storyOf(facts({ records: [] }), {
      stories: [{ found: tooLate, replays: [], origins: [] }],
    });
    expect(textOf(story)).toEqual([
      `Event ${eventId}: its raw records are not there any more`,
      '',
      'Dead letter 1:231',
      '  source      events.raw.v1 1:4287, which is not there any more',
      '  verdict     too_late',
      '  because     Window 20:58:00–20:59:00 closed for good at 21:00:00 (its end and 1m of allowed lateness); the watermark, 5s behind the events, was 21:03:43.378. It came 3m 43s too late.',
      '  replays     none: it is outstanding',
      '',
      '  times are UTC',
    ]);
  });
});

describe('the windows of an event', () => {
  const one = rawRecord();
  const verdicts = [[one, { verdict: 'on_time', watermarkMs: null }]] as const;
  const windows = (parts: readonly WindowPart[], clickhouseTrouble?: string): string[] =>
    pageOf(
      { records: [one], verdicts },
      { parts, ...(clickhouseTrouble === undefined ? {} : { clickhouseTrouble }) },
    ).slice(9, -2);

  test('say where the topic and ClickHouse differ', () => {
    const of = { ...cell, contribution: 'on_time' };
    const two = aggregate(of, 2, 350);
    expect(windows([part('late', 1, { topic: two, clickhouse: null })]).at(-1)).toBe(
      '  late        2 events, revenue 3.50 on the topic, nothing in ClickHouse',
    );
    const three = aggregate(of, 2, 351);
    expect(windows([part('late', 1, { topic: two, clickhouse: three })]).at(-1)).toBe(
      '  late        2 events, revenue 3.50 on the topic, 2 events, revenue 3.51 in ClickHouse',
    );
  });

  test('say what ClickHouse could not be asked', () => {
    expect(windows([part('on_time', 2, { clickhouse: undefined })], 'It does not answer.')).toEqual([
      'Window 20:58:00–20:59:00, page_view, web',
      '  on_time     2 events, revenue 0.00 on the topic  ← this event is part of it',
      '  ClickHouse  It does not answer.',
    ]);
  });

  test('mark the contribution in the window that counts the event, and in no other', () => {
    const copy = rawRecord({ offset: 1, judgement: { valid: event({ channel: 'ios' }) } });
    const lines = pageOf(
      { records: [one, copy], verdicts },
      { parts: [part('on_time', 5, { channel: 'ios' }), part('late', 1), part('on_time', 6)] },
    );
    expect(lines.slice(-8, -2)).toEqual([
      'Window 20:58:00–20:59:00, page_view, ios',
      '  on_time     5 events, revenue 0.00, on the topic and in ClickHouse',
      '',
      'Window 20:58:00–20:59:00, page_view, web',
      '  late        1 event, revenue 0.00, on the topic and in ClickHouse',
      '  on_time     6 events, revenue 0.00, on the topic and in ClickHouse  ← this event is part of it',
    ]);
  });
});

test('nothing that records, letters and windows say is obeyed by a terminal', () => {
  const wild = letterJson({ reason: hostile, source_topic: hostile, event_type: hostile });
  const letter = found(wild, { key: bytes(hostile) });
  const orphan = found(wild, { offset: 6 });
  const back = { ...replay, replayId: hostile, cameBack: { partition: 0, offset: 0, reason: hostile } };
  const bad = rawRecord({ key: bytes(hostile) });
  const again = rawRecord({ offset: 1, origin: origin(hostile) });
  const of = storyOf(facts({ records: [bad, again], letters: [[bad, letter]] }), {
    stories: [letter, orphan].map((one) => ({ found: one, replays: [back], origins: [] })),
    parts: [part(`replay:${hostile}`, 1)],
    clickhouseTrouble: hostile,
  });
  const lines = textOf({ ...of, eventId: hostile });
  expect(lines.join('')).not.toMatch(control);
  expect(lines[0]).toBe(`Event ${hostileShown}: 2 raw records`);
  expect(lines).toContain(`Sent again by replay ${hostileShown}: raw 0:1`);
  expect(lines.find((line) => line.startsWith('  replay:'))).toMatch(/ {2}← this event is part of it$/);
  expect(lines.filter((line) => line.includes(hostileShown)).length).toBeGreaterThan(8);
});
