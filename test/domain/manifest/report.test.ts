import { describe, expect, it } from 'vitest';
import { Differences } from '../../../src/domain/manifest/differences.js';
import { Manifest } from '../../../src/domain/manifest/manifest.js';
import {
  foreignFiles,
  manifestSentences,
  manifestVerdict,
  verdictTable,
} from '../../../src/domain/manifest/report.js';
import type { ManifestResult } from '../../../src/domain/manifest/result.js';

const file = {
  file: 'run.ndjson',
  entries: 100_000,
  acknowledged: 100_000,
  truncated: false,
  found: 100_000,
  missing: 0,
  different: 0,
};
const right: ManifestResult = {
  ok: true,
  files: [file],
  entries: 100_000,
  acknowledged: 100_000,
  found: 100_000,
  missing: 0,
  different: 0,
  unacknowledged: { total: 0, found: 0, absent: 0, withoutId: 0 },
  resent: { entries: 0, copies: 0 },
  unlisted: 0,
  verdicts: {
    audited: true,
    compared: 100_000,
    asIntended: 100_000,
    matrix: { on_time: { on_time: 98_000 }, late: { late: 2_000 } },
    judgedOtherwise: {},
    wrong: 0,
  },
  replays: [],
  mismatches: [],
  mismatchesTotal: 0,
};

describe('the report of a manifest', () => {
  it('is short when everything is right', () => {
    expect(manifestSentences(right)).toBe(
      'Manifest: 100 000 of 100 000 acknowledged records are where the broker said.\n' +
        '  100 000 of 100 000 were judged as intended.',
    );
    expect(manifestVerdict(right)).toContain('agrees');
  });

  it('tells what each replay made of the entries', () => {
    const sums = { counted: 0, repaired: 0, countedAgain: 0, stillInvalid: 0 };
    const replays = [
      { ...sums, replayId: 'r1', counted: 1_200, repaired: 3, stillInvalid: 1 },
      { ...sums, replayId: 'r2\u001b[2J', countedAgain: 4 },
    ];
    const lines = manifestSentences({ ...right, replays })
      .split('\n')
      .slice(2);
    expect(lines).toEqual([
      '  Replay r1 brought 1 200 back (3 of them repaired), sent 1 that is still invalid.',
      '  Replay r2\\u001b[2J counted 4 again.',
    ]);
    const many = Array.from({ length: 12 }, () => replays[1]!);
    expect(manifestSentences({ ...right, replays: many })).toContain('2 more replays');
  });

  it('tells what is uncertain, and why', () => {
    const text = manifestSentences({
      ...right,
      unacknowledged: { total: 5, found: 2, absent: 2, withoutId: 1 },
      resent: { entries: 500, copies: 3 },
      unlisted: 1_234,
      verdicts: {
        ...right.verdicts,
        audited: false,
        asIntended: 99_990,
        judgedOtherwise: { late: { too_late: 10 } },
      },
    });
    expect(text.split('\n').slice(1)).toEqual([
      '  Not acknowledged: 5, of which on the topic 2, not there 2, without an id to look for 1.',
      '  Further copies of records that were sent again without an answer: 3.',
      '  1 234 other raw records are in no manifest.',
      '  99 990 of 100 000 were judged as intended, 10 otherwise (the watermark, or what the lab knew of their ids, was not as the run supposed: see docs/traffic.md).' +
        ' On time and late cannot be told apart without --audit.',
    ]);
  });

  it('speaks of one record as of one', () => {
    const text = manifestSentences({ ...right, ok: false, missing: 1, unlisted: 1 });
    expect(text).toContain('1 is missing');
    expect(text).toContain('1 other raw record is in no manifest');
  });

  it('asks whether a manifest is of another lab when nearly nothing is there, and names that one only', () => {
    const other = { ...file, file: 'other.ndjson', found: 10, missing: 99_990 };
    const result = { ...right, ok: false, files: [file, other], missing: 99_990 };
    expect(foreignFiles(result)).toEqual(['other.ndjson']);
    expect(manifestSentences(result)).toContain('99 990 are missing');
    expect(manifestSentences(result)).toContain(
      'other.ndjson is there: the manifest is of another lab or topic?',
    );
  });

  it('shows the matrix with the columns that occur, in one order', () => {
    const matrix = {
      invalid: { invalid: 1_000, other_reason: 1 },
      late: { late: 5, on_time: 1 },
      on_time: { on_time: 7_000 },
    };
    expect(verdictTable(matrix)).toEqual({
      head: ['MEANT TO BE', 'ON TIME', 'LATE', 'INVALID', 'OTHER REASON'],
      rows: [
        ['on time', '7 000', '', '', ''],
        ['late', '1', '5', '', ''],
        ['invalid', '', '', '1 000', '1'],
      ],
    });
  });

  it('shows twenty differences, keeps a thousand and counts all', () => {
    const manifest = new Manifest();
    manifest.beginFile('run.ndjson');
    const differences = new Differences(manifest);
    const common = {
      id: null,
      key: null,
      event_time: 0,
      window: 0,
      verdict: 'on_time' as const,
      partition: 1,
    };
    for (let index = 0; index < 1_500; index++) {
      manifest.add({ ...common, index, offset: index });
      differences.addEntry(index, { kind: 'missing', expected: null, actual: null, says: 'is not there' });
    }
    const { kept: mismatches, total: mismatchesTotal } = differences;
    expect(mismatches).toHaveLength(1_000);
    const text = manifestVerdict({ ...right, ok: false, mismatches, mismatchesTotal });
    expect(text.split('\n')).toHaveLength(22);
    expect(text).toContain('run.ndjson line 3 (without an id): raw 1:2 is not there');
    expect(text).toContain('and 1 480 more');
  });
});
