import { mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  archiveFolder,
  classArchives,
  discardArchive,
  makeArchive,
  mergedClassList,
} from '../../../../src/adapters/runtime/local/class-archives.js';
import type { Java } from '../../../../src/adapters/runtime/local/java.js';

let folder: string;
let jar: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'streamlab-archives-'));
  jar = join(folder, 'a.jar');
  await writeFile(jar, 'a jar');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const java: Java = {
  java: 'java',
  home: '/java',
  version: '17.0.1',
  major: 17,
  build: 'X 17.0.1+1',
  source: '',
};
const flinkOf = async (as: Java = java, options: string[] = []) =>
  (await classArchives(folder, as, { kafka: { jars: [], options }, flink: { jars: [jar], options } })).flink;
const signal = AbortSignal.timeout(20_000);

/** A `java` that writes the archive it is asked for, or ends with an error. */
async function fakeJava(script: string): Promise<Java> {
  const path = join(folder, 'fake-java');
  await writeFile(
    path,
    `#!/bin/sh\nfor a in "$@"; do case "$a" in -XX:SharedArchiveFile=*) f="\${a#*=}";; esac; done\n${script}\n`,
    {
      mode: 0o755,
    },
  );
  return { ...java, java: path };
}

async function made(as: Java) {
  const list = join(folder, 'list');
  await writeFile(list, 'java/lang/Object id: 0\n');
  await makeArchive(await flinkOf(as), [list], signal);
  return flinkOf(as);
}

describe.skipIf(process.platform === 'win32')('a class archive', () => {
  test('belongs to one Java, its options, and the jars as they are', async () => {
    const { path } = await flinkOf();
    expect((await flinkOf()).path).toBe(path);
    expect((await flinkOf({ ...java, build: 'X 17.0.1+2' })).path).not.toBe(path);
    expect((await flinkOf(java, ['--add-opens=a/b=c'])).path).not.toBe(path);
    await utimes(jar, new Date(), new Date('2020-01-01'));
    expect((await flinkOf()).path).not.toBe(path);
  });

  test('is used once it is made, and leaves nothing else behind', async () => {
    expect((await flinkOf()).state).toBe('missing');
    const archive = await made(await fakeJava('echo classes > "$f"'));
    expect(archive.state).toBe('ready');
    expect(await readFile(archive.path, 'utf8')).toBe('classes\n');
    const names = await readdir(archiveFolder(folder));
    expect(names.filter((name) => !archive.path.endsWith(name.replace(/\.size$/, '')))).toEqual([]);
  });

  test('that was cut short is not used, and is made anew', async () => {
    const archive = await made(await fakeJava('echo classes > "$f"'));
    await truncate(archive.path, 3);
    expect((await flinkOf()).state).toBe('missing');
    expect((await made(await fakeJava('echo others > "$f"'))).state).toBe('ready');
  });

  test('that a killed process has left unfinished is cleared away', async () => {
    const archive = await made(await fakeJava('echo classes > "$f"'));
    await truncate(archive.path, 3);
    for (const name of [`${archive.path}.123`, `${archive.path}.123.classes`]) await writeFile(name, 'half');
    await made(await fakeJava('echo classes > "$f"'));
    const names = await readdir(archiveFolder(folder));
    expect(names.filter((name) => name.includes('.123'))).toEqual([]);
  });

  test('that a JVM has crashed with is gone, and not made again at once', async () => {
    const archive = await made(await fakeJava('echo classes > "$f"'));
    await discardArchive(archive);
    expect((await flinkOf()).state).toBe('hopeless');
    const names = await readdir(archiveFolder(folder));
    expect(names.filter((name) => name.endsWith('.jsa'))).toEqual([]);
  });

  test('that was not there when a JVM crashed is made all the same', async () => {
    await discardArchive(await flinkOf());
    expect((await flinkOf()).state).toBe('missing');
  });

  test('that this Java cannot make is not tried again for a day', async () => {
    const failing = await fakeJava('echo half > "$f"; exit 1');
    await expect(made(failing)).rejects.toThrow('ended with 1');
    const { path, state } = await flinkOf(failing);
    expect(state).toBe('hopeless');
    await utimes(`${path}.size`, new Date(), new Date(Date.now() - 25 * 3_600_000));
    expect((await flinkOf(failing)).state).toBe('missing');
  });

  test('is still missing when the making was ended', async () => {
    const killed = await fakeJava('echo half > "$f"; kill -9 $$');
    await expect(made(killed)).rejects.toThrow('was ended');
    expect((await flinkOf(killed)).state).toBe('missing');
    expect(await readdir(archiveFolder(folder))).toEqual([]);
  });
});

test('class lists are merged without what only one of them means', () => {
  const old = '# NOTE\njava/lang/Object\n@lambda-proxy a/B run ()V\n';
  const numbered = 'java/lang/Object id: 0\nc/D id: 7\nx/Y id: 8 super: 0 source: /lib/y.jar\n';
  expect(mergedClassList([old, numbered])).toBe('java/lang/Object\n@lambda-proxy a/B run ()V\nc/D\n');
});
