import Docker from 'dockerode';
import { TestHome } from '../../integration/support/cli.js';
import { standIns } from './stand-in-names.js';

/** A home for labs on the docker runtime, with the stand-ins for images. */
export class DockerHome extends TestHome {
  readonly docker: Docker;

  constructor(host: string, extra: Readonly<Record<string, string>> = {}) {
    super({ DOCKER_HOST: host, STREAMLAB_RUNTIME: 'docker', ...standIns, ...extra });
    this.docker = new Docker({ socketPath: host.replace('unix://', '') });
  }

  /** Containers of a lab by their service: id and state. */
  async containers(lab = 'default'): Promise<Record<string, { id: string; state: string }>> {
    const filters = { label: [`com.docker.compose.project=streamlab-${lab}`] };
    const found = await this.docker.listContainers({ all: true, filters });
    return Object.fromEntries(
      found.map(({ Id, State, Labels }) => [
        Labels['com.docker.compose.service'] ?? Id,
        { id: Id, state: State },
      ]),
    );
  }

  /** Names of everything that the engine has of a lab. */
  async traces(lab = 'default'): Promise<string[]> {
    const filters = { label: [`dev.streamlab.lab=${lab}`] };
    const [containers, networks, { Volumes }] = await Promise.all([
      this.docker.listContainers({ all: true, filters }),
      this.docker.listNetworks({ filters }),
      this.docker.listVolumes({ filters }),
    ]);
    return [
      ...containers.flatMap(({ Names }) => Names),
      ...networks.map(({ Name }) => Name),
      ...Volumes.map(({ Name }) => Name),
    ];
  }

  async kill(service: string, lab = 'default'): Promise<void> {
    await this.docker.getContainer(`streamlab-${lab}-${service}-1`).kill();
  }
}
