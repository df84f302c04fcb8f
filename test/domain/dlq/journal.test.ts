import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Journal } from '../../../src/domain/dlq/journal.js';
import { bytes } from './support.js';

const json = (value: unknown): Uint8Array => bytes(JSON.stringify(value));
const entry = (replay_id: string, rest = {}): Uint8Array =>
  json({ replay_id, attempt: 1, replayed_at: 5, ...rest });
const at = (partition: number, offset: number): Uint8Array => json({ partition, offset });

describe('the journal', () => {
  it('knows what became of a letter, the latest of each', () => {
    const journal = new Journal();
    journal.add({ key: at(1, 70_000), value: entry('r1') });
    journal.add({ key: at(1, 70_000), value: entry('r2', { attempt: 2, repaired: true, forced: true }) });
    journal.add({ key: at(0, 70_000), value: entry('r1') });
    expect(journal.at({ partition: 1, offset: 70_000 })).toEqual({
      replayId: 'r2',
      attempt: 2,
      repaired: true,
      forced: true,
    });
    expect(journal.at({ partition: 0, offset: 70_000 })).toMatchObject({ replayId: 'r1', repaired: false });
    expect(journal.at({ partition: 1, offset: 69_999 })).toBeUndefined();
    expect(journal.size).toBe(2);
  });

  it('takes back what a tombstone takes back', () => {
    const journal = new Journal();
    journal.add({ key: at(1, 2), value: entry('r1') });
    journal.add({ key: at(1, 2), value: null });
    journal.add({ key: at(3, 4), value: null });
    expect(journal.has({ partition: 1, offset: 2 })).toBe(false);
    expect(journal.size).toBe(0);
  });

  it('keeps what each replay did, the latest of each', () => {
    const journal = new Journal();
    const says = { started_at: 1, selection: '', forced: false, repaired: 0, skipped: {} };
    const replay = (state: string, replayed: number) =>
      json({ ...says, state, updated_at: replayed, matched: 9, replayed });
    journal.add({ key: json({ replay_id: 'r1' }), value: replay('running', 3) });
    journal.add({ key: json({ replay_id: 'r2' }), value: replay('running', 1) });
    journal.add({ key: json({ replay_id: 'r1' }), value: replay('done', 9) });
    expect([...journal.past].map(([id, { state, replayed }]) => [id, state, replayed])).toEqual([
      ['r1', 'done', 9],
      ['r2', 'running', 1],
    ]);
  });

  it('counts what is of neither kind, and goes on', () => {
    const journal = new Journal();
    const odd = [
      { key: null, value: entry('r1') },
      { key: bytes('?'), value: entry('r1') },
      { key: at(-1, 0), value: entry('r1') },
      { key: at(0, 0), value: bytes('?') },
      { key: at(0, 0), value: json({ replay_id: '', attempt: 1, replayed_at: 5 }) },
      { key: json({ replay_id: 'r1' }), value: json({ state: 'asleep' }) },
    ];
    for (const line of odd) journal.add(line);
    journal.add({ key: at(0, 1), value: entry('r1') });
    expect(journal.unreadable).toBe(odd.length);
    expect(journal.has({ partition: 0, offset: 1 })).toBe(true);
    expect(journal.has({ partition: 0, offset: 0 })).toBe(false);
  });

  it('remembers every place as a map would', () => {
    const place = fc.record({
      partition: fc.nat(3),
      offset: fc.oneof(fc.nat(5), fc.integer({ min: 65_534, max: 65_538 }), fc.constant(2 ** 40)),
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(place, fc.option(fc.constantFrom('a', 'b', 'c')))), (lines) => {
        const journal = new Journal();
        const model = new Map<string, string>();
        for (const [{ partition, offset }, id] of lines) {
          journal.add({ key: at(partition, offset), value: id === null ? null : entry(id) });
          if (id === null) model.delete(`${partition}:${offset}`);
          else model.set(`${partition}:${offset}`, id);
        }
        expect(journal.size).toBe(model.size);
        for (const [{ partition, offset }] of lines)
          expect(journal.at({ partition, offset })?.replayId).toBe(model.get(`${partition}:${offset}`));
      }),
    );
  });
});
