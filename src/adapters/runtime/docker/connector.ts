import { join } from 'node:path';
import { artifactsFor } from '../../../domain/artifacts.js';
import type { StackFile } from '../../../domain/stack/stack.js';
import { packageRoot } from '../../files/paths.js';
import { artifactFolder, jarPath, jarState } from '../artifacts/artifact-cache.js';
import { ensureArtifacts, readArtifactLock } from '../artifacts/artifacts.js';
import type { StartRequest } from '../runtime.js';

/** What the compose file mounts into Flink's lib folder when nothing else is named (STREAMLAB_CONNECTOR_DIR). */
export const connectorFolder = './lib';

export interface Connector {
  /** The jar as a file of the containers that mount `connectorFolder`. */
  files: readonly Omit<StackFile, 'path'>[];
  isCached: boolean;
}

/** Flink's Kafka connector as the lock file names it; its checksum is known before it is downloaded. */
export async function knownConnector(cacheDir: string): Promise<Connector> {
  const lock = await readArtifactLock(join(packageRoot, 'artifacts.lock.json'));
  const folder = artifactFolder(cacheDir);
  const jars = artifactsFor(lock, ['flink-connector']);
  const states = await Promise.all(jars.map((jar) => jarState(folder, jar, { full: false })));
  return {
    files: jars.map((jar) => ({ source: jarPath(folder, jar), sha256: jar.sha256 })),
    isCached: states.every((state) => state === 'good'),
  };
}

/** @throws StreamlabError OFFLINE_INCOMPLETE, DOWNLOAD_FAILED, CHECKSUM_MISMATCH, DISK_FULL, NOT_PERMITTED, LOCKED */
export async function downloadConnector(cacheDir: string, request: StartRequest): Promise<void> {
  await ensureArtifacts({
    lock: await readArtifactLock(join(packageRoot, 'artifacts.lock.json')),
    services: ['flink-connector'],
    cacheDir,
    mirror: request.config.artifactMirror,
    offline: request.offline,
    report: request.report,
    signal: request.signal,
  });
}
