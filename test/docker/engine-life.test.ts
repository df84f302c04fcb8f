import { chmodSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { execa } from 'execa';
import type { Status } from '../integration/support/cli.js';
import { startEngine, type TestEngine } from './support/engine.js';
import { loadStandIns } from './support/images.js';
import { DockerHome } from './support/lab-home.js';

let engine: TestEngine;
let home: DockerHome;

beforeAll(async () => {
  engine = await startEngine({ tls: true });
  await loadStandIns(engine.docker);
  home = new DockerHome(engine.host, { STREAMLAB_WITHOUT: 'grafana,kafka-ui' });
});
afterAll(async () => {
  await home.end();
  await engine.stop();
});

describe('an engine that goes away', () => {
  test('restarted, and killed: the next up goes on from the last state, and the ledger balances', async () => {
    const up = await home.cli(['up']);
    expect(up.exitCode, up.stderr).toBe(0);
    await home.json(['produce', '--count', '2000', '--rate', '0', '--late', '5%']);
    for (const end of [() => engine.restart(), () => engine.crash()]) {
      await end();
      expect((await home.json<Status>(['status'], [0, 3])).healthy).toBe(false);
      const again = await home.cli(['up']);
      expect(again.exitCode, again.stderr).toBe(0);
      await home.json(['produce', '--count', '1000', '--rate', '0']);
    }
    expect(await home.json(['verify', '--wait', '3m'], [0, 1])).toMatchObject({ ok: true, mismatches: [] });
  });
});

describe('the way to an engine', () => {
  const plan = (env: Record<string, string>) => home.cli(['up', '--dry-run', '--lab', 'elsewhere'], env);

  test('is TCP with TLS, with certificates of its authority', async () => {
    const { host, certPath } = engine.tls!;
    const known = await plan({ DOCKER_HOST: host, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: certPath });
    expect(known.exitCode, known.stderr).toBe(0);
    expect(known.stdout).toContain('create container streamlab-elsewhere-kafka-1');
    const plain = await plan({ DOCKER_HOST: host });
    expect([plain.exitCode, plain.stderr]).toEqual([3, expect.stringMatching(/DOCKER_HOST/)]);
    const none = await plan({ DOCKER_HOST: host, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: home.stateHome });
    expect([none.exitCode, none.stderr]).toEqual([2, expect.stringContaining('DOCKER_CERT_PATH')]);
  });

  test('is a Docker context', async () => {
    const config = `${home.stateHome}/docker-config`;
    const docker = (args: readonly string[]) => execa('docker', args, { env: { DOCKER_CONFIG: config } });
    await docker(['context', 'create', 'tests', '--docker', `host=${engine.host}`]);
    const chosen = await plan({ DOCKER_CONFIG: config, DOCKER_CONTEXT: 'tests', DOCKER_HOST: '' });
    expect(chosen.exitCode, chosen.stderr).toBe(0);
    await docker(['context', 'use', 'tests']);
    const current = await plan({ DOCKER_CONFIG: config, DOCKER_HOST: '' });
    expect(current.exitCode, current.stderr).toBe(0);
    const unknown = await plan({ DOCKER_CONFIG: config, DOCKER_CONTEXT: 'nosuch', DOCKER_HOST: '' });
    expect([unknown.exitCode, unknown.stderr]).toEqual([
      2,
      expect.stringContaining('the Docker context "nosuch"'),
    ]);
  });

  test('is closed to who may not use the socket, and that is said', async () => {
    chmodSync(engine.socketPath, 0o600);
    const asNobody = await execa(
      'setpriv',
      ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, 'bin/run.js', 'up', '--dry-run'],
      { env: { ...home.env, XDG_STATE_HOME: '/tmp', HOME: '/tmp' }, reject: false },
    );
    expect([asNobody.exitCode, asNobody.stderr]).toEqual([
      3,
      expect.stringContaining('You may not use the Docker engine'),
    ]);
  });

  test('is nowhere: exit code 3, and what to do', async () => {
    const gone = await plan({ DOCKER_HOST: 'unix:///nosuch/docker.sock' });
    expect([gone.exitCode, gone.stderr]).toEqual([
      3,
      expect.stringMatching(/there is no such socket.*--runtime local/s),
    ]);
  });
});
