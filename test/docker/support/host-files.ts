import { execFileSync } from 'node:child_process';
import { accessSync, constants, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { fileContent, type TarEntry } from './tar.js';

/** A program of this machine under its name in /usr/bin, with the shared libraries it needs. */
export function programs(names: readonly string[]): TarEntry[] {
  const paths = names.map((name) => ({ name, from: realpathSync(pathOf(name)) }));
  return [
    ...paths.map(({ name, from }) => copied(from, `usr/bin/${name}`)),
    ...sharedLibraries(paths.map(({ from }) => from)),
  ];
}

/** Where a program is on this machine. @throws Error that says which package has it */
function pathOf(name: string): string {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  const found = folders.map((folder) => join(folder, name)).find(isProgram);
  if (found === undefined) throw new Error(`${name} is not on the PATH: install it (see .ci/run)`);
  return found;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The shared libraries that programs and libraries need, at the places where the loader looks for them. */
export function sharedLibraries(files: readonly string[]): TarEntry[] {
  const listed = execFileSync('ldd', files, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const paths = [...listed.matchAll(/(?:=> |^\s+)(\/\S+) \(0x/gm)].map(([, path = '']) => path);
  return [...new Set(paths)].map((path) => copied(path, libraryPlace(path)));
}

/** /lib and /lib64 are links to their namesakes below /usr. */
function libraryPlace(path: string): string {
  const place = join(realpathSync(dirname(path)), basename(path)).slice(1);
  return place.startsWith('usr/') ? place : `usr/${place}`;
}

export interface FolderOptions {
  uid?: number;
  gid?: number;
  /** Paths within the folder to leave out, with all that is in them. */
  without?: (path: string) => boolean;
}

/** A folder of this machine, links replaced by what they point to; links that point nowhere are left out. */
export function folder(from: string, to: string, options: FolderOptions = {}): TarEntry[] {
  const { uid = 0, gid = 0, without = () => false } = options;
  const walk = (within: string): TarEntry[] =>
    readdirSync(join(from, within)).flatMap((name) => {
      const path = within === '' ? name : `${within}/${name}`;
      const stats = statSync(join(from, path), { throwIfNoEntry: false });
      if (stats === undefined || without(path)) return [];
      const mode = stats.mode & 0o777;
      if (stats.isDirectory()) {
        return [{ path: `${to}/${path}`, mode, uid, gid, content: { type: 'directory' } }, ...walk(path)];
      }
      return [{ path: `${to}/${path}`, mode, uid, gid, content: fileContent(join(from, path)) }];
    });
  return walk('');
}

/** A file of this machine with its permissions, belonging to root. */
export function copied(from: string, to: string): TarEntry {
  return { path: to, mode: statSync(from).mode & 0o777, uid: 0, gid: 0, content: fileContent(from) };
}

const windowing = /awt|splash|font|jsound|lcms|javajpeg|mlib/;

/** A Java home at /opt/java/openjdk, without what only programmers and windows need. */
export function javaHome(home: string): TarEntry[] {
  const files = folder(home, 'opt/java/openjdk', {
    without: (path) => /^(jmods|include|legal|man|docs|demo)$|(src\.zip|ct\.sym)$/.test(path),
  });
  const native = files
    .map(({ path }) => join(home, path.slice('opt/java/openjdk/'.length)))
    .filter((path) => (path.endsWith('.so') && !windowing.test(basename(path))) || path.endsWith('bin/java'));
  const own = realpathSync(home).slice(1);
  return [...files, ...sharedLibraries(native).filter(({ path }) => !path.startsWith(own))];
}
