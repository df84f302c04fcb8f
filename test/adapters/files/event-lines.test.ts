import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { MAX_LINE_BYTES, openEventLines } from '../../../src/adapters/files/event-lines.js';

const folder = mkdtempSync(join(tmpdir(), 'streamlab-event-lines-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
const path = join(folder, 'events.ndjson');

async function readAll(max: number): Promise<{ lines: string[]; emptyLines: number }> {
  const source = await openEventLines(path);
  const lines: string[] = [];
  for (let some = await source.take(max); some.length > 0; some = await source.take(max)) {
    expect(some.length).toBeLessThanOrEqual(max);
    lines.push(...some);
  }
  expect(await source.take(max)).toEqual([]);
  await source.close();
  return { lines, emptyLines: source.emptyLines };
}

it('lines are read byte for byte, whatever their ends, the last one too', async () => {
  // Up to 300 000 bytes, longer than what is read at once; a short text again and again is made sooner than a long one.
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 200 });
  const line = fc.tuple(bytes, fc.integer({ min: 1, max: 1_500 })).map(([text, times]) =>
    Buffer.from(text)
      .toString('latin1')
      .replace(/[\r\n]/g, '.')
      .repeat(times),
  );
  const lines = fc.array(
    fc.oneof(
      line,
      fc.string({ unit: 'binary-ascii' }).map((s) => s.replace(/[\r\n]/g, '')),
    ),
  );
  await fc.assert(
    fc.asyncProperty(
      lines,
      fc.constantFrom('\n', '\r\n'),
      fc.boolean(),
      fc.integer({ min: 1, max: 5 }),
      async (texts, lineBreak, isEnded, max) => {
        writeFileSync(path, texts.join(lineBreak) + (isEnded && texts.length > 0 ? lineBreak : ''), 'latin1');
        const read = await readAll(max);
        expect(read.lines).toEqual(texts.filter((text) => text !== ''));
      },
    ),
    { numRuns: 40 },
  );
});

it('empty lines are left out and counted', async () => {
  writeFileSync(path, '\n{"a":1}\n\r\n\n{"b":2}\n\n');
  expect(await readAll(10)).toEqual({ lines: ['{"a":1}', '{"b":2}'], emptyLines: 4 });
  writeFileSync(path, '');
  expect(await readAll(10)).toEqual({ lines: [], emptyLines: 0 });
});

it('a line that is too long is refused with its number, before it fills the memory', async () => {
  const file = await open(path, 'w');
  await file.write('{"a":1}\n'.repeat(3));
  const piece = Buffer.alloc(1024 * 1024, 'x');
  for (let i = 0; i < 64; i++) await file.write(piece);
  await file.close();
  const source = await openEventLines(path);
  const before = process.memoryUsage();
  expect(await source.take(3)).toHaveLength(3);
  await expect(source.take(1)).rejects.toMatchObject({
    code: 'INVALID_FILE',
    message: `--from ${path}: line 4 has more than 15 MB.`,
  });
  expect(process.memoryUsage().external - before.external).toBeLessThan(2 * MAX_LINE_BYTES);
  await source.close();
});

it('a line of just the greatest length is taken', async () => {
  writeFileSync(path, `${'y'.repeat(MAX_LINE_BYTES)}\nlast`);
  const { lines } = await readAll(1);
  expect(lines.map(({ length }) => length)).toEqual([MAX_LINE_BYTES, 4]);
});

it('a large file is not held in memory', async () => {
  const file = await open(path, 'w');
  const chunk = `${JSON.stringify({ event_id: 'x'.repeat(200) })}\n`.repeat(5_000);
  for (let i = 0; i < 200; i++) await file.write(chunk);
  await file.close();
  const source = await openEventLines(path);
  let count = 0;
  let most = 0;
  for (let some = await source.take(500); some.length > 0; some = await source.take(500)) {
    count += some.length;
    most = Math.max(most, process.memoryUsage().external);
  }
  await source.close();
  expect(count).toBe(1_000_000);
  expect(most).toBeLessThan(100_000_000);
});

it('what cannot be read is an error at once, which names flag and file', async () => {
  await expect(openEventLines(join(folder, 'nothing'))).rejects.toMatchObject({
    code: 'INVALID_FILE',
    message: expect.stringMatching(
      /^--from .*nothing cannot be read: there is no such file or folder\.$/,
    ) as string,
  });
  await expect(openEventLines(folder)).rejects.toMatchObject({
    code: 'INVALID_FILE',
    message: expect.stringContaining('it is a folder') as string,
  });
});
