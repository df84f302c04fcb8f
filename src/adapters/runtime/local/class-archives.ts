import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { withLock } from '../lab-lock.js';
import { javaEnvironment, type Java } from './java.js';

/**
 * An archive for class data sharing (`java -Xshare`): the classes of a class path, parsed and verified. A JVM that maps it
 * needs a third less time to start. It fits one Java and one class path; whatever does not fit, the JVM itself leaves
 * aside (`-Xshare:auto`).
 */
export interface ClassArchive {
  path: string;
  /** Whether it is there and whole; `hopeless` where this Java could not make it. */
  state: 'ready' | 'missing' | 'hopeless';
  java: string;
  jars: readonly string[];
  /** Of the JVM that makes it. */
  options: readonly string[];
}

export interface ClassArchives {
  kafka: ClassArchive;
  flink: ClassArchive;
}

/** How many archives of one class path are kept: labs may use different versions of Java. */
const keptArchives = 2;
const dumpTimeoutMs = 300_000;

/** Where the archives of these class paths are, shared by all labs, and whether they are there. */
export async function classArchives(
  cacheDir: string,
  java: Java,
  { kafka, flink }: Record<keyof ClassArchives, Pick<ClassArchive, 'jars' | 'options'>>,
): Promise<ClassArchives> {
  const folder = archiveFolder(cacheDir);
  const archiveOf = async (
    name: string,
    of: Pick<ClassArchive, 'jars' | 'options'>,
  ): Promise<ClassArchive> => {
    const path = join(folder, `${name}-${await keyOf(java, of)}.jsa`);
    return { path, state: await stateOf(path), java: java.java, ...of };
  };
  const [ofKafka, ofFlink] = await Promise.all([archiveOf('kafka', kafka), archiveOf('flink', flink)]);
  return { kafka: ofKafka, flink: ofFlink };
}

export function archiveFolder(cacheDir: string): string {
  return join(cacheDir, 'class-archives');
}

/** The JVM compares the same of each jar, and would leave an archive aside for good that differs. */
async function keyOf(
  { home, build }: Java,
  { jars, options }: Pick<ClassArchive, 'jars' | 'options'>,
): Promise<string> {
  const facts = await Promise.all(
    jars.map(async (jar) => {
      const { size, mtimeMs } = await stat(jar);
      return [jar, size, mtimeMs];
    }),
  );
  return createHash('sha256')
    .update(JSON.stringify([home, build, facts, options]))
    .digest('hex')
    .slice(0, 16);
}

/** An archive that was cut short after it was made is worth less than none: its size is noted beside it. */
async function stateOf(path: string): Promise<ClassArchive['state']> {
  try {
    const noted = await readFile(noteOf(path), 'utf8');
    if (noted === hopeless) {
      const { mtimeMs } = await stat(noteOf(path));
      return Date.now() - mtimeMs < hopelessMs ? hopeless : 'missing';
    }
    return (await stat(path)).size === Number(noted) ? 'ready' : 'missing';
  } catch {
    return 'missing';
  }
}

const hopeless = 'hopeless';
/** It may have been for want of space on the disk. */
const hopelessMs = 24 * 3_600_000;

function noteOf(path: string): string {
  return `${path}.size`;
}

/**
 * Takes an archive away with which a JVM has crashed, and notes that another would be no better for now. One that the JVM did
 * not have is left as it is: the crash has another reason.
 */
export async function discardArchive({ path, state }: ClassArchive): Promise<void> {
  if (state !== 'ready') return;
  await rm(path, { force: true }).catch(() => undefined);
  await writeFile(noteOf(path), hopeless).catch(() => undefined);
}

/**
 * Makes the archive from the class lists that JVMs wrote (`-XX:DumpLoadedClassList`), unless another process is at it. The
 * archive appears when it is complete.
 * @throws whatever keeps it from being made; the folder is left as it was
 */
export async function makeArchive(
  archive: ClassArchive,
  classLists: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const folder = join(archive.path, '..');
  await mkdir(folder, { recursive: true });
  const work = async (): Promise<void> => {
    if ((await stateOf(archive.path)) !== 'missing') return;
    const beside = `${archive.path}.${String(process.pid)}`;
    const list = `${beside}.classes`;
    await removeUnfinished(folder);
    try {
      await writeFile(
        list,
        mergedClassList(await Promise.all(classLists.map((path) => readFile(path, 'utf8')))),
      );
      const what = ['-Xshare:dump', `-XX:SharedClassListFile=${list}`, `-XX:SharedArchiveFile=${beside}`];
      const args = [...what, ...archive.options, '-cp', archive.jars.join(delimiter)];
      const {
        exitCode,
        signal: endedBy,
        stderr,
        stdout,
      } = await execa(archive.java, args, {
        env: javaEnvironment(),
        timeout: dumpTimeoutMs,
        cancelSignal: signal,
        reject: false,
      });
      signal.throwIfAborted();
      // Killed, or out of time: that may be different next time.
      if (exitCode === undefined)
        throw new Error(`java -Xshare:dump was ended by ${endedBy ?? 'its deadline'}`);
      if (exitCode !== 0) {
        await writeFile(noteOf(archive.path), hopeless);
        const last = [stdout, stderr].map((text) => text.trim().split('\n').at(-1) ?? '').join(' ');
        throw new Error(`java -Xshare:dump ended with ${String(exitCode)}: ${last.trim()}`);
      }
      const { size } = await stat(beside);
      await writeFile(noteOf(archive.path), String(size));
      await rename(beside, archive.path);
      await removeOld(folder, archive.path);
    } finally {
      await Promise.all([beside, list].map((path) => rm(path, { force: true })));
    }
  };
  await withLock(folder, work, { patienceMs: dumpTimeoutMs, signal });
}

/**
 * One class list for all JVMs of a class path. Java 18 and later number the classes, and write those that other class
 * loaders loaded with the numbers of their parents: the numbers of two lists do not go together, so they are left out.
 */
export function mergedClassList(lists: readonly string[]): string {
  const lines = lists
    .flatMap((text) => text.split('\n'))
    .filter((line) => line !== '' && !line.startsWith('#') && !line.includes(' source: '))
    .map((line) => line.replace(/ id: \d+$/, ''));
  return `${[...new Set(lines)].join('\n')}\n`;
}

/** What makers left that were killed, 150 MB each: nobody else makes one under the lock. */
async function removeUnfinished(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => /\.jsa\.\d+(?:\.classes)?$/.test(name));
  await Promise.all(names.map((name) => rm(join(folder, name), { force: true }).catch(() => undefined)));
}

async function removeOld(folder: string, made: string): Promise<void> {
  const group = /([a-z]+)-[0-9a-f]+\.jsa$/.exec(made)?.[1] ?? '';
  const names = (await readdir(folder)).filter(
    (name) => name.startsWith(`${group}-`) && name.endsWith('.jsa'),
  );
  const aged = await Promise.all(
    names.map(async (name) => ({ path: join(folder, name), at: (await stat(join(folder, name))).mtimeMs })),
  );
  const old = aged.sort((a, b) => b.at - a.at).slice(keptArchives);
  // A JVM may still have it open, which keeps it from being removed on Windows.
  await Promise.all(
    old
      .flatMap(({ path }) => [path, noteOf(path)])
      .map((path) => rm(path, { force: true }).catch(() => undefined)),
  );
}
