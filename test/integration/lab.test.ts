import { cpSync, rmSync, symlinkSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTokenOf } from '../../src/adapters/runtime/processes.js';
import { topics } from '../../src/domain/topics.js';
import { pidsOf, takePort, TestHome, type CliResult, type Status } from './support/cli.js';
import { eventually } from './support/clickhouse-daemon.js';
import { describeConsoleAnswers } from './support/console-answers-suite.js';
import { describeConsole } from './support/console-suite.js';

const home = new TestHome();
const labFile = join(home.stateHome, 'streamlab', 'labs', 'default', 'lab.json');

/** What holds the lab's usual ports of Kafka and the console, unless another process does already. */
let squatters: (Awaited<ReturnType<typeof takePort>> | undefined)[];
let firstUp: CliResult;

beforeAll(async () => {
  squatters = await Promise.all([9092, 4000].map((port) => takePort(port).catch(() => undefined)));
  firstUp = await home.cli(['up']);
  expect(firstUp.exitCode, firstUp.stderr).toBe(0);
});
afterAll(async () => {
  await home.end();
  for (const squatter of squatters) await squatter?.close();
});

const status = () => home.json<Status>(['status'], [0, 3]);

/** A killed process that nobody has reaped yet does not run. */
async function runningOf(pids: readonly number[]): Promise<number[]> {
  const tokens = await Promise.all(pids.map((pid) => startTokenOf(pid)));
  return pids.filter((_, index) => tokens[index] !== undefined);
}

describe('a taken port', () => {
  test('that is the usual one: the lab is on another, and says so', async () => {
    expect(firstUp.stderr).toMatch(/Port 9092 is taken.*kafka is on 90\d\d/);
    expect(firstUp.stderr).toMatch(/Port 4000 is taken.*console is on 40\d\d/);
    const endpoints = (await status()).services.map(({ endpoint }) => endpoint);
    expect(endpoints).not.toContain('127.0.0.1:9092');
    expect(endpoints).not.toContain('http://127.0.0.1:4000');
  });

  test('that was asked for: exit code 3, naming the process', async () => {
    const taken = await takePort(0);
    for (const flag of ['--kafka-port', '--console-port']) {
      const asked = await home.cli(['up', '--lab', 'other', flag, String(taken.port)]);
      expect([flag, asked.exitCode]).toEqual([flag, 3]);
      expect(asked.stderr).toMatch(
        new RegExp(`${flag} ${String(taken.port)}: .*taken by .*\\(pid ${String(process.pid)}\\)`),
      );
    }
    await taken.close();
  });
});

describe('a lab that is up', () => {
  test('is healthy: every service answers and the job runs', async () => {
    const now = await status();
    expect(now.healthy).toBe(true);
    expect(now.job?.state).toBe('RUNNING');
    expect(now.services.map((service) => [service.name, service.state])).toEqual([
      ['kafka', 'running'],
      ['flink-jobmanager', 'running'],
      ['flink-taskmanager', 'running'],
      ['flink-sql-gateway', 'running'],
      ['clickhouse', 'running'],
      ['console', 'running'],
    ]);
    expect(now.services.every((service) => service.version !== null)).toBe(true);
  });

  test('is left as it is by a second up', async () => {
    const before = await status();
    const again = await home.cli(['up']);
    expect(again.stderr).toContain('already up');
    expect(again.exitCode).toBe(0);
    const after = await status();
    expect(pidsOf(after)).toEqual(pidsOf(before));
    expect(after.job).toEqual(before.job);
  });

  test('says that settings given to a running lab do not take effect', async () => {
    const again = await home.cli(['up', '--allowed-lateness', '2m']);
    expect(again.exitCode).toBe(0);
    expect(again.stderr).toMatch(/allowedLateness is 1m, not 2m/);
  });

  test('is listened to on 127.0.0.1 only', async () => {
    const pids = new Set(Object.values(pidsOf(await status())));
    const addresses = await listeningAddresses(pids);
    expect(addresses.length).toBeGreaterThan(5);
    expect(addresses.filter((address) => !isLoopback(address))).toEqual([]);
  });

  test('shows logs, of one service and of all, and names the services when one is unknown', async () => {
    const one = await home.cli(['logs', 'kafka', '-n', '5']);
    expect(one.stdout.trim().split('\n')).toHaveLength(5);
    const all = await home.cli(['logs', '-n', '1']);
    expect(all.stdout).toMatch(/^kafka +│/m);
    expect(all.stdout).toMatch(/^clickhouse +│/m);
    expect(all.stdout).toMatch(/^console +│/m);
    const wrong = await home.cli(['logs', 'kafak']);
    expect(wrong.exitCode).toBe(2);
    expect(wrong.stderr).toMatch(/kafak.*\n.*kafka, flink-jobmanager/s);
  });
});

describeConsole(home, status);
describeConsoleAnswers(home, status);

describe('the job', () => {
  test('is refused a second time, is cancelled with a savepoint, and goes on from it with other settings', async () => {
    const again = await home.cli(['job', 'submit']);
    expect(again.exitCode).not.toBe(0);
    expect(again.stderr).toContain('streamlab job cancel');
    const { savepoint } = await home.json<{ savepoint: string }>(['job', 'cancel']);
    expect((await home.cli(['job', 'status'])).exitCode).toBe(3);
    const submitted = await home.json<{ restoredFrom: string }>([
      'job',
      'submit',
      '--allowed-lateness',
      '2m',
    ]);
    expect(savepoint).toContain(submitted.restoredFrom);
    expect((await home.json<{ state: string }>(['job', 'status'])).state).toBe('RUNNING');
    const taken = await home.json<{ savepoint: string }>(['job', 'savepoint']);
    expect(taken.savepoint).toMatch(/savepoint/);
    await home.json(['job', 'cancel', '--no-savepoint']);
    const up = await home.cli(['up']);
    expect(up.exitCode, up.stderr).toBe(0);
  });

  test('with broken SQL is refused with the file and the line', async () => {
    await home.json(['job', 'cancel']);
    const copy = copyOfPackage();
    const file = join(copy, 'flink-sql', '90-job.sql');
    const good = await readFile(file, 'utf8');
    const line = good.split('\n').findIndex((text) => text.includes('COUNT(*)')) + 1;
    await writeFile(file, good.replace('COUNT(*)', 'CUONT(*)'));
    const broken = await home.cli(['job', 'submit'], {}, join(copy, 'bin', 'run.js'));
    expect(broken.exitCode).toBe(2);
    expect(broken.stderr).toContain(`flink-sql/90-job.sql line ${String(line)}`);
    await writeFile(file, good.replace('${windowMs}', '${windowMillis}'));
    const mistyped = await home.cli(['job', 'submit'], {}, join(copy, 'bin', 'run.js'));
    expect(mistyped.exitCode).toBe(2);
    expect(mistyped.stderr).toMatch(
      /flink-sql\/90-job\.sql line \d+: unknown placeholder \$\{windowMillis\}/,
    );
  });

  test('without its topics is refused, naming the topic; up makes it anew', async () => {
    const admin = new kafkajs.Kafka({
      brokers: [(await status()).services[0]!.endpoint!],
      logLevel: kafkajs.logLevel.NOTHING,
    }).admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [topics.alerts] });
    await admin.disconnect();
    const submit = await home.cli(['job', 'submit']);
    expect(submit.exitCode).toBe(3);
    expect(submit.stderr).toContain(topics.alerts);
    const up = await home.cli(['up']);
    expect(up.exitCode, up.stderr).toBe(0);
    expect(up.stderr).toContain('1 created');
  });
});

describe('what is killed', () => {
  test('a service: up starts only what is missing, and the job goes on from its last state', async () => {
    const before = await status();
    const log = async () => (await home.cli(['logs', 'console'])).stdout;
    process.kill(pidsOf(before).clickhouse!, 'SIGKILL');
    // Its next measurements are due within 5 s; an up that is quicker would leave none to drop.
    await eventually(async () => (await log()).includes('Measurements are dropped until'), 30_000);
    process.kill(pidsOf(before)['flink-jobmanager']!, 'SIGKILL');
    const broken = await status();
    expect(broken.healthy).toBe(false);
    const up = await home.cli(['up']);
    expect(up.exitCode, up.stderr).toBe(0);
    const after = await status();
    expect(after.healthy).toBe(true);
    const { kafka, 'flink-sql-gateway': gateway } = pidsOf(after);
    expect({ kafka, gateway }).toEqual({
      kafka: pidsOf(before).kafka,
      gateway: pidsOf(before)['flink-sql-gateway'],
    });
    expect(up.stderr).toContain('from its last state');
    // It dropped what ClickHouse could not take, and goes on.
    expect(pidsOf(after).console).toBe(pidsOf(before).console);
    await eventually(async () => (await log()).includes('ClickHouse takes measurements again'), 30_000);
  });

  test('the CLI, in the middle of up: of the next two at once one finishes the work, the other waits for it', async () => {
    expect((await home.cli(['down'])).exitCode).toBe(0);
    const cut = home.start(['up']);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    cut.kill('SIGKILL');
    await cut;
    const [one, two] = await Promise.all([home.cli(['up']), home.cli(['up'])]);
    expect([one.exitCode, two.exitCode], one.stderr + two.stderr).toEqual([0, 0]);
    expect(one.stderr + two.stderr).toContain('waiting for it');
    expect((await status()).healthy).toBe(true);
  });

  test('the memory of it: a lost state file leaves no process behind, and up works', async () => {
    const before = pidsOf(await status());
    rmSync(labFile);
    const up = await home.cli(['up']);
    expect(up.exitCode, up.stderr).toBe(0);
    const after = await status();
    expect(after.healthy).toBe(true);
    const kept = new Set(Object.values(pidsOf(after)));
    expect(await runningOf(Object.values(before).filter((pid) => !kept.has(pid)))).toEqual([]);
  });
});

describe('a pid that another process has now', () => {
  test('is not taken for the service, and that process is not touched', async () => {
    const state = JSON.parse(await readFile(labFile, 'utf8')) as {
      services: Record<string, { pid: number }>;
    };
    const real = state.services['flink-sql-gateway']!.pid;
    process.kill(real, 'SIGKILL');
    state.services['flink-sql-gateway']!.pid = process.pid;
    await writeFile(labFile, JSON.stringify(state));
    const now = await status();
    expect(now.services.find((service) => service.name === 'flink-sql-gateway')?.state).toBe('stopped');
    expect((await home.cli(['up'])).exitCode).toBe(0);
    expect((await status()).healthy).toBe(true);
  });
});

describe('down', () => {
  test('stops everything within 15 s and leaves no process; data stay', async () => {
    const pids = Object.values(pidsOf(await status()));
    const begun = Date.now();
    const down = await home.cli(['down']);
    expect(down.exitCode, down.stderr).toBe(0);
    expect(Date.now() - begun).toBeLessThan(15_000);
    expect(await runningOf(pids)).toEqual([]);
    expect((await home.cli(['status'])).exitCode).toBe(3);
    expect((await home.cli(['down'])).exitCode).toBe(0);
  });

  test('--volumes asks, and without anybody to answer deletes nothing', async () => {
    const down = await home.cli(['down', '--volumes']);
    expect(down.exitCode).toBe(2);
    expect(down.stderr).toContain('--yes');
    expect(JSON.parse(await readFile(labFile, 'utf8'))).toMatchObject({ lab: 'default' });
    expect((await home.cli(['down', '--volumes', '--yes'])).exitCode).toBe(0);
    await expect(readFile(labFile)).rejects.toThrow('ENOENT');
  });
});

/** The package as it would be installed elsewhere, where its files can be changed. */
function copyOfPackage(): string {
  const copy = join(home.stateHome, 'package');
  for (const part of [
    'bin',
    'dist',
    'flink-sql',
    'clickhouse',
    'templates',
    'package.json',
    'artifacts.lock.json',
  ]) {
    cpSync(resolve(part), join(copy, part), { recursive: true });
  }
  symlinkSync(resolve('node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** Addresses on which these processes listen, from /proc (Linux), as hexadecimal `address:port`. */
async function listeningAddresses(pids: ReadonlySet<number>): Promise<string[]> {
  const { readdir, readlink } = await import('node:fs/promises');
  const inodes = new Set<string>();
  for (const pid of pids) {
    for (const fd of await readdir(`/proc/${String(pid)}/fd`)) {
      const link = await readlink(`/proc/${String(pid)}/fd/${fd}`).catch(() => '');
      const inode = /^socket:\[(\d+)\]$/.exec(link)?.[1];
      if (inode !== undefined) inodes.add(inode);
    }
  }
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8')));
  const listening = '0A';
  return tables
    .flatMap((text) => text.trim().split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === listening && inodes.has(fields[9]!))
    .map((fields) => fields[1]!);
}

function isLoopback(hex: string): boolean {
  return hex.startsWith('0100007F:') || hex.startsWith('0000000000000000FFFF00000100007F:');
}
