import type { SilenceFile } from '../adapters/files/silences.js';
import type { Config } from '../domain/config.js';
import { rememberedLab } from './runtimes.js';

/** Another command holds the file for some milliseconds. */
const patienceMs = 10_000;

/** The silences of the lab, whether it runs or not. */
export async function silencesOf(config: Config): Promise<SilenceFile> {
  const [{ SilenceFile }, { withFileLock }, path, { store }] = await Promise.all([
    import('../adapters/files/silences.js'),
    import('../adapters/runtime/lab-lock.js'),
    import('node:path'),
    rememberedLab(config),
  ]);
  const file = path.join(store.folders.alerts, 'silences.json');
  return new SilenceFile(file, (work) => withFileLock(file, work, { patienceMs }));
}
