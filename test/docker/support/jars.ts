import { join, resolve } from 'node:path';
import { homeFolders } from '../../../src/adapters/files/paths.js';
import { artifactFolder, jarPath } from '../../../src/adapters/runtime/artifacts/artifact-cache.js';
import { ensureArtifacts, readArtifactLock } from '../../../src/adapters/runtime/artifacts/artifacts.js';
import { artifactsFor, type ArtifactService } from '../../../src/domain/artifacts.js';
import { copied } from './host-files.js';
import type { TarEntry } from './tar.js';

export interface JarFile {
  artifactId: string;
  version: string;
  /** In the artifact cache. */
  path: string;
}

/** The jars of artifacts.lock.json, in the user's cache as for any lab; what is missing is downloaded. */
export async function loadArtifacts(): Promise<{ kafka: JarFile[]; flink: JarFile[] }> {
  const lock = await readArtifactLock(resolve('artifacts.lock.json'));
  const { cacheDir } = homeFolders();
  await ensureArtifacts({
    lock,
    services: ['kafka', 'flink'],
    cacheDir,
    mirror: process.env.STREAMLAB_ARTIFACT_MIRROR,
    offline: false,
    report: () => undefined,
    signal: AbortSignal.timeout(10 * 60_000),
  });
  const of = (service: ArtifactService): JarFile[] =>
    artifactsFor(lock, [service]).map((artifact) => ({
      artifactId: artifact.artifactId,
      version: artifact.version,
      path: jarPath(artifactFolder(cacheDir), artifact),
    }));
  return { kafka: of('kafka'), flink: of('flink') };
}

/** A jar in an image under the name that a distribution gives it. */
export function named(jar: JarFile, folder: string, owner: { uid: number; gid: number }): TarEntry {
  return { ...copied(jar.path, join(folder, `${jar.artifactId}-${jar.version}.jar`)), ...owner };
}
