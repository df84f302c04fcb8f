import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EventRecord } from '../../../src/domain/explain/facts.js';
import { cellsOf, judgeRecords, placeOf } from '../../../src/domain/explain/verdicts.js';
import { found, letterJson } from '../dlq/support.js';
import { event, facts, minute, origin, rawRecord } from './support.js';

const first = rawRecord();
const second = rawRecord({ partition: 2, offset: 7 });
const third = rawRecord({ partition: 3, offset: 1 });
const malformed = rawRecord({ judgement: { reason: 'malformed_json' } });
const letterOf = (reason: string) => found(letterJson({ reason, watermark: minute + 200_000 }));
const verdictsOf = (given: Parameters<typeof facts>[0]): string[] =>
  judgeRecords(facts(given)).map(({ verdict }) => verdict);

describe('what became of the records of an event', () => {
  test('without letters and audit: one was counted, the others are duplicates of it', () => {
    expect(judgeRecords(facts({ records: [first, second] }))).toEqual([
      {
        record: first,
        verdict: 'counted',
        evidence: 'rule',
        letter: undefined,
        watermarkMs: undefined,
        contribution: undefined,
      },
      {
        record: second,
        verdict: 'duplicate',
        evidence: 'rule',
        letter: undefined,
        watermarkMs: undefined,
        contribution: undefined,
      },
    ]);
  });

  test('the one that came too late is the event, in whatever partition it lies', () => {
    const letter = letterOf('too_late');
    const judged = judgeRecords(facts({ records: [first, second, third], letters: [[second, letter]] }));
    expect(judged.map(({ verdict }) => verdict)).toEqual(['duplicate', 'too_late', 'duplicate']);
    expect(judged[1]).toEqual({
      record: second,
      verdict: 'too_late',
      evidence: 'letter',
      letter,
      watermarkMs: minute + 200_000,
      contribution: undefined,
    });
  });

  test('the one of which the audit topic says that it was counted is the event, in whatever partition it lies', () => {
    const judged = judgeRecords(
      facts({
        records: [first, second, third],
        verdicts: [[second, { verdict: 'late', watermarkMs: minute + 61_000 }]],
      }),
    );
    expect(judged.map(({ verdict }) => verdict)).toEqual(['duplicate', 'late', 'duplicate']);
    expect(judged[1]).toMatchObject({
      evidence: 'audit',
      watermarkMs: minute + 61_000,
      contribution: 'late',
    });
  });

  test('both were counted where the audit topic says so of both: the dedupe horizon had passed', () => {
    const verdicts = [first, second].map((of) => [of, { verdict: 'on_time', watermarkMs: null }] as const);
    const judged = judgeRecords(facts({ records: [first, second], verdicts }));
    expect(judged.map(({ verdict, contribution }) => [verdict, contribution])).toEqual([
      ['on_time', 'on_time'],
      ['on_time', 'on_time'],
    ]);
  });

  test('an invalid one is not the event: a valid one behind it is', () => {
    const letter = letterOf('malformed_json');
    expect(verdictsOf({ records: [malformed, second], letters: [[malformed, letter]] })).toEqual([
      'invalid',
      'counted',
    ]);
    expect(judgeRecords(facts({ records: [malformed, second] }))[0]).toMatchObject({
      verdict: 'invalid',
      evidence: 'rule',
    });
  });

  test("the letter is the job's word, also against the settings of now", () => {
    expect(verdictsOf({ records: [first], letters: [[first, letterOf('future_event')]] })).toEqual([
      'invalid',
    ]);
  });

  test('what the job has not read yet waits, and does not take the place of one that was counted', () => {
    const waiting = rawRecord({ isProcessed: false });
    expect(verdictsOf({ records: [waiting, second] })).toEqual(['waiting', 'counted']);
  });

  test('what the audit topic tells of was judged, also before its offset is committed', () => {
    const early = rawRecord({ isProcessed: false });
    const verdict = { verdict: 'on_time', watermarkMs: 5 };
    expect(verdictsOf({ records: [early], verdicts: [[early, verdict]] })).toEqual(['on_time']);
  });
});

describe('a record that a replay sent', () => {
  const replay = (replayId: string, offset: number, more: Partial<EventRecord> = {}): EventRecord =>
    rawRecord({ partition: 1, offset, origin: origin(replayId), ...more });

  test('is counted once for each replay id, beside the letter that it was sent from', () => {
    const records = [first, replay('r-1', 1), replay('r-1', 2), replay('r-2', 3)];
    const judged = judgeRecords(facts({ records, letters: [[first, letterOf('too_late')]] }));
    expect(judged.map(({ verdict, evidence, contribution }) => [verdict, evidence, contribution])).toEqual([
      ['too_late', 'letter', undefined],
      ['replayed', 'header', 'replay:r-1'],
      ['duplicate', 'rule', undefined],
      ['replayed', 'header', 'replay:r-2'],
    ]);
  });

  test('does not make a duplicate of a record that was produced', () => {
    expect(verdictsOf({ records: [replay('r-1', 1), second] })).toEqual(['replayed', 'counted']);
  });

  test('that failed again is not counted, and another of the same replay is', () => {
    const [failed, good] = [replay('r-1', 1, { judgement: { reason: 'malformed_json' } }), replay('r-1', 2)];
    expect(verdictsOf({ records: [failed, good], letters: [[failed, letterOf('malformed_json')]] })).toEqual([
      'invalid',
      'replayed',
    ]);
  });

  test('is the one that the audit topic names, where there are two of one replay', () => {
    const [dropped, counted] = [replay('r-1', 1), replay('r-1', 2)];
    const verdicts = [[counted, { verdict: 'replayed', watermarkMs: 9 }]] as const;
    expect(verdictsOf({ records: [dropped, counted], verdicts })).toEqual(['duplicate', 'replayed']);
  });

  test('has the watermark that the audit topic has, also where that is none yet', () => {
    const [one] = [replay('r-1', 1)];
    const watermarkOf = (watermarkMs: number | null) =>
      judgeRecords(facts({ records: [one], verdicts: [[one, { verdict: 'replayed', watermarkMs }]] }))[0]!
        .watermarkMs;
    expect(watermarkOf(77)).toBe(77);
    expect(watermarkOf(null)).toBeNull();
  });
});

/** Records of one event as the job may have seen them, and what the job would have said. */
const stories = fc
  .array(
    fc.record({
      replay: fc.constantFrom(undefined, undefined, 'r-1', 'r-2'),
      isProcessed: fc.boolean(),
      isValid: fc.boolean(),
    }),
    { maxLength: 8 },
  )
  .map((drawn) =>
    drawn.map(({ replay, isProcessed, isValid }, offset) =>
      rawRecord({
        offset,
        isProcessed,
        origin: replay === undefined ? undefined : origin(replay),
        judgement: isValid ? { valid: event() } : { reason: 'malformed_json' },
      }),
    ),
  );

test('every record has one verdict, and of each id at most one is counted', () => {
  fc.assert(
    fc.property(stories, (records) => {
      const judged = judgeRecords(facts({ records }));
      expect(judged.map(({ record }) => record)).toEqual(records);
      for (const replay of [undefined, 'r-1', 'r-2']) {
        const own = judged.filter(({ record }) => record.origin?.replayId === replay);
        const valid = own.filter(({ record }) => record.isProcessed && record.judgement.valid !== undefined);
        const counted = own.filter(({ verdict }) => verdict === 'counted' || verdict === 'replayed');
        expect(counted).toEqual(valid.slice(0, 1));
        expect(own.filter(({ verdict }) => verdict === 'duplicate')).toEqual(valid.slice(1));
      }
    }),
  );
});

describe('the cells of an event', () => {
  test('are those of its valid records, each once', () => {
    const records = [
      rawRecord(),
      rawRecord({ judgement: { valid: event({ eventTimeMs: minute }) } }),
      rawRecord({ judgement: { valid: event({ eventTimeMs: minute - 1 }) } }),
      rawRecord({ judgement: { valid: event({ channel: 'ios' }) } }),
      rawRecord({ judgement: { valid: event({ eventType: 'order_placed' }) } }),
      malformed,
    ];
    expect(cellsOf(records, 60_000)).toEqual([
      { windowStart: minute, eventType: 'page_view', channel: 'web' },
      { windowStart: minute - 60_000, eventType: 'page_view', channel: 'web' },
      { windowStart: minute, eventType: 'page_view', channel: 'ios' },
      { windowStart: minute, eventType: 'order_placed', channel: 'web' },
    ]);
  });

  test('are none where no record is valid', () => {
    expect(cellsOf([malformed], 60_000)).toEqual([]);
  });
});

test('a place is written partition:offset', () => {
  expect(placeOf({ partition: 3, offset: 1_234_567 })).toBe('3:1234567');
});
