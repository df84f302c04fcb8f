import { join } from 'node:path';
import type { ArtifactLock } from '../../../domain/artifacts.js';
import { packageRoot } from '../../files/paths.js';
import type { StartRequest } from '../runtime.js';
import { readArtifactLock } from '../artifacts/artifacts.js';
import { ensureArtifacts } from '../artifacts/artifacts.js';
import { findJava } from './java.js';
import type { LocalService } from './services.js';

/** What the JVM services need on this machine. */
export interface JavaTools {
  /** Finds Java and makes sure that every artifact is in the cache. */
  prepare(
    request: StartRequest,
  ): Promise<{ java: string; kafkaJars: readonly string[]; flinkJars: readonly string[] }>;
  versionOf(service: LocalService): Promise<string | null>;
}

export function javaTools(cacheDir: string): JavaTools {
  let lock: Promise<ArtifactLock> | undefined;
  const readLock = (): Promise<ArtifactLock> =>
    (lock ??= readArtifactLock(join(packageRoot, 'artifacts.lock.json')));
  return {
    prepare: async ({ config, offline, report, signal }) => {
      // Java first: without it a download of all jars would be in vain.
      const { java, warning } = await findJava(config.javaHome);
      if (warning !== undefined) report({ type: 'message', text: `Warning: ${warning}` });
      const jars = await ensureArtifacts({
        lock: await readLock(),
        services: ['kafka', 'flink'],
        cacheDir,
        mirror: config.artifactMirror,
        offline,
        report,
        signal,
      });
      return { java, kafkaJars: jars.get('kafka') ?? [], flinkJars: jars.get('flink') ?? [] };
    },
    versionOf: async (service) => {
      if (service === 'clickhouse') return null;
      const { versions } = await readLock();
      return service === 'kafka' ? versions.kafka : versions.flink;
    },
  };
}
