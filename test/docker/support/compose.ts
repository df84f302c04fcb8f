import { resolve } from 'node:path';
import Docker from 'dockerode';
import { execa } from 'execa';
import { freePort } from './free-port.js';
import { standIns } from './stand-in-names.js';

const file = 'compose/compose.yaml';
const deadlineMs = 240_000;

/** Services of compose.yaml that people and programs reach, by the setting of their port. */
const published = {
  STREAMLAB_KAFKA_PORT: 9092,
  STREAMLAB_FLINK_PORT: 8081,
  STREAMLAB_SQL_GATEWAY_PORT: 8083,
  STREAMLAB_CLICKHOUSE_PORT: 8123,
  STREAMLAB_GRAFANA_PORT: 3000,
  STREAMLAB_KAFKA_UI_PORT: 8080,
} as const;
export type PortSetting = keyof typeof published;

/** A project of the `docker-compose` program: compose/compose.yaml as it is, on the stand-ins and on free ports. */
export class ComposeProject {
  readonly docker: Docker;

  private constructor(
    private readonly dockerHost: string,
    readonly name: string,
    readonly ports: Readonly<Record<PortSetting, number>>,
  ) {
    this.docker = new Docker({ socketPath: dockerHost.replace('unix://', '') });
  }

  static async create(dockerHost: string, name: string): Promise<ComposeProject> {
    const settings = Object.keys(published) as PortSetting[];
    const ports = await Promise.all(settings.map(async (setting) => [setting, await freePort()] as const));
    return new ComposeProject(dockerHost, name, Object.fromEntries(ports) as Record<PortSetting, number>);
  }

  /** Runs the program as a user would in the repository; fails with what it said. */
  async run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
    const ports = Object.entries(this.ports).map(([name, port]) => [name, String(port)]);
    const { stdout } = await execa('docker-compose', ['-p', this.name, '-f', file, ...args], {
      cwd: resolve('.'),
      timeout: deadlineMs,
      env: {
        DOCKER_HOST: this.dockerHost,
        COMPOSE_HTTP_TIMEOUT: '120',
        ...standIns,
        ...(Object.fromEntries(ports) as Record<string, string>),
        ...env,
      },
    });
    return stdout;
  }

  /** Containers of the project by their services. */
  async containers(): Promise<Map<string, Docker.ContainerInspectInfo>> {
    const filters = { label: [`com.docker.compose.project=${this.name}`] };
    const found = await this.docker.listContainers({ all: true, filters });
    const inspected = await Promise.all(found.map(({ Id }) => this.docker.getContainer(Id).inspect()));
    return new Map(
      inspected.map((each) => [each.Config.Labels['com.docker.compose.service'] ?? each.Name, each]),
    );
  }

  /** What is left of the project in the engine. */
  async traces(): Promise<string[]> {
    const filters = { label: [`com.docker.compose.project=${this.name}`] };
    const [containers, networks, { Volumes }] = await Promise.all([
      this.docker.listContainers({ all: true, filters }),
      this.docker.listNetworks({ filters }),
      this.docker.listVolumes({ filters }),
    ]);
    return [
      ...containers.map(({ Names }) => Names.join()),
      ...networks.map(({ Name }) => Name),
      ...Volumes.map(({ Name }) => Name),
    ];
  }
}
