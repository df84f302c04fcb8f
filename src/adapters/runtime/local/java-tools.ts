import { join } from 'node:path';
import type { ArtifactLock } from '../../../domain/artifacts.js';
import { packageRoot } from '../../files/paths.js';
import type { StartRequest } from '../runtime.js';
import { readArtifactLock } from '../artifacts/artifacts.js';
import { ensureArtifacts } from '../artifacts/artifacts.js';
import { classArchives, type ClassArchives } from './class-archives.js';
import { findJava } from './java.js';
import { archiveOptions, type LocalService } from './services.js';

export interface JavaNeeds {
  java: string;
  kafkaJars: readonly string[];
  flinkJars: readonly string[];
  archives: ClassArchives;
}

/** What the JVM services need on this machine. */
export interface JavaTools {
  /** Finds Java and makes sure that every artifact is in the cache. */
  prepare(request: StartRequest): Promise<JavaNeeds>;
  versionOf(service: LocalService): Promise<string | null>;
}

export function javaTools(cacheDir: string): JavaTools {
  let lock: Promise<ArtifactLock> | undefined;
  const readLock = (): Promise<ArtifactLock> =>
    (lock ??= readArtifactLock(join(packageRoot, 'artifacts.lock.json')));
  return {
    prepare: async ({ config, offline, report, signal }) => {
      // Java first: without it a download of all jars would be in vain.
      const found = await findJava(config.javaHome);
      const { java, warning } = found;
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
      const [kafkaJars, flinkJars] = [jars.get('kafka') ?? [], jars.get('flink') ?? []];
      const archives = await classArchives(cacheDir, found, {
        kafka: { jars: kafkaJars, options: archiveOptions.kafka },
        flink: { jars: flinkJars, options: archiveOptions.flink },
      });
      return { java, kafkaJars, flinkJars, archives };
    },
    versionOf: async (service) => {
      if (service === 'clickhouse') return null;
      const { versions } = await readLock();
      return service === 'kafka' ? versions.kafka : versions.flink;
    },
  };
}
