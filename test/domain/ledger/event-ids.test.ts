import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventIds } from '../../../src/domain/ledger/event-ids.js';

describe('the set of event ids', () => {
  it('knows an id again, as a Set of strings does', () => {
    const id = fc.oneof(
      fc.uuid(),
      fc.uuid().map((text) => text.toUpperCase()),
      fc.nat(50).map((n) => `00000000-0000-0000-0000-${String(n).padStart(12, '0')}`),
    );
    fc.assert(
      fc.property(fc.array(id, { maxLength: 200 }), (ids) => {
        const table = new EventIds();
        const known = new Map<string, number>();
        for (const eventId of ids) {
          const entry = known.get(eventId);
          expect(table.add(eventId)).toBe(entry === undefined ? known.size : ~entry);
          if (entry === undefined) known.set(eventId, known.size);
        }
        expect(table.size).toBe(known.size);
      }),
    );
  });

  it('takes an id in capitals for another one, as the job does', () => {
    const table = new EventIds();
    const id = 'abcdef00-1111-4222-8333-abcdefabcdef';
    expect(table.add(id)).toBe(0);
    expect(table.add(id.toUpperCase())).toBe(1);
    expect(table.add(`A${id.slice(1)}`)).toBe(2);
    expect(table.add(id)).toBe(~0);
  });

  it('grows past its first size and several chunks', () => {
    const table = new EventIds();
    const id = (n: number) => `${n.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`;
    for (let n = 0; n < 600_000; n++) table.add(id(n));
    expect(table.size).toBe(600_000);
    for (let n = 0; n < 600_000; n += 977) expect(table.add(id(n))).toBe(~n);
  });

  it('finds entries without adding them, and gives their ids back', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: 50 }), ([other = '', ...ids]) => {
        const table = new EventIds();
        for (const id of ids) table.add(id);
        ids.forEach((id, entry) => {
          expect(table.find(id)).toBe(entry);
          expect(table.textOf(entry)).toBe(id);
          expect(table.matches(entry, id)).toBe(true);
          expect(table.matches(entry, other)).toBe(false);
        });
        expect(table.find(other)).toBe(-1);
        expect(table.size).toBe(ids.length);
      }),
    );
  });
});
