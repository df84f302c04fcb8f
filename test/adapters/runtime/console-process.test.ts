import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LabStore } from '../../../src/adapters/files/lab-store.js';
import { ConsoleProcess } from '../../../src/adapters/runtime/console-process.js';
import { startTokenOf } from '../../../src/adapters/runtime/processes.js';
import { configSchema } from '../../../src/domain/config.js';

let labsDir: string;
let store: LabStore;
let console: ConsoleProcess;
const { signal } = new AbortController();
const config = configSchema.parse({});
const cleanUps: (() => void)[] = [];

beforeEach(async () => {
  labsDir = await mkdtemp(join(tmpdir(), 'streamlab-console-'));
  store = new LabStore(labsDir, 'default');
  console = new ConsoleProcess(store, labsDir);
});

afterEach(async () => {
  cleanUps.splice(0).forEach((cleanUp) => {
    cleanUp();
  });
  await rm(labsDir, { recursive: true, force: true });
});

async function takenPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

const thisProcess = async () => ({ pid: process.pid, startToken: (await startTokenOf(process.pid)) ?? '' });

test('the port is claimed before the process is there, and kept for the next time', async () => {
  const first = await console.claim(config, signal);
  expect(first).toMatchObject({ url: `http://127.0.0.1:${String(first.port)}`, isRunning: false });
  expect(await store.readConsole()).toMatchObject({ port: first.port, process: null });
  expect((await console.claim(config, signal)).port).toBe(first.port);
  expect(await console.url()).toBeUndefined();
  expect(await console.status()).toMatchObject({ name: 'console', state: 'stopped', endpoint: null });
});

test('labs that come up at once do not claim the same port, nor one that was asked for a service', async () => {
  const mine = await console.claim(config, signal);
  const other = new ConsoleProcess(new LabStore(labsDir, 'other'), labsDir);
  const theirs = await other.claim(config, signal);
  expect(theirs.port).not.toBe(mine.port);
  const third = new ConsoleProcess(new LabStore(labsDir, 'third'), labsDir);
  const next = await third.claim({ ...config, kafkaPort: theirs.port + 1 }, signal);
  expect([mine.port, theirs.port, theirs.port + 1]).not.toContain(next.port);
});

test('a port that was asked for is not moved: who has it is named', async () => {
  const port = await takenPort();
  await expect(console.claim({ ...config, consolePort: port }, signal)).rejects.toMatchObject({
    code: 'PORT_TAKEN',
    message: expect.stringMatching(`--console-port ${String(port)}: the port is taken by`) as string,
  });
});

test('a console that runs keeps its port, also where another one is asked for, and is said to', async () => {
  await store.writeConsole({ port: 4321, claimedAt: 0, process: await thisProcess() });
  const claim = await console.claim({ ...config, consolePort: 4322 }, signal);
  expect(claim).toMatchObject({ port: 4321, url: 'http://127.0.0.1:4321', isRunning: true });
  expect(claim.notices).toEqual([expect.stringContaining('console runs on port 4321, not 4322')]);
  expect(await console.url()).toBe('http://127.0.0.1:4321');
  expect(await store.readConsole()).toMatchObject({ process: await thisProcess() });
});

test('a process is the console only as long as it is that very process', async () => {
  await store.writeConsole({
    port: 4321,
    claimedAt: 0,
    process: { pid: process.pid, startToken: 'another' },
  });
  expect(await console.url()).toBeUndefined();
  expect(await console.stop()).toBe(false);
});

test('measuring is left to the console of the lab by every other process, and by itself to nobody', async () => {
  expect(await console.isElsewhere()).toBe(false);
  await store.writeConsole({ port: 4321, claimedAt: 0, process: await thisProcess() });
  expect(await console.isElsewhere()).toBe(false);
  const parent = { pid: process.ppid, startToken: (await startTokenOf(process.ppid)) ?? '' };
  await store.writeConsole({ port: 4321, claimedAt: 0, process: parent });
  expect(await console.isElsewhere()).toBe(true);
});
