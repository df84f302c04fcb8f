import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { replanned, restorePlaceholder } from '../../src/domain/execution-plan.js';

const jobId = '00112233445566778899aabbccddeeff';
const other = 'ffeeddccbbaa99887766554433221100';

/** A plan with its id in one place and its path in two, among other bytes. */
function planOf(before: Uint8Array, after: Uint8Array) {
  const path = Buffer.from(restorePlaceholder);
  return { jobId, bytes: Buffer.concat([before, path, Buffer.from(jobId, 'hex'), after, path, before]) };
}

const collapsed = (bytes: Uint8Array): string => Buffer.from(bytes).toString().replace(/\/+/g, '/');

describe('a kept plan', () => {
  test('gets another id and another path, and stays as it was in all else', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (before, after) => {
        const plan = planOf(before, after);
        const next = replanned(plan, { jobId: other, restoreFrom: '/data/savepoints/savepoint-1' });
        const length = restorePlaceholder.length;
        const bytes = Buffer.from(next?.bytes ?? []);
        expect(next?.jobId).toBe(other);
        expect(bytes.length).toBe(plan.bytes.length);
        expect(bytes.subarray(0, before.length).equals(before)).toBe(true);
        const path = bytes.subarray(before.length, before.length + length);
        expect(collapsed(path)).toBe('/data/savepoints/savepoint-1');
        const rest = bytes.subarray(before.length + length);
        expect(rest.equals(Buffer.concat([Buffer.from(other, 'hex'), after, path, before]))).toBe(true);
      }),
    );
  });

  test('is itself left alone, so that it can be used again', () => {
    const plan = planOf(Buffer.from('a'), Buffer.from('b'));
    const before = Buffer.from(plan.bytes);
    replanned(plan, { jobId: other, restoreFrom: '/s' });
    expect(Buffer.from(plan.bytes).equals(before)).toBe(true);
  });

  test('takes a path in any language, at the length of its bytes', () => {
    const plan = planOf(Buffer.from(''), Buffer.from(''));
    const next = replanned(plan, { jobId: other, restoreFrom: '/tmp/ünï cödé/labs/ラボ/chk-7' });
    expect(next?.bytes.length).toBe(plan.bytes.length);
    expect(collapsed(next?.bytes.subarray(0, restorePlaceholder.length) ?? new Uint8Array())).toBe(
      '/tmp/ünï cödé/labs/ラボ/chk-7',
    );
  });

  test('is not used where the path does not fit, or Java would write it otherwise', () => {
    const plan = planOf(Buffer.from(''), Buffer.from(''));
    for (const restoreFrom of ['relative/path', 'C:\\labs\\s', '/labs/🙂/s', `/${'a'.repeat(512)}`])
      expect([restoreFrom, replanned(plan, { jobId: other, restoreFrom })]).toEqual([restoreFrom, undefined]);
  });

  test('is not used when it has no such id or path in it', () => {
    const path = Buffer.from(restorePlaceholder);
    const id = Buffer.from(jobId, 'hex');
    for (const bytes of [path, id, Buffer.from('something else')])
      expect(replanned({ jobId, bytes }, { jobId: other, restoreFrom: '/s' })).toBeUndefined();
  });
});
