import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entryProblem } from '../../../src/domain/manifest/entry-check.js';
import { hashKey, hashKeyBytes, ManifestIds } from '../../../src/domain/manifest/ids.js';
import { Manifest } from '../../../src/domain/manifest/manifest.js';
import { Outcomes } from '../../../src/domain/manifest/outcomes.js';
import { manifestEntrySchema, type ManifestEntry } from '../../../src/domain/traffic/manifest.js';

const entry: ManifestEntry = {
  index: 0,
  id: '00000000-0000-4000-8000-000000000000',
  key: 'user-1',
  event_time: 1_767_225_600_005,
  window: 1_767_225_600_000,
  verdict: 'on_time',
  partition: 2,
  offset: 17,
};
const fields = [...Object.keys(entry), 'reason', 'resent'];
const odd = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    '',
    'late',
    'invalid',
    -1,
    -0,
    0,
    1.5,
    2 ** 53,
    1e400,
    {},
    [],
    [1],
  ),
  fc.jsonValue(),
  fc.double(),
  fc.string(),
);

describe('the check of a line', () => {
  it('accepts what the schema accepts, and nothing else', () => {
    const value = fc.oneof(
      { weight: 1, arbitrary: fc.jsonValue() },
      {
        weight: 8,
        arbitrary: fc
          .record({
            changes: fc.dictionary(fc.constantFrom(...fields), odd, { maxKeys: 2 }),
            drop: fc.option(fc.constantFrom(...fields)),
          })
          .map(({ changes, drop }) =>
            Object.fromEntries(Object.entries({ ...entry, ...changes }).filter(([name]) => name !== drop)),
          ),
      },
    );
    fc.assert(
      fc.property(value, (candidate) => {
        const isRight = manifestEntrySchema.safeParse(candidate).success;
        expect(entryProblem(candidate) === undefined, JSON.stringify(candidate)).toBe(isRight);
      }),
      { numRuns: 3_000 },
    );
  });

  it('names the field that is wrong, and says what it is', () => {
    expect(entryProblem([])).toBe('it is not an object');
    const withoutKey = { ...entry, key: undefined };
    expect(entryProblem(withoutKey)).toBe('it has no "key"');
    expect(entryProblem({ ...entry, verdict: 'early' })).toBe('"verdict" cannot be "early"');
    expect(entryProblem({ ...entry, offset: -1 })).toBe('"offset" cannot be -1');
  });
});

describe('the columns of a manifest', () => {
  const anyEntry = fc.record({
    id: fc.oneof(
      fc.uuid(),
      fc.uuid().map((id) => id.toUpperCase()),
      fc.string(),
      fc.constant(null),
    ),
    key: fc.option(fc.string({ unit: 'grapheme' })),
    verdict: fc.constantFrom('on_time', 'late', 'too_late', 'duplicate', 'invalid'),
    partition: fc.oneof(fc.nat(3), fc.constantFrom(65_534, 65_535, 65_536, 1_000_000)),
    offset: fc.oneof(fc.nat(100), fc.constantFrom(null, 2 ** 32 - 2, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1)),
    resent: fc.boolean(),
  });

  it('give back what was put in, with the line of each entry', () => {
    fc.assert(
      fc.property(fc.array(fc.array(anyEntry), { minLength: 1, maxLength: 4 }), (files) => {
        const manifest = new Manifest();
        files.forEach((file, n) => {
          manifest.beginFile(String(n));
          for (const { resent, ...rest } of file) {
            manifest.add({ ...entry, ...rest, ...(resent ? { resent: true } : {}) });
          }
        });
        let number = 0;
        files.forEach((file, n) => {
          file.forEach((given, line) => {
            const { partition, offset } = given;
            expect(manifest.isAcknowledged(number)).toBe(offset !== null);
            if (offset !== null) expect(manifest.placeOf(number)).toEqual({ partition, offset });
            else expect(manifest.placeOf(number).partition).toBe(partition);
            const id = manifest.idOf(number);
            expect(id < 0 ? null : manifest.ids.textOf(id)).toBe(given.id);
            expect(manifest.keyHashOf(number)).toBe(hashKey(given.key));
            expect(manifest.outcomes.nameOf(manifest.intentOf(number))).toBe(given.verdict);
            expect(manifest.isResent(number)).toBe(given.resent);
            expect(manifest.lineOf(number)).toEqual({ file: n, line: line + 1 });
            number++;
          });
          expect(manifest.files[n]).toMatchObject({
            entries: file.length,
            acknowledged: file.filter(({ offset }) => offset !== null).length,
          });
        });
        expect(manifest.size).toBe(number);
      }),
    );
  });
});

describe('the ids of a manifest', () => {
  it('are known again, whatever text they are', () => {
    const id = fc.oneof(
      fc.uuid(),
      fc.uuid().map((text) => text.toUpperCase()),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(id), id, (ids, other) => {
        const known = new ManifestIds();
        const numbers = ids.map((text) => known.numberOf(text));
        expect(new Set(numbers).size).toBe(new Set(ids).size);
        ids.forEach((text, n) => {
          expect(known.find(text)).toBe(numbers[n]);
          expect(known.is(numbers[n]!, text)).toBe(true);
          expect(known.is(numbers[n]!, other)).toBe(text === other);
        });
        if (!ids.includes(other)) expect(known.find(other)).toBe(-1);
      }),
    );
  });
});

describe('keys', () => {
  it('have one hash as text and as bytes, and none is no key', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (key) => {
        expect(hashKeyBytes(new TextEncoder().encode(key))).toBe(hashKey(key));
        expect(hashKey(key)).not.toBe(hashKey(null));
      }),
    );
    expect(hashKeyBytes(null)).toBe(hashKey(null));
  });

  it('that are not UTF-8 have the hash of what the manifest writes for them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (key) => {
        expect(hashKeyBytes(key)).toBe(hashKey(Buffer.from(key).toString('utf8')));
      }),
    );
  });
});

describe('reasons', () => {
  it('are told apart, and more than there can be share the last number', () => {
    const outcomes = new Outcomes();
    const codes = Array.from({ length: 40_000 }, (_, n) => outcomes.invalid(`reason ${String(n)}`));
    expect(Math.max(...codes)).toBe(0x7fff);
    expect(outcomes.describe(codes[7]!)).toBe('invalid (reason 7)');
    expect(outcomes.invalid('reason 7')).toBe(codes[7]);
  });

  it('an intention without a reason takes any', () => {
    const outcomes = new Outcomes();
    const any = outcomes.ofVerdict('invalid', undefined);
    expect(outcomes.sameReason(any, outcomes.invalid('malformed_json'))).toBe(true);
    expect(outcomes.sameReason(outcomes.invalid('malformed_json'), any)).toBe(false);
  });
});
