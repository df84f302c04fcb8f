import { rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { takePort, type Status } from '../integration/support/cli.js';
import { eventually } from '../integration/support/clickhouse-daemon.js';
import { freePort } from './support/free-port.js';
import { DockerHome } from './support/lab-home.js';
import { standIns } from './support/stand-in-names.js';

const home = new DockerHome(inject('dockerHost'));
const labFile = join(home.stateHome, 'streamlab', 'labs', 'default', 'lab.json');
const services = [
  'kafka',
  'flink-jobmanager',
  'flink-taskmanager',
  'flink-sql-gateway',
  'clickhouse',
  'grafana',
  'kafka-ui',
  // A process of this machine, beside the containers.
  'console',
];

const status = (): Promise<Status> => home.json<Status>(['status'], [0, 3]);

async function up(args: readonly string[] = []): Promise<string> {
  const result = await home.cli(['up', ...args]);
  expect(result.exitCode, result.stderr).toBe(0);
  return result.stderr;
}

async function planned(args: readonly string[] = []): Promise<string[]> {
  const { steps } = await home.json<{ steps: { what: string; because: string }[] }>([
    'up',
    '--dry-run',
    ...args,
  ]);
  return steps.map(({ what, because }) => `${what}, because ${because}`);
}

/** Ids of containers that are others now. */
function changed(before: Record<string, { id: string }>, after: Record<string, { id: string }>): string[] {
  return Object.keys({ ...before, ...after }).filter((name) => before[name]?.id !== after[name]?.id);
}

async function expectBalanced(): Promise<void> {
  const ledger = await home.json<{ ok: boolean; mismatches: unknown[] }>(['verify', '--wait', '3m'], [0, 1]);
  expect(ledger).toMatchObject({ ok: true, mismatches: [] });
}

afterAll(() => home.end());

describe('a lab on an empty engine', () => {
  test('is planned without a trace; an up that is killed on the way is finished by the next, as it was planned', async () => {
    const plan = await planned();
    expect(plan).toContain('create container streamlab-default-kafka-1, because it does not exist');
    expect(plan).toContain('wait until streamlab-default-kafka-1 is healthy, because kafka-ui depends on it');
    expect(await home.traces()).toEqual([]);

    const cut = home.start(['up']);
    await eventually(async () => Object.keys(await home.containers()).length >= 2, 60_000);
    cut.kill('SIGKILL');
    expect((await cut).stderr).toContain('Runtime: docker, because the configuration says so.');
    expect((await home.containers()).kafka).toBeDefined();

    await up();
    const now = await status();
    expect(now.healthy).toBe(true);
    expect(now.services.map(({ name, state }) => [name, state])).toEqual(
      services.map((name) => [name, 'running']),
    );
    expect(now.services.every(({ version }) => version !== null)).toBe(true);
    expect(await planned()).toEqual([]);
  });

  test('is published on the loopback address only', async () => {
    const containers = await home.docker.listContainers({
      filters: { label: ['dev.streamlab.lab=default'] },
    });
    const published = containers.flatMap(({ Ports }) => Ports.filter(({ PublicPort }) => PublicPort > 0));
    expect(published.length).toBe(6);
    expect(new Set(published.map(({ IP }) => IP))).toEqual(new Set(['127.0.0.1']));
  });

  test('has a Grafana that shows the overview with no manual step, at the address that open prints', async () => {
    const opened = await home.cli(['open', 'grafana']);
    expect(opened.exitCode, opened.stderr).toBe(0);
    const grafana = opened.stdout.trim();
    const answer = await fetch(`${grafana}/api/dashboards/uid/streamlab-overview`);
    expect(answer.status).toBe(200);
    const headers = { Authorization: `Basic ${btoa('admin:admin')}` };
    const source = await fetch(`${grafana}/api/datasources/uid/streamlab-clickhouse`, { headers });
    expect(source.status).toBe(200);
    const overview = (await answer.json()) as { dashboard: { links: { url: string }[] } };
    for (const { url } of overview.dashboard.links) {
      const linked = await fetch(`${grafana}/api/dashboards/uid/${url.replace('/d/', '')}`);
      expect([url, linked.status]).toEqual([url, 200]);
    }
    const console = (await home.cli(['open', 'console'])).stdout.trim();
    const session = (await (await fetch(`${console}/api/session`)).json()) as { endpoints: unknown[] };
    expect(session.endpoints).toContainEqual({ name: 'Grafana', address: grafana });
  });

  test('is left as it is by a second up, and balances under traffic', async () => {
    const before = await home.containers();
    expect(await up()).toContain('already up');
    expect(changed(before, await home.containers())).toEqual([]);
    await home.json(['produce', '--count', '3000', '--rate', '0', '--late', '5%', '--invalid', '2%']);
    await expectBalanced();
  });

  test('shows logs of one service and of all, and follows them', async () => {
    const one = await home.cli(['logs', 'kafka', '-n', '3']);
    expect(one.stdout.trim().split('\n')).toHaveLength(3);
    const all = await home.cli(['logs', '-n', '1']);
    expect(all.stdout).toMatch(/^kafka +│/m);
    expect(all.stdout).toMatch(/^grafana +│/m);
    const following = home.start(['logs', 'kafka-ui', '-f', '-n', '1']);
    let seen = '';
    following.stdout.on('data', (chunk: Buffer) => {
      seen += chunk.toString();
    });
    await eventually(() => Promise.resolve(seen.includes('\n')), 20_000);
    await home.kill('kafka-ui');
    // The end of the container is the end of its log.
    expect((await following).exitCode).toBe(0);
  });

  test('is not on another runtime by a flag', async () => {
    const other = await home.cli(['up', '--runtime', 'local']);
    expect(other.exitCode).toBe(2);
    expect(other.stderr).toMatch(/is on the docker runtime.*--lab default-local/s);
  });
});

describe('what changes', () => {
  test('a changed image recreates its service and no other', async () => {
    await home.docker
      .getImage(standIns.STREAMLAB_KAFKA_UI_IMAGE)
      .tag({ repo: 'streamlab-stand-in/kafka-ui', tag: 'newer' });
    const newer = { STREAMLAB_KAFKA_UI_IMAGE: 'streamlab-stand-in/kafka-ui:newer' };
    const before = await home.containers();
    const result = await home.cli(['up'], newer);
    expect(result.exitCode, result.stderr).toBe(0);
    expect(changed(before, await home.containers())).toEqual(['kafka-ui']);
  });

  test('services that are left out are removed, and come back', async () => {
    expect(await planned(['--without', 'grafana,kafka-ui'])).toEqual([
      'remove container streamlab-default-grafana-1, because the lab has no service grafana now',
      'remove container streamlab-default-kafka-ui-1, because the lab has no service kafka-ui now',
    ]);
    await up(['--without', 'grafana,kafka-ui']);
    expect(Object.keys(await home.containers())).not.toContain('grafana');
    expect((await home.cli(['open', 'kafka-ui'])).exitCode).toBe(2);
    expect((await status()).healthy).toBe(true);
    const wrong = await home.cli(['up', '--without', 'kafka']);
    expect([wrong.exitCode, wrong.stderr]).toEqual([
      2,
      expect.stringContaining('a lab does not work without kafka'),
    ]);
    await up();
    expect((await status()).services.map(({ name }) => name)).toEqual(services);
  });
});

describe('what breaks', () => {
  test('a killed container is started again and no other, and the ledger balances', async () => {
    const before = await home.containers();
    await home.kill('kafka');
    expect((await status()).healthy).toBe(false);
    expect(await planned()).toEqual([
      'start container streamlab-default-kafka-1, because it has ended with code 137',
    ]);
    await up();
    expect(changed(before, await home.containers())).toEqual([]);
    await home.json(['produce', '--count', '2000', '--rate', '0', '--late', '5%']);
    await expectBalanced();
  });

  test('a lost memory of the lab: it is found by its label and reused', async () => {
    const before = await home.containers();
    rmSync(labFile);
    expect((await status()).healthy).toBe(true);
    expect(await up()).toContain('already up');
    expect(changed(before, await home.containers())).toEqual([]);
    await expectBalanced();
  });

  test('a lab without containers but with volumes, and its port taken: it goes on with its data on another', async () => {
    expect((await home.cli(['down'])).exitCode).toBe(0);
    for (const { id } of Object.values(await home.containers()))
      await home.docker.getContainer(id).remove({ v: true });
    const taken = await takePort(0);
    const asked = await home.cli(['up', '--clickhouse-port', String(taken.port)]);
    expect(asked.exitCode).toBe(3);
    expect(asked.stderr).toContain(`--clickhouse-port ${taken.port}: the port is taken by`);
    await taken.close();

    const { ports } = JSON.parse(await readFile(labFile, 'utf8')) as { ports: { kafka: number } };
    const squatter = await takePort(ports.kafka);
    const said = await up(['--without', 'grafana,kafka-ui']);
    expect(said).toMatch(/Port \d+ is taken.*kafka is on \d+/);
    expect(said).toContain('from its last state');
    expect((await status()).services[0]?.endpoint).not.toBe(`127.0.0.1:${ports.kafka}`);
    await squatter.close();
    await expectBalanced();
  });
});

describe('docker compose', () => {
  test('a lab that docker-compose brought up is taken as it is', async () => {
    const other = new DockerHome(inject('dockerHost'), {
      STREAMLAB_LAB: 'composed',
      STREAMLAB_WITHOUT: 'grafana,kafka-ui',
    });
    const names = ['KAFKA', 'FLINK', 'SQL_GATEWAY', 'CLICKHOUSE'].map((name) => `STREAMLAB_${name}_PORT`);
    const composePorts = Object.fromEntries(
      await Promise.all(names.map(async (name) => [name, String(await freePort())] as const)),
    );
    const run = (args: readonly string[]) =>
      execa('docker-compose', ['-p', 'streamlab-composed', '-f', 'compose/compose.yaml', ...args], {
        env: { ...other.env, COMPOSE_PROFILES: '', ...composePorts },
      });
    expect((await home.cli(['down', '--volumes', '--yes'])).exitCode).toBe(0);
    expect(await home.traces()).toEqual([]);
    await execa('make', ['--assume-old=build', 'compose-lib']);
    try {
      await run(['up', '-d']);
      const before = await other.containers('composed');
      const result = await other.cli(['up']);
      expect(result.exitCode, result.stderr).toBe(0);
      expect(changed(before, await other.containers('composed'))).toEqual([]);
      expect((await other.json<Status>(['status'])).services[0]?.endpoint).toBe(
        `127.0.0.1:${composePorts.STREAMLAB_KAFKA_PORT ?? ''}`,
      );
    } finally {
      await other.end(['composed']);
    }
    expect(await other.traces('composed')).toEqual([]);
  });
});
