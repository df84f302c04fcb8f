import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { readdir, readFile, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { homeFolders } from '../../src/adapters/files/paths.js';
import { findJava } from '../../src/adapters/runtime/local/java.js';
import { eventually } from './support/clickhouse-daemon.js';
import { pidsOf, TestHome, type Status } from './support/cli.js';

// A cache of its own for what is made here; the jars in it are the user's.
const home = new TestHome();
const cacheHome = `${home.stateHome} cache`;
const archives = join(cacheHome, 'streamlab', 'class-archives');
const labFolder = join(home.stateHome, 'streamlab', 'labs', 'default');
// The locale that cron and containers have: the paths are no ASCII, and the JVMs must find them all the same.
const env = { XDG_CACHE_HOME: cacheHome, LC_ALL: 'POSIX' };
const jvms = ['kafka', 'flink-jobmanager', 'flink-taskmanager', 'flink-sql-gateway'];

async function run(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await home.cli(args, env);
  expect(exitCode, stderr).toBe(0);
  return stdout;
}

async function status(): Promise<Status> {
  return JSON.parse(await run('status', '--json')) as Status;
}

/** The archives that each JVM of the lab has mapped. */
async function mapped(): Promise<Record<string, readonly string[]>> {
  const pids = pidsOf(await status());
  const entries = jvms.map(async (name) => {
    const maps = await readFile(`/proc/${String(pids[name])}/maps`, 'utf8');
    const paths = maps.split('\n').flatMap((line) => /class-archives\/(.*\.jsa)$/.exec(line)?.[1] ?? []);
    return [name, [...new Set(paths)]] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function archiveFiles(): Promise<string[]> {
  const names = await readdir(archives).catch(() => []);
  return names.filter((name) => /^(flink|kafka)-[0-9a-f]+\.jsa$/.test(name)).sort();
}

const planFile = join(labFolder, 'data', 'flink', 'plan.bin');
const logOf = (name: string) => readFile(join(labFolder, 'logs', `${name}.log`), 'utf8');
/** Whether the SQL Gateway had to plan anything since it was started: each statement runs in a session. */
const hasPlanned = async (): Promise<boolean> =>
  /Session .* is opened/.test(await logOf('flink-sql-gateway'));

/** What the process that makes all of this has said, once it is done. */
async function nextStartSaid(): Promise<string> {
  let said = '';
  const isOver = async (): Promise<boolean> => {
    said = await logOf('next-start').catch(() => '');
    return said.includes('The class archives: ');
  };
  await eventually(isOver, 500_000).catch(() => {
    throw new Error(`The next start is not prepared: ${said}`);
  });
  return said;
}

/** Whether this Java fails to make the plainest archive as well, with nothing of ours in it. */
async function archivesFailHere(): Promise<boolean> {
  const { java } = await findJava(undefined);
  const file = join(cacheHome, 'plain.jsa');
  const { failed } = await execa(java, ['-Xshare:dump', `-XX:SharedArchiveFile=${file}`], { reject: false });
  return failed;
}

beforeAll(async () => {
  mkdirSync(join(cacheHome, 'streamlab'), { recursive: true });
  symlinkSync(join(homeFolders().cacheDir, 'artifacts'), join(cacheHome, 'streamlab', 'artifacts'));
  await run('up');
});
afterAll(async () => {
  await home.cli(['down', '--volumes', '--yes'], env);
  await home.end();
  rmSync(cacheHome, { recursive: true, force: true });
});

describe.runIf(process.platform === 'linux')('what the next start is quicker with', () => {
  test('is made beside the running lab: the plan of its job, and an archive for each class path', async (context) => {
    expect(await hasPlanned()).toBe(true);
    const said = await nextStartSaid();
    expect((await status()).healthy).toBe(true);
    await stat(planFile);
    if (said.includes('-Xshare:dump') && (await archivesFailHere())) context.skip(said);
    expect(await archiveFiles(), said).toEqual([
      expect.stringMatching(/^flink-/),
      expect.stringMatching(/^kafka-/),
    ]);
  }, 600_000);

  test('is used by it: the JVMs map the archives, the job goes on from its state without being planned', async () => {
    await run('down');
    expect(await run('up')).not.toBe('');
    const files = await archiveFiles();
    const flink = files.filter((name) => name.startsWith('flink-'));
    expect(await mapped()).toEqual({
      kafka: files.filter((name) => name.startsWith('kafka-')),
      'flink-jobmanager': flink,
      'flink-taskmanager': flink,
      'flink-sql-gateway': flink,
    });
    expect(await hasPlanned()).toBe(false);
    const job = JSON.parse(await run('job', 'status', '--json')) as { checkpoints: { restoredFrom: string } };
    expect(job.checkpoints.restoredFrom).toContain(
      join(labFolder, 'data', 'flink', 'savepoints', 'savepoint-'),
    );
    expect((await status()).healthy).toBe(true);
  });

  test('takes another id for each job: one that was cancelled is submitted again to the same JobManager', async () => {
    const before = (await status()).job?.id;
    await run('job', 'cancel');
    await run('job', 'submit');
    const after = (await status()).job;
    expect(after?.state).toBe('RUNNING');
    expect(after?.id).not.toBe(before);
    expect(await hasPlanned()).toBe(false);
  });

  test('does no harm when it is broken: archives that were cut short are not mapped, a cut plan is not submitted', async () => {
    await run('down');
    for (const name of await archiveFiles()) await truncate(join(archives, name), 1_000_000);
    await truncate(planFile, 100_000);
    await run('up');
    expect(Object.values(await mapped()).flat()).toEqual([]);
    expect(await hasPlanned()).toBe(true);
    expect((await status()).healthy).toBe(true);
  });
});
