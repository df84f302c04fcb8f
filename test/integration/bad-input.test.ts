import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { TestHome } from './support/cli.js';

const home = new TestHome();
const scratch = join(home.stateHome, 'scratch');
mkdirSync(scratch);
afterAll(() => home.end());

describe('flags that make no sense are exit code 2, and the message names them', () => {
  test.each([
    [['produce', '--late', '130%'], /--late "130%"/],
    [['produce', '--rate', 'abc'], /--rate "abc"/],
    [['produce', '--late-by', '5'], /--late-by "5".*10s\.\.90s/s],
    [['produce', '--late', '60%', '--invalid', '60%'], /--late|--invalid/],
    [['produce', '--backfill', '1h', '--duration', '1m'], /--backfill and --duration/],
    [['produce', '--rate', '1k..2k'], /--over or --wave/],
    [['produce', '--scenario', 'stedy'], /Did you mean "steady"/],
    [['produce', '--break', 'drop:foo'], /no field "foo"/],
    [['verify', '--wait', 'soon'], /--wait soon/],
    [['up', '--guarantee', 'maybe'], /--guarantee "maybe"/],
    [['up', '--lab', 'My Lab'], /--lab "My Lab"/],
    [['up', '--kafka-port', '99999'], /--kafka-port "99999"/],
    [['up', '--no-such-flag'], /--no-such-flag/],
    [['status', '--config', 'no-such-file.yaml'], /no-such-file\.yaml/],
  ])('%j', async (args, message) => {
    const result = await home.cli(args);
    expect(result.stderr).toMatch(message);
    expect(result.stderr).not.toMatch(/^\s+at /m);
    expect(result.exitCode).toBe(2);
    expect(result.stdout).toBe('');
  });
});

test.each([
  ['verify', '--nope'],
  ['produce', '--count', '5', '--backfill', '5x'],
])('wrong usage has exit code 2 under --json too, with one JSON value on stdout: %s %s', async (...args) => {
  const result = await home.cli([...args, '--json']);
  expect(result.exitCode).toBe(2);
  expect(JSON.parse(result.stdout)).toMatchObject({
    error: { code: 'INVALID_USAGE', suggestions: [expect.any(String)] },
  });
});

test('a state folder that is none is named', async () => {
  const file = join(scratch, 'a-file');
  writeFileSync(file, '');
  const result = await home.cli(['up'], { XDG_STATE_HOME: file });
  expect(result.exitCode).toBe(3);
  expect(result.stderr).toContain(`Cannot make the folder ${file}`);
});

test('a mistake in the configuration file is named with its key and file', async () => {
  const file = join(scratch, 'streamlab.yaml');
  writeFileSync(file, 'watermarkDelay: 5s\nallowedLatenes: 1m\n');
  const result = await home.cli(['status', '--config', file]);
  expect(result.exitCode).toBe(2);
  expect(result.stderr).toContain(`allowedLatenes in ${file}`);
});

test('a command that needs a lab says how to start one, in text and in JSON, with exit code 3', async () => {
  const text = await home.cli(['produce', '--count', '1']);
  expect(text.exitCode).toBe(3);
  expect(text.stderr).toMatch(/The lab "default" is not running\.\n.*streamlab up/);
  const json = await home.cli(['verify', '--json']);
  expect(json.exitCode).toBe(3);
  expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: 'LAB_NOT_RUNNING' } });
});

describe('Java', () => {
  const fakeJava = (version: string): string => {
    const folder = join(scratch, `java-${version}`);
    mkdirSync(join(folder, 'bin'), { recursive: true });
    writeFileSync(
      join(folder, 'bin', 'java'),
      `#!/bin/sh\necho '    java.home = ${folder}' >&2\necho '    java.version = ${version}' >&2\necho 'java version "${version}"' >&2\n`,
    );
    chmodSync(join(folder, 'bin', 'java'), 0o755);
    return folder;
  };

  test('that is too old is named with its version, its place and what is needed', async () => {
    const folder = fakeJava('1.8.0_392');
    const result = await home.cli(['up'], { STREAMLAB_JAVA_HOME: folder });
    expect(result.exitCode).toBe(3);
    expect(result.stderr).toContain('1.8.0_392');
    expect(result.stderr).toContain(folder);
    expect(result.stderr).toMatch(/17/);
  });

  test('that is not where it was said to be is named', async () => {
    const result = await home.cli(['up'], { STREAMLAB_JAVA_HOME: '/no/java/here' });
    expect(result.exitCode).toBe(3);
    expect(result.stderr).toContain('/no/java/here');
  });
});

describe('artifacts', () => {
  const cache = join(scratch, 'cache');

  test('that are missing are named by up --offline', async () => {
    const result = await home.cli(['up', '--offline'], { XDG_CACHE_HOME: cache });
    expect(result.exitCode).toBe(3);
    expect(result.stderr).toMatch(/offline/i);
    expect(result.stderr).toMatch(/at\.yawk\.lz4:lz4-java:/);
  });

  test('whose bytes are not those of the lock file are never used, and named', async () => {
    const server = await serveGarbage();
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const env = { XDG_CACHE_HOME: cache, STREAMLAB_ARTIFACT_MIRROR: `http://127.0.0.1:${String(port)}/` };
    const result = await home.cli(['up'], env);
    server.close();
    server.closeAllConnections();
    expect(result.exitCode).toBe(3);
    expect(result.stderr).toMatch(/Error: .*[\w.-]+:[\w.-]+:\d/);
    expect(result.stderr).toMatch(/sha-?256|checksum|bytes/i);
  });
});

/** A repository with a jar of the right size and the wrong content for every request. */
async function serveGarbage(): Promise<Server> {
  const { artifacts } = (await import('../../artifacts.lock.json', { with: { type: 'json' } })).default;
  const sizes = new Map(
    artifacts.map(({ artifactId, version, bytes }) => [`${artifactId}-${version}.jar`, bytes]),
  );
  const server = createServer((request, response) => {
    const name = request.url?.split('/').at(-1) ?? '';
    response.end(Buffer.alloc(sizes.get(name) ?? 100, 'x'));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return server;
}
