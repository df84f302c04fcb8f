import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rename, rm, stat, statfs, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { jarName, type Artifact } from '../../../domain/artifacts.js';

/**
 * Every verified jar in the cache is given this modification time. Whoever writes to the file later changes it, so
 * size and time tell at each start whether the sum has to be computed again.
 */
const verifiedAt = new Date('2020-01-01T00:00:00Z');

/** The folder of the jars within the cache that all labs share. */
export function artifactFolder(cacheDir: string): string {
  return join(cacheDir, 'artifacts');
}

export function jarPath(folder: string, artifact: Artifact): string {
  return join(folder, jarName(artifact));
}

/** Where a download is written until it is verified; kept when it is interrupted, to go on from there. */
export function partPath(folder: string, artifact: Artifact): string {
  return `${jarPath(folder, artifact)}.part`;
}

export type JarState = 'good' | 'missing' | 'corrupt';

/**
 * The state of an artifact in the cache. The sum is computed only if the file was touched since it was verified,
 * or always when `full`.
 */
export async function jarState(
  folder: string,
  artifact: Artifact,
  options: { full: boolean },
): Promise<JarState> {
  const path = jarPath(folder, artifact);
  const found = await stat(path).catch(ignoreMissing);
  if (found === undefined) return 'missing';
  if (found.size !== artifact.bytes) return 'corrupt';
  if (found.mtimeMs === verifiedAt.getTime() && !options.full) return 'good';
  if ((await sha256Of(path)) !== artifact.sha256) {
    // Whatever kept the time while it changed the content: the next start shall notice too.
    await utimes(path, new Date(), new Date()).catch(() => undefined);
    return 'corrupt';
  }
  // Best effort: a cache that is not ours to write is good all the same, only slower to check.
  await utimes(path, verifiedAt, verifiedAt).catch(() => undefined);
  return 'good';
}

/** Makes a verified download the artifact; readers see the whole file or none. */
export async function admitJar(folder: string, artifact: Artifact): Promise<void> {
  const part = partPath(folder, artifact);
  await utimes(part, verifiedAt, verifiedAt);
  await rename(part, jarPath(folder, artifact));
}

export async function removeJar(folder: string, artifact: Artifact): Promise<void> {
  await rm(jarPath(folder, artifact), { force: true });
}

/** Bytes of an interrupted download, 0 if there is none. */
export async function partBytes(folder: string, artifact: Artifact): Promise<number> {
  return (await stat(partPath(folder, artifact)).catch(ignoreMissing))?.size ?? 0;
}

export async function sha256Of(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const options = { highWaterMark: 1 << 20, ...(signal === undefined ? {} : { signal }) };
  for await (const chunk of createReadStream(path, options)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Bytes that this user may still write to the file system of a folder that exists. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

function ignoreMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
  throw error;
}
