// Puts Flink's Kafka connector into compose/lib, where compose/compose.yaml looks for it: for plain `docker compose`.
// `make compose-lib` builds what this needs. The jar comes from streamlab's cache, or is downloaded into it.
import { chmod, copyFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot, homeFolders } from '../dist/adapters/files/paths.js';
import { ensureArtifacts, readArtifactLock } from '../dist/adapters/runtime/artifacts/artifacts.js';

const name = 'flink-sql-connector-kafka';
const lock = await readArtifactLock(join(packageRoot, 'artifacts.lock.json'));
const artifacts = lock.artifacts.filter(({ artifactId }) => artifactId === name);
const jars = await ensureArtifacts({
  lock: { ...lock, artifacts },
  services: ['flink'],
  cacheDir: homeFolders().cacheDir,
  mirror: process.env.STREAMLAB_ARTIFACT_MIRROR || undefined,
  offline: false,
  report: () => undefined,
  signal: new AbortController().signal,
});

const folder = join(packageRoot, 'compose', 'lib');
const target = `${name}-${lock.versions.kafkaConnector}.jar`;
const [jar] = jars.get('flink');
await copyFile(jar, join(folder, `${target}.part`));
// Flink is not the user who runs this.
await chmod(join(folder, `${target}.part`), 0o644);
await rename(join(folder, `${target}.part`), join(folder, target));
// Two versions on one class path would be none.
for (const other of await readdir(folder)) {
  if (other.startsWith(name) && other !== target) await rm(join(folder, other));
}
console.log(join('compose', 'lib', target));
