import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readManifestLines } from '../../../src/adapters/files/manifest-lines.js';
import type { ManifestEntry } from '../../../src/domain/traffic/manifest.js';
import { ExitCode } from '../../../src/errors.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'streamlab-manifest-'));
});
afterEach(() => rm(folder, { recursive: true }));

const entry = (index: number): ManifestEntry => ({
  index,
  id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
  key: 'üser',
  event_time: 5,
  window: 0,
  verdict: 'invalid',
  reason: 'missing_field:page',
  partition: 0,
  offset: index,
});
const lines = (count: number): string =>
  Array.from({ length: count }, (_, n) => `${JSON.stringify(entry(n))}\n`).join('');

async function read(content: string | Buffer) {
  const path = join(folder, 'run.ndjson');
  await writeFile(path, content);
  const entries: ManifestEntry[] = [];
  let truncatedLine: number | undefined;
  let fraction = 0;
  for await (const chunk of readManifestLines(path)) {
    entries.push(...chunk.entries);
    truncatedLine = chunk.truncatedLine;
    expect(chunk.fraction).toBeGreaterThanOrEqual(fraction);
    fraction = chunk.fraction;
  }
  expect(fraction).toBe(1);
  return { entries, truncatedLine };
}

const refusal = async (content: string | Buffer): Promise<string> => {
  const error: unknown = await read(content).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'INVALID_FILE', exitCode: ExitCode.usage });
  return (error as Error).message;
};

describe('the lines of a manifest', () => {
  it('are read over several chunks, characters of several bytes at their borders included', async () => {
    // 200 bytes a line and 1 MB a chunk: the borders fall anywhere.
    const { entries, truncatedLine } = await read(lines(30_000));
    expect(entries).toHaveLength(30_000);
    expect(entries.every((found, n) => found.index === n && found.key === 'üser')).toBe(true);
    expect(truncatedLine).toBeUndefined();
  });

  it('may end without a line break, and with the line breaks of Windows', async () => {
    expect((await read(lines(3).trimEnd())).entries).toHaveLength(3);
    expect((await read(lines(3).replaceAll('\n', '\r\n'))).entries).toHaveLength(3);
  });

  it('may break off in the last one, as a killed run leaves it', async () => {
    const text = lines(3);
    for (const missing of [3, 50, 150]) {
      expect(await read(text.slice(0, -missing))).toMatchObject({
        entries: [entry(0), entry(1)],
        truncatedLine: 3,
      });
    }
  });

  it('are refused with file, line and what is wrong', async () => {
    expect(await refusal(`${lines(2)}not JSON\n${lines(1)}`)).toMatch(
      /run\.ndjson line 3 .*: it is not JSON\.$/,
    );
    expect(await refusal(`${lines(2)}\n${lines(1)}`)).toMatch(/line 3 .*: it is not JSON\.$/);
    expect(await refusal(`${lines(1)}${lines(1).slice(0, -5)}\n${lines(1)}`)).toMatch(
      /line 2 .*: it is not JSON\.$/,
    );
    expect(await refusal(`${lines(1)}what is this`)).toMatch(/line 2 .*: it is not JSON\.$/);
    expect(await refusal(`${lines(1)}{"index":"one"}\n`)).toMatch(/line 2 .*: "index" cannot be "one"\.$/);
    expect(await refusal(`${lines(1)}{"index":1}`)).toMatch(/line 2 .*: it has no "id"\.$/);
    expect(await refusal(Buffer.alloc(6 * 1024 * 1024, 'x'))).toMatch(/line 1 .*: it is too long\.$/);
  });

  it('must be there', async () => {
    expect(await refusal('')).toContain('is empty');
    const missing = readManifestLines(join(folder, 'nowhere.ndjson')).next();
    await expect(missing).rejects.toMatchObject({
      code: 'INVALID_FILE',
      message: expect.stringContaining('There is no manifest') as string,
    });
    await expect(readManifestLines(folder).next()).rejects.toMatchObject({
      code: 'INVALID_FILE',
      message: expect.stringContaining('it is a directory') as string,
    });
  });
});
