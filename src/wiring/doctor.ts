import type { Config } from '../domain/config.js';
import type { DoctorReport } from '../services/doctor.js';

/** `doctor` on this machine; the lab's own processes may hold its ports. */
export async function runDoctor(config: Config): Promise<DoctorReport> {
  const [{ doctor }, { gatherFacts }, { homeFolders, packageRoot }, { LabStore }] = await Promise.all([
    import('../services/doctor.js'),
    import('../adapters/runtime/local/doctor-facts.js'),
    import('../adapters/files/paths.js'),
    import('../adapters/files/lab-store.js'),
  ]);
  const { cacheDir, labsDir } = homeFolders();
  const state = await new LabStore(labsDir, config.lab).read();
  const ownPids = Object.values(state?.services ?? {}).map(({ pid }) => pid);
  return doctor(() => gatherFacts({ config, packageRoot, cacheDir, stateDir: labsDir, ownPids }));
}
