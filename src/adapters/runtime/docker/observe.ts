import type { ContainerInspectInfo } from 'dockerode';
import type { Observed, ObservedContainer } from '../../../domain/stack/observed.js';
import { labLabel, type Stack } from '../../../domain/stack/stack.js';
import type { DockerEngine } from './engine.js';
import { statusOf } from './engine-errors.js';

/** The names that make something of the engine matter to a lab, besides the lab's label. */
export type Wanted = Pick<Stack, 'lab' | 'networks' | 'volumes'> & {
  containers: readonly string[];
  images: readonly string[];
};

export function wantedBy(stack: Stack): Wanted {
  return {
    lab: stack.lab,
    networks: stack.networks,
    volumes: stack.volumes,
    containers: stack.services.map(({ container }) => container),
    images: [...new Set(stack.services.map(({ definition }) => definition.image))],
  };
}

/** What the engine has that concerns a lab. */
export async function observe(engine: DockerEngine, wanted: Wanted): Promise<Observed> {
  const concerns = (names: readonly string[]) => (part: { name: string; labels: Record<string, string> }) =>
    part.labels[labLabel] === wanted.lab || names.includes(part.name);
  const [containers, networks, volumes, images] = await Promise.all([
    observeContainers(engine, concerns(wanted.containers)),
    engine.ask('list networks', () => engine.docker.listNetworks()),
    engine.ask('list volumes', () => engine.docker.listVolumes()),
    Promise.all(wanted.images.map(async (image) => [image, await engine.imageId(image)] as const)),
  ]);
  return {
    containers,
    networks: networks
      .map(({ Id, Name, Labels }) => ({ id: Id, name: Name, labels: Labels ?? {} }))
      .filter(concerns(wanted.networks)),
    // The engine answers null where there is none.
    volumes: ((volumes.Volumes as typeof volumes.Volumes | null) ?? [])
      .map(({ Name, Labels }) => ({ id: Name, name: Name, labels: (Labels as typeof Labels | null) ?? {} }))
      .filter(concerns(wanted.volumes)),
    images: new Map(images.flatMap(([image, id]) => (id === undefined ? [] : [[image, id] as const]))),
  };
}

async function observeContainers(
  engine: DockerEngine,
  concerns: (part: { name: string; labels: Record<string, string> }) => boolean,
): Promise<ObservedContainer[]> {
  return engine.ask('list containers', async () => {
    const all = await engine.docker.listContainers({ all: true });
    const ours = all.filter(({ Names, Labels }) => concerns({ name: nameOf(Names[0]), labels: Labels }));
    const inspected = await Promise.all(ours.map(({ Id }) => inspectIfThere(engine, Id)));
    return inspected.filter((info) => info !== undefined).map(observedContainer);
  });
}

/** One that was removed since it was listed is not there. */
async function inspectIfThere(engine: DockerEngine, id: string): Promise<ContainerInspectInfo | undefined> {
  try {
    return await engine.docker.getContainer(id).inspect();
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

function observedContainer(info: ContainerInspectInfo): ObservedContainer {
  const bindings = (info.HostConfig.PortBindings ?? {}) as Record<string, { HostPort?: string }[] | null>;
  return {
    id: info.Id,
    name: nameOf(info.Name),
    labels: info.Config.Labels,
    imageId: info.Image,
    state: info.State.Status as ObservedContainer['state'],
    exitCode: info.State.ExitCode,
    networks: Object.keys(info.NetworkSettings.Networks),
    ports: Object.fromEntries(
      Object.entries(bindings).flatMap(([port, hosts]) => {
        const host = hosts?.[0]?.HostPort;
        return host === undefined ? [] : [[Number.parseInt(port, 10), Number(host)] as const];
      }),
    ),
    environment: Object.fromEntries(
      info.Config.Env.map((line) => {
        const equals = line.indexOf('=');
        return [line.slice(0, equals), line.slice(equals + 1)] as const;
      }),
    ),
  };
}

function nameOf(name: string | undefined): string {
  return (name ?? '').replace(/^\//, '');
}
