import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { configSchema } from '../../src/domain/config.js';
import { eventually } from './support/clickhouse-daemon.js';
import { takePort } from './support/cli.js';

// The process that `up` starts, without a lab: it waits for one.
let stateHome: string;
let port: number;
let child: ChildProcess | undefined;

beforeEach(async () => {
  stateHome = await mkdtemp(join(tmpdir(), 'streamlab-console-'));
  const taken = await takePort(0);
  ({ port } = taken);
  await taken.close();
});

afterEach(async () => {
  child?.kill('SIGKILL');
  await rm(stateHome, { recursive: true, force: true });
});

function start(log: number | 'ignore'): ChildProcess {
  const config = configSchema.parse({ runtime: 'local' });
  return spawn(process.execPath, ['dist/wiring/console-process.js'], {
    stdio: ['ignore', log, log],
    env: {
      ...process.env,
      XDG_STATE_HOME: stateHome,
      STREAMLAB_CONSOLE: JSON.stringify({ port, config }),
    },
  });
}

const answers = () =>
  eventually(async () => {
    const answer = await fetch(`http://127.0.0.1:${String(port)}/healthz`).catch(() => undefined);
    return answer?.ok === true;
  }, 15_000);

test.each(['SIGTERM', 'SIGINT'] as const)('it ends in order by %s, and is not killed', async (signal) => {
  child = start('ignore');
  await answers();
  const exit = once(child, 'exit');
  child.kill(signal);
  expect(await exit).toEqual([0, null]);
});

test.runIf(process.platform === 'linux')('it goes on where its log finds no room', async () => {
  child = start(openSync('/dev/full', 'a'));
  await answers();
  // The lab that is not there has been said by then.
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(child.exitCode).toBeNull();
  await answers();
});
