import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { lastLines, tailLog, usefulLines } from '../../../src/adapters/runtime/log-files.js';

let dir: string;
let path: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'streamlab-logs-'));
  path = join(dir, 'kafka.log');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test('the last lines of a log, or none where there is no log', async () => {
  expect(await lastLines(path, 3)).toEqual([]);
  await writeFile(path, 'a\nb\nc\nd\n');
  expect(await lastLines(path, 2)).toEqual(['c', 'd']);
});

test('useful lines are the troubles, without stack frames', async () => {
  await writeFile(
    path,
    ['INFO fine', 'ERROR no disk', '\tat java.lang.X', 'Caused by: full', '\t... 6 more', 'INFO bye'].join(
      '\n',
    ),
  );
  expect(await usefulLines(path)).toEqual(['ERROR no disk', 'Caused by: full']);
});

test('useful lines of a log without troubles are its last ones', async () => {
  await writeFile(path, 'one\n\ntwo\n');
  expect(await usefulLines(path)).toEqual(['one', 'two']);
});

test('following shows whole lines as they are completed, and survives a rotated log', async () => {
  await writeFile(path, 'old\n');
  const seen: string[] = [];
  const stop = new AbortController();
  const tail = tailLog({
    path,
    lines: 5,
    follow: true,
    write: (line) => seen.push(line),
    signal: stop.signal,
  });
  await vi.waitFor(() => {
    expect(seen).toEqual(['old']);
  });
  await appendFile(path, 'ha');
  await appendFile(path, 'lf\nnext');
  await vi.waitFor(() => {
    expect(seen).toEqual(['old', 'half']);
  });
  await writeFile(path, 'r\n');
  await vi.waitFor(() => {
    expect(seen.at(-1)).toMatch(/r$/);
  });
  stop.abort();
  await tail;
});
