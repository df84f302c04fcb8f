import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ManifestResult } from '../../../src/domain/manifest/result.js';
import { tooLate } from '../../../src/domain/dlq/contract.js';
import type { ManifestEntry } from '../../../src/domain/traffic/manifest.js';
import { dedupeHorizonMs, payloadOf, uuid } from '../ledger/pipeline-model.js';
import { check, inOrder, lineOf, pickOf } from './support.js';
import { world, type World } from './world.js';

const acknowledged = (w: World): ManifestEntry[] => w.entries.filter(({ offset }) => offset !== null);
const at = (entry: ManifestEntry) => (record: { partition: number; offset: number }) =>
  record.partition === entry.partition && record.offset === entry.offset;

/** Changes a world that is right, and says what must be found. */
function corrupt(
  name: string,
  change: (w: World, pick: number) => Partial<ManifestResult['mismatches'][number]>,
  options: { withAudit?: boolean } = {},
) {
  it(`finds and names ${name}`, () => {
    fc.assert(
      fc.property(world, fc.nat(), (w, pick) => {
        const expected = change(w, pick);
        const result = check(w, options);
        expect(result.ok).toBe(false);
        expect(result.mismatches).toContainEqual(expect.objectContaining(expected));
      }),
    );
  });
}

const place = ({ partition, offset }: ManifestEntry) => ({ partition, offset });

describe('a manifest of a run through a pipeline that works', () => {
  it('agrees, entry by entry, whichever copy of an event the pipeline kept', () => {
    fc.assert(
      fc.property(world, (w) => {
        const result = check(w);
        expect(result.mismatches).toEqual([]);
        const { unacknowledged, copies, unlisted, matrix } = w.expected;
        const total = acknowledged(w).length;
        expect(result).toMatchObject({
          ok: true,
          entries: w.entries.length,
          acknowledged: total,
          found: total,
          missing: 0,
          different: 0,
          unlisted,
          verdicts: { audited: true, compared: total, wrong: 0 },
        });
        expect(result.verdicts.matrix).toEqual(matrix);
        expect(inOrder(result.replays)).toEqual(inOrder(w.expected.replays));
        // Of equal records nobody can tell which one was not acknowledged and which is a copy of one sent again.
        const { total: sent, found, absent, withoutId } = result.unacknowledged;
        expect({ sent, withoutId }).toEqual({
          sent: unacknowledged.total,
          withoutId: unacknowledged.withoutId,
        });
        expect(found + absent + withoutId).toBe(sent);
        expect(found).toBeGreaterThanOrEqual(unacknowledged.found);
        expect(found + result.resent.copies).toBe(unacknowledged.found + copies);
      }),
      { numRuns: 300 },
    );
  });

  it('agrees without the audit topic, with on time and late as one class', () => {
    fc.assert(
      fc.property(world, (w) => {
        const result = check(w, { withAudit: false });
        expect(result.mismatches).toEqual([]);
        expect(result).toMatchObject({ ok: true, verdicts: { audited: false, wrong: 0 } });
        expect(inOrder(result.replays)).toEqual(inOrder(w.expected.replays));
        expect(result.verdicts.matrix.on_time?.on_time).toBeUndefined();
        expect(result.verdicts.matrix.late?.on_time_or_late).toBeGreaterThan(0);
        expect(result.verdicts.judgedOtherwise.late?.on_time_or_late).toBeUndefined();
      }),
    );
  });

  it('tells what was judged otherwise than intended, and does not fail for it', () => {
    fc.assert(
      fc.property(world, (w) => {
        const { judgedOtherwise, matrix, compared, asIntended } = check(w).verdicts;
        let otherwise = 0;
        for (const [intended, row] of Object.entries(matrix)) {
          for (const [actual, n] of Object.entries(row)) {
            if (intended === actual) continue;
            otherwise += n;
            expect(judgedOtherwise).toMatchObject({ [intended]: { [actual]: n } });
          }
        }
        expect(asIntended + otherwise).toBe(compared);
      }),
    );
  });
});

describe('where the records are', () => {
  corrupt('a record that is not there', (w, pick) => {
    const entry = pickOf(acknowledged(w), pick);
    w.raw.splice(w.raw.findIndex(at(entry)), 1);
    return { kind: 'missing', ...lineOf(w, entry), id: entry.id, ...place(entry), actual: null };
  });
  corrupt('an entry beyond the end of the partition', (w, pick) => {
    const entry = pickOf(acknowledged(w), pick);
    entry.offset = pick % 2 === 0 ? 1_000 : 2 ** 40;
    const sentence = expect.stringContaining('the partition ends before offset') as string;
    return { kind: 'missing', ...lineOf(w, entry), ...place(entry), sentence };
  });
  corrupt('an entry in a partition that the topic has not', (w, pick) => {
    const entry = pickOf(acknowledged(w), pick);
    entry.partition = pick % 2 === 0 ? 7 : 70_000;
    const sentence = expect.stringContaining(`no partition ${String(entry.partition)}`) as string;
    return { kind: 'missing', ...lineOf(w, entry), ...place(entry), sentence };
  });
  corrupt('two offsets that were swapped', (w, pick) => {
    const withId = acknowledged(w).filter(({ id }) => id !== null);
    const one = pickOf(withId, pick);
    const other =
      withId.find(({ id, key }) => id !== one.id && key === one.key) ??
      withId.find(({ id }) => id !== one.id)!;
    [one.partition, one.offset, other.partition, other.offset] = [
      other.partition,
      other.offset,
      one.partition,
      one.offset,
    ];
    return { kind: 'different', ...lineOf(w, one), id: one.id, ...place(one), actual: other.id };
  });
  corrupt('another id', (w, pick) => {
    const entry = pickOf(
      acknowledged(w).filter(({ id }) => id !== null),
      pick,
    );
    const was = entry.id;
    entry.id = pick % 2 === 0 ? uuid(777_777) : 'not-a-uuid';
    return { kind: 'different', ...lineOf(w, entry), id: entry.id, actual: was };
  });
  corrupt('an id in capitals, which is another id', (w, pick) => {
    const entry = pickOf(
      acknowledged(w).filter(({ id }) => id !== null),
      pick,
    );
    const record = w.raw.find(at(entry))!;
    const lower = 'abcdef00-1111-4222-8333-abcdefabcdef';
    const text = new TextDecoder().decode(record.value).replace(entry.id!, lower);
    record.value = new TextEncoder().encode(text);
    entry.id = lower.toUpperCase();
    return { kind: 'different', id: lower.toUpperCase(), actual: lower };
  });
  corrupt('another key', (w, pick) => {
    const entry = pickOf(
      acknowledged(w).filter(({ id }) => id !== null),
      pick,
    );
    entry.key = pick % 2 === 0 ? 'somebody' : null;
    const sentence = expect.stringContaining('has another key, "üser-') as string;
    return { kind: 'different', ...lineOf(w, entry), sentence };
  });
  corrupt('a place that two entries claim', (w, pick) => {
    const entry = pickOf(acknowledged(w), pick);
    const again = { ...entry };
    w.entries.push(again);
    return { kind: 'different', ...lineOf(w, again), ...place(entry), actual: 'another entry' };
  });

  it('counts what is missing and different by file', () => {
    fc.assert(
      fc.property(world, fc.nat(), (w, pick) => {
        const entry = pickOf(acknowledged(w), pick);
        w.raw.splice(w.raw.findIndex(at(entry)), 1);
        const { file } = lineOf(w, entry);
        for (const counted of check(w).files) expect(counted.missing).toBe(counted.file === file ? 1 : 0);
      }),
    );
  });
});

describe('what became of the events', () => {
  const timely = (w: World) =>
    acknowledged(w).filter(({ verdict }) => verdict !== 'duplicate' && verdict !== 'invalid');
  const invalid = (w: World) => acknowledged(w).filter(({ verdict }) => verdict === 'invalid');
  const isOf =
    ({ partition, offset }: { partition: number; offset: number | null }) =>
    ({ source_partition, source_offset }: World['audit'][number]) =>
      source_partition === partition && source_offset === offset;
  const loseLetter = (w: World, entry: ManifestEntry) => {
    const letter = w.deadLetters.findIndex(({ source }) => at(entry)(source));
    if (letter >= 0) w.deadLetters.splice(letter, 1);
  };

  corrupt('a duplicate that was counted', (w) => {
    const event = w.events[1]!;
    const copy = event.copies.at(-1)!;
    const { partition, offset } = copy;
    w.audit.push({ source_partition: partition, source_offset: offset, verdict: 'late', reason: null });
    return {
      kind: 'counted_twice',
      id: uuid(event.spec.id),
      partition,
      offset,
      expected: 'duplicate',
      actual: 'late',
    };
  });
  corrupt(
    'a duplicate that is in the dead-letter queue beside its original, without the audit topic too',
    (w) => {
      const event = w.events.findLast(({ became }) => became === 'too_late')!;
      const letter = w.deadLetters.find(
        ({ source, reason }) => reason === tooLate && event.copies.includes(source as never),
      )!;
      const last = w.raw.filter((record) => record.partition === letter.source.partition).at(-1)!;
      const copy = { ...letter.source, offset: last.offset + 1, key: last.key };
      w.raw.push(copy);
      const value = new TextDecoder()
        .decode(letter.value)
        .replace(/"source_offset":\d+/, `"source_offset":${String(copy.offset)}`);
      w.deadLetters.push({ ...letter, offset: 9_999, value: new TextEncoder().encode(value) });
      return { kind: 'counted_twice', id: uuid(event.spec.id), offset: copy.offset, file: null };
    },
    { withAudit: false },
  );
  corrupt('another reason than intended', (w, pick) => {
    const entry = pickOf(invalid(w), pick);
    const was = entry.reason!;
    entry.reason = 'missing_field:page';
    return {
      kind: 'verdict',
      ...lineOf(w, entry),
      expected: 'invalid (missing_field:page)',
      actual: `invalid (${was})`,
    };
  });
  corrupt(
    'an invalid record that was meant to be valid',
    (w, pick) => {
      const entry = pickOf(invalid(w), pick);
      const was = entry.reason!;
      entry.verdict = 'on_time';
      delete entry.reason;
      return { kind: 'verdict', ...lineOf(w, entry), expected: 'on time', actual: `invalid (${was})` };
    },
    { withAudit: false },
  );
  corrupt('a valid record that was meant to be invalid', (w, pick) => {
    const entry = pickOf(timely(w), pick);
    entry.verdict = 'invalid';
    entry.reason = 'malformed_json';
    return { kind: 'verdict', ...lineOf(w, entry), expected: 'invalid (malformed_json)' };
  });
  corrupt('an event that went nowhere', (w, pick) => {
    // Not the first of a partition: before the first verdict the audit may not have been on.
    const entry = pickOf(
      timely(w).filter(({ id }) =>
        w.events.slice(3).some(({ spec, isBack }) => uuid(spec.id) === id && !isBack),
      ),
      pick,
    );
    const event = w.events.find(({ spec }) => uuid(spec.id) === entry.id)!;
    for (const copy of event.copies) {
      w.audit = w.audit.filter((verdict) => !isOf(copy)(verdict));
      loseLetter(w, { ...entry, offset: copy.offset });
    }
    return { kind: 'verdict', ...lineOf(w, entry), id: entry.id, actual: 'nowhere' };
  });
  corrupt(
    'an invalid record that went nowhere, without the audit topic too',
    (w, pick) => {
      const entry = pickOf(invalid(w), pick);
      loseLetter(w, entry);
      return { kind: 'verdict', ...lineOf(w, entry), actual: 'nowhere' };
    },
    { withAudit: false },
  );
  corrupt('a verdict that the dead-letter queue does not bear out', (w, pick) => {
    const entry = pickOf(invalid(w), pick);
    loseLetter(w, entry);
    return { kind: 'audit', ...lineOf(w, entry), actual: null };
  });

  it('takes a too-late repeat beyond the dedupe horizon for an event of its own', () => {
    fc.assert(
      fc.property(world, (w) => {
        const event = w.events[2]!;
        const first = event.copies[0]!;
        const last = w.raw.filter(({ partition }) => partition === first.partition).at(-1)!;
        const copy = {
          ...first,
          offset: last.offset + 1,
          timestampMs: first.timestampMs + dedupeHorizonMs + 1,
        };
        expect(new TextDecoder().decode(copy.value)).toBe(payloadOf(event.spec));
        w.raw.push(copy);
        const source = { source_partition: copy.partition, source_offset: copy.offset };
        w.audit.push({ ...source, verdict: tooLate, reason: tooLate });
        const letter = { ...source, source_topic: 'events.raw.v1', reason: tooLate };
        const value = new TextEncoder().encode(JSON.stringify(letter));
        const blank = { reason: tooLate, payload: '', source: copy, attempt: 1 };
        w.deadLetters.push({ partition: 8, offset: 0, value, ...blank });
        w.entries.push({ ...w.entries[2]!, verdict: 'duplicate', offset: copy.offset });
        const result = check(w);
        expect(result.mismatches).toEqual([]);
        expect(result.verdicts.judgedOtherwise.duplicate?.too_late).toBeGreaterThan(0);
      }),
    );
  });

  it('takes records from before the audit was switched on as the ledger does', () => {
    fc.assert(
      fc.property(world, (w) => {
        w.audit = w.audit.filter(({ source_partition }) => source_partition !== 0);
        const result = check(w);
        expect(result.mismatches).toEqual([]);
        expect(result.verdicts.matrix.on_time?.on_time_or_late).toBeGreaterThan(0);
      }),
    );
  });

  it('counts verdicts that are not what the contract says', () => {
    fc.assert(
      fc.property(world, (w) => {
        w.audit.push({ source_partition: -1, source_offset: 0, verdict: 'late', reason: null });
        expect(check(w).mismatches).toMatchObject([{ kind: 'audit', file: null, actual: 'unreadable' }]);
      }),
      { numRuns: 5 },
    );
  });
});
