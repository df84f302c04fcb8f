import { expect, test } from 'vitest';
import { eventJson } from '../../../src/domain/explain/json.js';
import type { EventFacts, WindowPart } from '../../../src/domain/explain/facts.js';
import { judgeRecords } from '../../../src/domain/explain/verdicts.js';
import { found, letterJson, settings } from '../dlq/support.js';
import { event, eventId, facts, minute, origin, rawRecord } from './support.js';

const jsonOf = (of: EventFacts, parts: readonly WindowPart[] = []) =>
  eventJson(
    { eventId, records: judgeRecords(of), stories: [], parts, clickhouseTrouble: undefined },
    settings,
  );

test('the story of an event has each record with its verdict, how it is known, and what it counts', () => {
  const order = event({ eventType: 'order_placed', channel: 'ios', revenueCents: 1_205 });
  const first = rawRecord({ partition: 2, offset: 9, judgement: { valid: order } });
  const again = rawRecord({ offset: 3, origin: origin('r-1'), judgement: { valid: order } });
  const letter = found(letterJson({ watermark: 200_000 }), { offset: 231 });
  const json = jsonOf(facts({ records: [first, again], letters: [[first, letter]] }));
  const counted = { eventType: 'order_placed', eventTime: minute + 37_041, channel: 'ios', revenue: '12.05' };
  expect(json).toEqual({
    eventId,
    records: [
      {
        partition: 2,
        offset: 9,
        timestamp: minute + 40_000,
        key: 'u-1',
        replayId: null,
        verdict: 'too_late',
        evidence: 'letter',
        reason: 'too_late',
        watermark: 200_000,
        contribution: null,
        event: counted,
        deadLetter: '1:231',
      },
      {
        partition: 0,
        offset: 3,
        timestamp: minute + 40_000,
        key: 'u-1',
        replayId: 'r-1',
        verdict: 'replayed',
        evidence: 'header',
        reason: null,
        contribution: 'replay:r-1',
        event: counted,
        deadLetter: null,
      },
    ],
    deadLetters: [],
    windows: [],
  });
});

test('a watermark is null where there was none yet, and missing where nothing tells', () => {
  const one = rawRecord();
  const audited = jsonOf(
    facts({ records: [one], verdicts: [[one, { verdict: 'on_time', watermarkMs: null }]] }),
  ).records[0]!;
  expect(audited).toMatchObject({ verdict: 'on_time', evidence: 'audit', watermark: null });
  expect(jsonOf(facts({ records: [one] })).records[0]).not.toHaveProperty('watermark');
});

test('an invalid record has its reason, no event, and a key that is no text in base64', () => {
  const bad = rawRecord({ key: new Uint8Array([0xff]), judgement: { reason: 'missing_field:page' } });
  expect(jsonOf(facts({ records: [bad] })).records[0]).toMatchObject({
    key: '/w==',
    keyEncoding: 'base64',
    verdict: 'invalid',
    reason: 'missing_field:page',
    contribution: null,
    event: null,
  });
  const letter = found(letterJson({ reason: 'future_event' }));
  const judged = jsonOf(facts({ records: [bad], letters: [[bad, letter]] })).records[0];
  expect(judged).toMatchObject({ reason: 'future_event', deadLetter: '1:5' });
});

test('dead letters are told as dlq show tells them', () => {
  const letter = found(letterJson({ reason: 'missing_field:page', payload: '{}' }));
  const { deadLetters } = eventJson(
    {
      eventId,
      records: [],
      stories: [{ found: letter, replays: [], origins: [] }],
      parts: [],
      clickhouseTrouble: undefined,
    },
    settings,
  );
  expect(deadLetters).toMatchObject([
    { partition: 1, offset: 5, state: 'outstanding', fault: { sentence: 'The field "page" is not there.' } },
  ]);
});

test('windows have their exact money, null where they are not there, and nothing where nobody answered', () => {
  const part = { windowStart: minute, eventType: 'order_refunded', channel: 'web', contribution: 'late' };
  const sum = { ...part, events: 2, cents: -1_005 };
  const { windows } = jsonOf(facts({ records: [] }), [
    { ...part, topic: sum, clickhouse: null },
    { ...part, topic: null, clickhouse: sum },
    { ...part, topic: sum, clickhouse: undefined },
  ]);
  const shown = { events: 2, revenue: '-10.05' };
  expect(windows).toEqual([
    { ...part, topic: shown, clickhouse: null },
    { ...part, topic: null, clickhouse: shown },
    { ...part, topic: shown },
  ]);
  expect(windows[2]).not.toHaveProperty('clickhouse');
});
