import { join } from 'node:path';
import type { Config } from '../domain/config.js';
import { rememberedLab } from './runtimes.js';

/** Under which the lab's logs have it; no service, since nothing depends on it. */
const name = 'next-start';

/** Ends that process, and the JVM that makes an archive for it. */
export async function stopPreparing(config: Config): Promise<void> {
  const [{ store }, { markerOf, findByMarker, stopProcess }] = await Promise.all([
    rememberedLab(config),
    import('../adapters/runtime/processes.js'),
  ]);
  const running = await findByMarker(markerOf(name, store.folders));
  if (running !== undefined) await stopProcess(running, 3_000);
}

/**
 * Starts the process that makes what the next `up` is quicker with: the plan of this lab's job, and the class archives of
 * Kafka and Flink. It goes on after this command, with the lowest priority; what is there already it leaves.
 */
export async function prepareNextStart(config: Config): Promise<void> {
  const [{ store }, { packageRoot }, { startDaemon, markerOf, findByMarker }] = await Promise.all([
    rememberedLab(config),
    import('../adapters/files/paths.js'),
    import('../adapters/runtime/processes.js'),
  ]);
  const marker = markerOf(name, store.folders);
  if ((await findByMarker(marker)) !== undefined) return;
  await startDaemon({
    name,
    command: process.execPath,
    args: [join(packageRoot, 'dist', 'wiring', 'next-start-process.js'), marker],
    env: { ...process.env, STREAMLAB_NEXT_START: JSON.stringify(config) },
    cwd: store.folders.root,
    logFile: join(store.folders.logs, `${name}.log`),
    // The lab is up: that the next start will be no quicker is no failure of this one.
  }).catch(() => undefined);
}
