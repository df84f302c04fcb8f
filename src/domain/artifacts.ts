import { z } from 'zod';

/** `flink-connector` is what the Flink image lacks. */
const artifactServices = ['kafka', 'kafka-tools', 'flink', 'flink-connector'] as const;
export type ArtifactService = (typeof artifactServices)[number];

const name = z.string().regex(/^[\w.-]+$/);

const artifactSchema = z.strictObject({
  groupId: name,
  artifactId: name,
  version: name,
  classifier: name.exactOptional(),
  bytes: z.number().int().positive(),
  /** Of the jar, in lower-case hex. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** The services whose class path has it. */
  services: z.array(z.enum(artifactServices)).min(1),
});

/** `artifacts.lock.json`: the Java artifacts of the local runtime. Written by scripts/lock-artifacts.mjs. */
export const artifactLockSchema = z.strictObject({
  lockVersion: z.literal(1),
  versions: z.strictObject({ kafka: z.string(), flink: z.string(), kafkaConnector: z.string() }),
  artifacts: z.array(artifactSchema),
});

export type Artifact = z.infer<typeof artifactSchema>;
export type ArtifactLock = z.infer<typeof artifactLockSchema>;

/** The artifacts of some services, each once, in the order of the lock file, which is that of the class path. */
export function artifactsFor(lock: ArtifactLock, services: readonly ArtifactService[]): Artifact[] {
  return lock.artifacts.filter((artifact) => artifact.services.some((service) => services.includes(service)));
}

/** `group:artifact:version`, as messages name it. */
export function coordinatesOf({ groupId, artifactId, version, classifier }: Artifact): string {
  return [groupId, artifactId, version, ...(classifier === undefined ? [] : [classifier])].join(':');
}

/**
 * File name in the cache. It begins with the group, as two groups may have artifacts of one name, and ends with the
 * begin of the checksum, so that a changed lock file never meets the file of an older one.
 */
export function jarName(artifact: Artifact): string {
  const { groupId, artifactId, version, classifier, sha256 } = artifact;
  const parts = [groupId, artifactId, version, ...(classifier === undefined ? [] : [classifier])];
  return `${parts.join('-')}-${sha256.slice(0, 8)}.jar`;
}

export function totalBytes(artifacts: readonly Artifact[]): number {
  return artifacts.reduce((sum, artifact) => sum + artifact.bytes, 0);
}

/** `84 of 190 MB`, `0.4 MB`: megabytes of a million bytes, one decimal below ten. */
export function formatMegabytes(bytes: number): string {
  const megabytes = bytes / 1e6;
  return megabytes < 10 ? megabytes.toFixed(1) : String(Math.round(megabytes));
}
