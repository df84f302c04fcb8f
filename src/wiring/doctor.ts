import type { Config } from '../domain/config.js';
import type { DoctorReport } from '../services/doctor.js';
import { rememberedLab } from './runtimes.js';

/**
 * `doctor` on this machine, for the runtime that the lab is on or would be, where what is the lab's own may hold its ports;
 * or on the systems that it is attached to.
 */
export async function runDoctor(config: Config, signal: AbortSignal): Promise<DoctorReport> {
  const lab = await rememberedLab(config);
  const runtime = lab.remembered ?? config.runtime;
  if (runtime === 'attach') {
    const { runAttachDoctor } = await import('./attach.js');
    return runAttachDoctor(config, signal);
  }
  const [{ doctor }, { gatherFacts }, { dockerFindings }, { homeFolders, packageRoot }] = await Promise.all([
    import('../services/doctor.js'),
    import('../adapters/runtime/local/doctor-facts.js'),
    import('../adapters/runtime/docker/docker-facts.js'),
    import('../adapters/files/paths.js'),
  ]);
  const { cacheDir, labsDir } = homeFolders();
  const state = await lab.store.readOf('local');
  const ownPids = Object.values(state?.services ?? {}).map(({ pid }) => pid);
  const docker = await dockerFindings(config, runtime !== 'local');
  return doctor(() =>
    gatherFacts({
      config: { ...config, runtime },
      packageRoot,
      cacheDir,
      stateDir: labsDir,
      ownPids,
      docker,
    }),
  );
}
