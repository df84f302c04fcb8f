import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LedgerResult } from '../../../src/domain/ledger/ledger.js';
import {
  aggregateRecord,
  balance,
  journalLine,
  type PipelineModel,
  type Stations,
} from './pipeline-model.js';
import { disorderly, orderly, ReplayedRun } from './replayed-run.js';

const journalOf = ({ letters, journal }: PipelineModel, letter: number) => {
  const key = Buffer.from(journalLine(letters[letter]!, null).key!);
  return journal.filter((line) => key.equals(line.key!));
};

function expectWhole({ model, replayed, repaired, again }: ReplayedRun, result: LedgerResult): void {
  const total = model.letters.length;
  expect(result.dlq).toMatchObject({
    total,
    outstanding: total - replayed.size,
    replayed: replayed.size,
    repaired: repaired.size,
  });
  const { raw, aggregated, dlq } = result;
  expect(raw.malformed + raw.invalid + raw.duplicates + raw.uniqueEvents).toBe(raw.records);
  expect(aggregated.events + dlq.tooLateOutstanding).toBe(raw.uniqueEvents + again.forced + again.mistaken);
}

describe('the ledger of a run with replays', () => {
  it('balances, and says how many letters wait, were replayed and were repaired', () => {
    fc.assert(
      fc.property(orderly, (actions) => {
        const run = new ReplayedRun(actions);
        const result = balance(run.model.stations());
        expect(result.mismatches).toEqual([]);
        expect(result).toMatchObject({ ok: true, unaccounted: 0, doubleCounted: 0 });
        expect(result.forced).toEqual({ events: 0, revenue: '0.00', replays: 0 });
        expectWhole(run, result);
      }),
    );
  });

  it('names what was forced and what was counted twice by mistake, and finds nothing else', () => {
    fc.assert(
      fc.property(disorderly, (actions) => {
        const run = new ReplayedRun(actions);
        const result = balance(run.model.stations());
        const { forced, forcedCents, mistaken } = run.again;
        const isForced = ({ sentence }: { sentence: string }) => /^replay r\d+ was forced/.test(sentence);
        expect(result).toMatchObject({
          ok: forced + mistaken === 0,
          unaccounted: 0,
          doubleCounted: forced + mistaken,
          forced: { events: forced, revenue: (forcedCents / 100).toFixed(2) },
        });
        expect(result.mismatches.filter(isForced)).toHaveLength(result.forced.replays);
        const others = result.mismatches.filter((mismatch) => !isForced(mismatch));
        expect(others).toHaveLength(mistaken);
        for (const { sentence } of others)
          expect(sentence).toMatch(/event \S+ is counted \d+ times, .*replays? r\d+/);
        expectWhole(run, result);
      }),
    );
  });

  it('knows what was forced from raw alone, and misses the journal', () => {
    fc.assert(
      fc.property(disorderly, (actions) => {
        const { model, again } = new ReplayedRun(actions);
        const result = balance({ ...model.stations(), journal: [] });
        expect(result.forced.events).toBe(again.forced);
        const replayedRecords = model.raw.filter(({ headers }) => headers.length > 0).length;
        expect(result.mismatches.filter(({ hop }) => hop === 'raw-journal')).toHaveLength(replayedRecords);
        expect(result.mismatchesTotal).toBe(replayedRecords + result.forced.replays + again.mistaken);
      }),
      { numRuns: 50 },
    );
  });
});

function tamper(
  name: string,
  change: (stations: Stations, model: PipelineModel, pick: number) => void,
  check: (result: LedgerResult, model: PipelineModel) => void,
) {
  it(`finds ${name}`, () => {
    fc.assert(
      fc.property(orderly, fc.nat(), (actions, pick) => {
        const { model } = new ReplayedRun(actions);
        const stations = model.stations();
        change(stations, model, pick);
        const result = balance(stations);
        expect(result.ok).toBe(false);
        check(result, model);
      }),
      { numRuns: 40 },
    );
  });
}

/** Changes a total of a replay, on the topic and in ClickHouse. */
function changeReplay(stations: Stations, pick: number, by: number): void {
  const rows = stations.clickhouse.filter(({ contribution }) => contribution.startsWith('replay:'));
  const row = rows[pick % rows.length]!;
  row.events += by;
  stations.aggregates.push(aggregateRecord(row));
}

/** A letter of a replayed record that is still not valid. */
const stillInvalid = (model: PipelineModel) => model.letters.findLast(({ attempt }) => attempt > 1)!;

/** Writes something else into the letter of a replayed record. */
function rewrite(stations: Stations, model: PipelineModel, fields: object): void {
  const letter = stillInvalid(model);
  const says = JSON.parse(new TextDecoder().decode(letter.value)) as object;
  const value = new TextEncoder().encode(JSON.stringify({ ...says, ...fields }));
  stations.deadLetters = stations.deadLetters.map((one) =>
    one.partition === letter.partition && one.offset === letter.offset ? { ...one, value } : one,
  );
}

describe('replays gone wrong', () => {
  tamper(
    'a replay that the job lost',
    (stations, _, pick) => {
      changeReplay(stations, pick, -1);
    },
    (result) => {
      expect(result).toMatchObject({ unaccounted: 1, doubleCounted: 0, forced: { events: 0 } });
    },
  );
  tamper(
    'a replay that the job counted twice',
    (stations, _, pick) => {
      changeReplay(stations, pick, 1);
    },
    (result) => {
      expect(result).toMatchObject({ unaccounted: 0, doubleCounted: 1, forced: { events: 0 } });
      expect(result.mismatches).toMatchObject([{ hop: 'raw-aggregates', field: 'events' }]);
    },
  );
  tamper(
    'a journal entry without a raw record',
    (stations, { letters }) => {
      const entry = { replay_id: 'ghost', attempt: 1, replayed_at: 0 };
      stations.journal.push(journalLine(letters.at(-2)!, entry));
    },
    (result, { letters }) => {
      const { partition, offset } = letters.at(-2)!;
      const place = `dead letter ${String(partition)}:${String(offset)}`;
      expect(result).toMatchObject({
        unaccounted: 1,
        mismatches: [{ hop: 'raw-journal', expected: 'ghost' }],
      });
      expect(result.mismatches[0]?.sentence).toContain(place);
    },
  );
  tamper(
    'an earlier replay in the journal without a raw record',
    (stations, model) => {
      const letter = model.letters.findIndex((_, n) => journalOf(model, n).length > 0);
      const value = journalOf(model, letter).at(-1)!.value!;
      const entry = JSON.parse(new TextDecoder().decode(value)) as Parameters<typeof journalLine>[1];
      const earlier = [{ replay_id: 'ghost', attempt: 1, replayed_at: 0 }];
      stations.journal.push(journalLine(model.letters[letter]!, { ...entry!, earlier }));
    },
    (result) => {
      expect(result).toMatchObject({
        unaccounted: 1,
        mismatches: [{ hop: 'raw-journal', expected: 'ghost' }],
      });
    },
  );
  tamper(
    'a replayed record that the journal does not know',
    (stations, _, pick) => {
      stations.journal.splice(pick % stations.journal.length, 1);
    },
    (result) => {
      expect(result).toMatchObject({ unaccounted: 0, mismatches: [{ hop: 'raw-journal', expected: null }] });
    },
  );
  tamper(
    'a record of the journal that cannot be read',
    (stations, _, pick) => {
      const line = stations.journal[pick % stations.journal.length]!;
      stations.journal.push({ ...line, value: new TextEncoder().encode('{"attempt":0}') });
    },
    (result) => {
      expect(result.mismatches).toMatchObject([{ hop: 'raw-journal', actual: 'unreadable' }]);
    },
  );
  tamper(
    'an attempt that was not counted on in the dead letter',
    (stations, model) => {
      rewrite(stations, model, { attempt: 1 });
    },
    (result) => {
      expect(result.mismatches).toMatchObject([{ hop: 'raw-dlq', field: 'record' }]);
      expect(result.mismatches[0]?.sentence).toMatch(
        /should say attempt \d+, back from replay r\d+, and says attempt 1/,
      );
    },
  );
  tamper(
    'a dead letter that names another replay than the one it came back from',
    (stations, model) => {
      rewrite(stations, model, { replay_id: null });
    },
    (result) => {
      expect(result.mismatches).toMatchObject([
        { hop: 'raw-dlq', actual: expect.stringContaining('of no replay') as string },
      ]);
    },
  );
  tamper(
    'a replayed record that became a too-late dead letter',
    (stations, model) => {
      const counted = model.raw.filter((record) => !model.letters.some(({ source }) => source === record));
      const source = counted.findLast(({ headers }) => headers.length > 0)!;
      const letter = {
        reason: 'too_late',
        source_topic: 'events.raw.v1',
        source_partition: source.partition,
        source_offset: source.offset,
      };
      stations.deadLetters.push({
        partition: 7,
        offset: 0,
        value: new TextEncoder().encode(JSON.stringify(letter)),
      });
      stations.clickhouseDeadLetters.push({ partition: 7, offset: 0, reason: 'too_late' });
    },
    (result) => {
      expect(
        result.mismatches.some(
          ({ hop, sentence }) => hop === 'raw-dlq' && sentence.includes('record of replay'),
        ),
      ).toBe(true);
    },
  );
});
