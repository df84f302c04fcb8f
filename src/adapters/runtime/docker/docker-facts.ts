import type { Config } from '../../../domain/config.js';
import type { DoctorFacts } from '../../../domain/doctor.js';
import { reasonOf } from '../../../errors.js';
import { engineAddress } from './engine-address.js';
import { DockerEngine } from './engine.js';
import { lackingImages } from './images.js';

export interface DockerFindings {
  docker: DoctorFacts['docker'];
  /** Whether a port of this machine is published by a container of the lab. */
  isOwnPort: (port: number) => Promise<boolean>;
}

/**
 * The engine, and whether it has or can have the images of a lab. What cannot be found out is a fact too.
 * @param asks whether registries are asked for the images that the engine lacks
 */
export async function dockerFindings(config: Config, asks: boolean): Promise<DockerFindings> {
  try {
    const engine = new DockerEngine(await engineAddress());
    const about = await engine.about();
    const images = await lackingImages(engine, config, { offline: !asks });
    const { address } = engine;
    return {
      docker: { reachable: true, address: `${address.text} (from ${address.source})`, ...about, images },
      isOwnPort: async (port) => {
        const names = await engine.publishing(port).catch(() => []);
        return names.some((name) => name.startsWith(`streamlab-${config.lab}-`));
      },
    };
  } catch (error) {
    const reason = reasonOf(error).replace(/\.$/, '');
    return { docker: { reachable: false, reason }, isOwnPort: () => Promise.resolve(false) };
  }
}
