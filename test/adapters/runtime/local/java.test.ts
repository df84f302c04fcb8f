import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findJava } from '../../../../src/adapters/runtime/local/java.js';
import { surroundings, type Surroundings } from '../../../../src/adapters/runtime/local/java-homes.js';

let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'streamlab-java-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

/** A program that answers as `java -XshowSettings:properties -version` does. */
function javaAt(path: string, version: string): string {
  const home = join(root, path);
  mkdirSync(join(home, 'bin'), { recursive: true });
  const program = join(home, 'bin', 'java');
  const settings = `Property settings:\n    java.home = ${home}\n    java.version = ${version}\n    java.version.date = 2020-01-01\n    java.vm.vendor = Someone\n    java.vm.version = ${version}+7\n`;
  writeFileSync(program, `#!/bin/sh\ncat >&2 <<EOF\n${settings}\nopenjdk version "${version}"\nEOF\n`);
  chmodSync(program, 0o755);
  return home;
}

function around(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = 'linux'): Surroundings {
  // The fake programs are shell scripts: cat must be found by them, not by us.
  return { env, platform, collections: [{ folder: join(root, 'jvm'), inside: '' }] };
}

test('the configured Java is used, whatever else there is', async () => {
  const configured = javaAt('mine', '21.0.4');
  const env = { JAVA_HOME: javaAt('home', '17.0.15') };
  expect(await findJava(configured, around(env))).toEqual({
    java: join(configured, 'bin', 'java'),
    home: configured,
    version: '21.0.4',
    major: 21,
    build: 'Someone 21.0.4+7',
    source: 'javaHome',
  });
});

test('a configured Java that is too old is an error that says where it is and what is needed', async () => {
  const configured = javaAt('old', '1.8.0_402');
  javaAt('jvm/java-17', '17.0.15');
  await expect(findJava(configured, around({}))).rejects.toMatchObject({
    code: 'JAVA_TOO_OLD',
    message: `Kafka and Flink need Java 17 or newer; found 1.8.0_402 (javaHome: ${configured}/bin/java).`,
  });
});

test('a configured folder without Java is an error', async () => {
  await expect(findJava(join(root, 'nothing'), around({}))).rejects.toMatchObject({ code: 'JAVA_MISSING' });
});

test.each([
  ['JAVA_HOME before the PATH', { JAVA_HOME: 'home', PATH: 'path' }, 'JAVA_HOME'],
  ['the PATH before the usual folders', { PATH: 'path' }, 'PATH'],
  ['the usual folders', {}, 'jvm/java-17'],
])('%s', async (_, env, source) => {
  for (const path of ['home', 'path', 'jvm/java-17']) javaAt(path, '17.0.15');
  const resolved = Object.fromEntries(
    Object.entries(env).map(([key, path]) => [key, join(root, path, key === 'PATH' ? 'bin' : '')]),
  );
  const found = await findJava(undefined, around(resolved));
  expect(found.source).toBe(source.startsWith('jvm') ? join(root, source) : source);
});

test('an old JAVA_HOME, which may serve other work, is passed over', async () => {
  const env = { JAVA_HOME: javaAt('home', '11.0.2') };
  javaAt('jvm/java-21', '21.0.4');
  expect(await findJava(undefined, around(env))).toMatchObject({ major: 21 });
});

test('a Java that Flink supports is preferred to a newer one', async () => {
  const env = { JAVA_HOME: javaAt('home', '25.0.1') };
  javaAt('jvm/java-17', '17.0.15');
  const found = await findJava(undefined, around(env));
  expect(found.major).toBe(17);
  expect(found.warning).toBeUndefined();
});

test('a newer one alone is used, with a warning', async () => {
  javaAt('jvm/java-26', '26-ea');
  const found = await findJava(undefined, around({}));
  expect(found.major).toBe(26);
  expect(found.warning).toMatch(/Java 26-ea .* newer/);
});

test('when all are too old, each is named', async () => {
  javaAt('jvm/java-11', '11.0.2');
  javaAt('jvm/java-8', '1.8.0_402');
  await expect(findJava(undefined, around({}))).rejects.toMatchObject({
    code: 'JAVA_TOO_OLD',
    message: expect.stringMatching(/found 11\.0\.2 .*, 1\.8\.0_402 /) as string,
  });
});

test.each([
  ['linux', /apt install/],
  ['darwin', /brew install/],
  ['win32', /winget install/],
] as const)('without any on %s, it says how to install one', async (platform, how) => {
  const failure = findJava(undefined, around({}, platform));
  await expect(failure).rejects.toMatchObject({
    code: 'JAVA_MISSING',
    suggestions: expect.arrayContaining([expect.stringMatching(how)]) as string[],
  });
});

test('a stub that fails, as the one of macOS does, is no Java', async () => {
  const home = javaAt('stub', '17.0.15');
  writeFileSync(
    join(home, 'bin', 'java'),
    '#!/bin/sh\necho "Unable to locate a Java Runtime." >&2\nexit 1\n',
  );
  await expect(findJava(undefined, around({ JAVA_HOME: home }))).rejects.toMatchObject({
    code: 'JAVA_MISSING',
  });
});

test('a broken link is passed over', async () => {
  mkdirSync(join(root, 'jvm', 'gone', 'bin'), { recursive: true });
  symlinkSync(join(root, 'nowhere'), join(root, 'jvm', 'gone', 'bin', 'java'));
  await expect(findJava(undefined, around({}))).rejects.toMatchObject({ code: 'JAVA_MISSING' });
});

test('the real Java of this machine is found', async ({ skip }) => {
  if (!existsSync('/usr/bin/java')) skip('there is no /usr/bin/java here');
  const found = await findJava(undefined, surroundings());
  expect(found.major).toBeGreaterThanOrEqual(17);
  expect(existsSync(found.home)).toBe(true);
});
