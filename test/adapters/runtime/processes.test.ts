import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  findByMarker,
  isAlive,
  startDaemon,
  startTokenOf,
  stopProcess,
} from '../../../src/adapters/runtime/processes.js';
import type { ProcessRecord } from '../../../src/domain/lab-state.js';

let dir: string;
const started: ProcessRecord[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'streamlab-processes-'));
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((record) => stopProcess(record, 0)));
  await rm(dir, { recursive: true, force: true });
});

async function start(script: string, marker = 'no-marker'): Promise<ProcessRecord> {
  const record = await startDaemon({
    name: 'test',
    command: process.execPath,
    args: ['-e', script, marker],
    env: process.env,
    cwd: dir,
    logFile: join(dir, 'test.log'),
  });
  started.push(record);
  return record;
}
const forever = 'setInterval(() => {}, 1000); console.log("begun")';

describe('a daemon', () => {
  test('is alive with its log on disk until it is stopped', async () => {
    const record = await start(forever);
    await vi.waitFor(async () => {
      expect(await readFile(join(dir, 'test.log'), 'utf8')).toBe('begun\n');
    });
    expect(await isAlive(record)).toBe(true);
    await stopProcess(record, 5_000);
    expect(await isAlive(record)).toBe(false);
  });

  test('that ignores SIGTERM is killed after its grace', async () => {
    const record = await start(`process.on('SIGTERM', () => {}); ${forever}`);
    await vi.waitFor(async () => {
      expect(await readFile(join(dir, 'test.log'), 'utf8')).toBe('begun\n');
    });
    await stopProcess(record, 100);
    expect(await isAlive(record)).toBe(false);
  });

  test('is not taken for another process that has its pid', async () => {
    const record = await start(forever);
    const reused = { ...record, startToken: 'another start' };
    expect(await isAlive(reused)).toBe(false);
    await stopProcess(reused, 0);
    expect(await isAlive(record)).toBe(true);
  });

  test('whose record is lost is found by its marker', async () => {
    const marker = `streamlab-marker-${String(Date.now())}`;
    const record = await start(forever, marker);
    expect(await findByMarker(marker)).toEqual(record);
    expect(await findByMarker(`${marker}-other`)).toBeUndefined();
  });

  test('keeps the log of the run before', async () => {
    await writeFile(join(dir, 'test.log'), 'last time\n');
    await start(forever);
    expect(await readFile(join(dir, 'test.log.1'), 'utf8')).toBe('last time\n');
  });

  test('that cannot be started is an error that names it', async () => {
    const spec = {
      name: 'kafka',
      command: join(dir, 'no-java'),
      args: [],
      env: {},
      cwd: dir,
      logFile: join(dir, 'x.log'),
    };
    await expect(startDaemon(spec)).rejects.toThrow(/Cannot start kafka: .*ENOENT/);
  });
});

test('a pid that nobody has gives no start token', async () => {
  expect(await startTokenOf(2 ** 22 - 3)).toBeUndefined();
});
