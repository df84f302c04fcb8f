import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ManifestResult } from '../../../src/domain/manifest/result.js';
import type { ManifestEntry } from '../../../src/domain/traffic/manifest.js';
import { dedupeHorizonMs, payloadOf, PipelineModel, start, uuid } from '../ledger/pipeline-model.js';
import { check, inOrder, lineOf, pickOf } from './support.js';
import { forcedWorld, world, type World } from './world.js';

describe('dead letters that were replayed', () => {
  it('count again by force, and each is named with its replay', () => {
    fc.assert(
      fc.property(forcedWorld, fc.boolean(), (w, withAudit) => {
        const result = check(w, { withAudit });
        const { again, replays, matrix } = w.expected;
        expect(inOrder(result.replays)).toEqual(inOrder(replays));
        expect(result.ok).toBe(again.length === 0);
        expect(result.mismatchesTotal).toBe(again.length);
        for (const { replayId, origin, isForced } of again) {
          const { entry, spec } = origin;
          const where = entry === undefined ? { file: null, id: uuid(spec.id) } : lineOf(w, entry);
          const named = `counted again by replay ${replayId} (raw ${String(spec.partition)}:`;
          const sentence = expect.stringContaining(named) as string;
          const expected = { kind: 'counted_twice', ...where, sentence };
          expect(result.mismatches).toContainEqual(expect.objectContaining(expected));
          expect(result.mismatches.some((one) => one.sentence.includes('which was forced'))).toBe(
            again.some((one) => one.isForced) || isForced,
          );
        }
        if (withAudit) expect(result.verdicts.matrix).toEqual(matrix);
      }),
    );
  });

  it('are found missing when the job dropped them', () => {
    fc.assert(
      fc.property(world, fc.nat(), (w, pick) => {
        const heard = w.audit.filter(({ verdict }) => verdict === 'replayed');
        fc.pre(heard.length > 0 && w.expected.replays.some(({ counted }) => counted > 0));
        const lost = pickOf(heard, pick);
        w.audit = w.audit.filter((verdict) => verdict !== lost);
        const result = check(w);
        const name = `raw ${String(lost.source_partition)}:${String(lost.source_offset)}), which was dropped by the job`;
        const counts = (list: ManifestResult['replays']) =>
          list.reduce((sum, { counted }) => sum + counted, 0);
        // What is in no manifest is nobody's loss.
        const isListed = counts(result.replays) < counts(w.expected.replays);
        expect(result.mismatches.map(({ kind }) => kind)).toEqual(isListed ? ['verdict'] : []);
        if (isListed) expect(result.mismatches[0]?.sentence).toContain(name);
      }),
    );
  });
});

describe('one dead letter that was replayed', () => {
  const order = { id: 1, type: 'order_placed', channel: 'web', minute: 0, cents: 500, partition: 0 } as const;
  /** The manifest of the first records of a run, which were meant to be this. */
  const entries = (model: PipelineModel, ...verdicts: ManifestEntry['verdict'][]): ManifestEntry[] =>
    verdicts.map((verdict, index) => {
      const { partition, offset } = model.raw[index]!;
      return { index, id: uuid(1), key: null, event_time: 5, window: 0, verdict, partition, offset };
    });
  const result = (model: PipelineModel, listed: ManifestEntry[], audit: World['audit'] = []) =>
    check(
      { entries: listed, raw: model.raw, deadLetters: model.letters, journal: model.journal, audit },
      { withAudit: audit.length > 0 },
    );

  it('waits on when its replay carried another event', () => {
    const model = new PipelineModel();
    model.event(order, 'too_late');
    model.replay(0, 'r1', payloadOf({ ...order, id: 2 }));
    expect(result(model, entries(model, 'too_late'))).toMatchObject({
      ok: true,
      verdicts: { matrix: { too_late: { too_late: 1 } } },
      replays: [],
    });
  });

  it('is an event of its own when it came after the dedupe horizon', () => {
    for (const became of ['on_time', 'too_late'] as const) {
      const model = new PipelineModel();
      model.event(order, became);
      const timestampMs = start + 600_000 + dedupeHorizonMs + 1;
      model.deadLetter(model.write(payloadOf(order), 0, { timestampMs }), 'too_late');
      model.replay(model.letters.length - 1, 'r1');
      const first = became === 'on_time' ? 'on_time_or_late' : became;
      expect(result(model, entries(model, became, 'duplicate'))).toMatchObject({
        ok: true,
        verdicts: { matrix: { [became]: { [first]: 1 }, duplicate: { replayed: 1 } }, wrong: 0 },
        replays: [{ replayId: 'r1', counted: 1 }],
      });
    }
  });

  it('counts when the job took the other of two copies in one replay', () => {
    const model = new PipelineModel();
    for (const partition of [0, 1]) model.invalid(payloadOf(order).replace('"user_id":"u",', ''), partition);
    for (const letter of [0, 1]) model.replay(letter, 'r1', payloadOf(order));
    const listed = entries(model, 'invalid', 'invalid');
    const audit = (verdict: string, source_partition: number, source_offset: number) => {
      const reason = verdict === 'invalid' ? 'missing_field:user_id' : null;
      return { source_partition, source_offset, verdict, reason };
    };
    const invalid = [audit('invalid', 0, 0), audit('invalid', 1, 0)];
    const took = { ok: true, mismatches: [], replays: [{ replayId: 'r1', counted: 1, repaired: 1 }] };
    for (const partition of [0, 1]) {
      expect(result(model, listed, [...invalid, audit('replayed', partition, 1)])).toMatchObject(took);
    }
    const lost = result(model, listed, invalid);
    expect(lost.mismatches).toMatchObject([{ kind: 'verdict', id: uuid(1), actual: 'nowhere' }]);
  });
});
