import { StreamlabError } from '../../errors.js';
import type { ComposeFile, ComposeService } from './compose-file.js';

/** Whose a container, network or volume is; nothing without this label is ever touched. */
export const labLabel = 'dev.streamlab.lab';
/** What a container was made from; another one means that the definition has changed. */
export const hashLabel = 'dev.streamlab.config-hash';
const compose = 'com.docker.compose';
export const projectLabel = `${compose}.project`;
export const serviceLabel = `${compose}.service`;

/** A file that is copied into a container before it starts: bind mounts do not reach an engine on another machine. */
export interface StackFile {
  /** Absolute path in the container. */
  path: string;
  /** Where it is on this machine. */
  source: string;
  sha256: string;
}

/** A volume of the engine, mounted. */
export interface VolumeMount {
  volume: string;
  target: string;
  readOnly: boolean;
}

/** One container of the lab, as it is to be. */
export interface StackService {
  name: string;
  container: string;
  definition: ComposeService;
  /** Full names; the first is the one that the container is created with. */
  networks: readonly string[];
  mounts: readonly VolumeMount[];
  files: readonly StackFile[];
  dependsOn: Readonly<Record<string, DependencyCondition>>;
  /** A service that does one thing and ends: another one waits for its success. */
  isTask: boolean;
  /**
   * Fingerprint of what the container is made from. As for `docker compose`, what a service waits for is no part of it,
   * nor where the files lie that are copied into it.
   */
  hash: string;
}

export type DependencyCondition = NonNullable<ComposeService['depends_on']>[string]['condition'];

/** The lab on an engine, as it is to be. */
export interface Stack {
  lab: string;
  project: string;
  services: readonly StackService[];
  networks: readonly string[];
  volumes: readonly string[];
}

export interface StackInput {
  lab: string;
  file: ComposeFile;
  /** Services to leave out; each must have a profile, which says that the rest works without it. */
  without: readonly string[];
  /** The files behind each bind mount of a service, by `service` and target. */
  filesOf: (service: string, mount: { source: string; target: string }) => readonly StackFile[];
  fingerprint: (value: unknown) => string;
}

/**
 * The compose file as a lab of that name, as `docker compose -p streamlab-<lab>` would name its parts.
 * @throws StreamlabError INVALID_USAGE when a service cannot be left out
 */
export function stackOf({ lab, file, without, filesOf, fingerprint }: StackInput): Stack {
  const project = `streamlab-${lab}`;
  checkWithout(file, without);
  const wanted = Object.entries(file.services).filter(([name]) => !without.includes(name));
  const tasks = new Set(
    wanted.flatMap(([, { depends_on = {} }]) =>
      Object.entries(depends_on)
        .filter(([, { condition }]) => condition === 'service_completed_successfully')
        .map(([name]) => name),
    ),
  );
  const services = wanted.map(([name, definition]): StackService => {
    const mounts = (definition.volumes ?? []).filter(({ isFile }) => !isFile);
    const binds = (definition.volumes ?? []).filter(({ isFile }) => isFile);
    const parts = {
      name,
      container: `${project}-${name}-1`,
      definition,
      networks: (definition.networks ?? ['default']).map((network) => `${project}_${network}`),
      mounts: mounts.map(({ source, target, readOnly }) => ({
        volume: `${project}_${source}`,
        target,
        readOnly,
      })),
      files: binds.flatMap((mount) => filesOf(name, mount)),
      dependsOn: Object.fromEntries(
        Object.entries(definition.depends_on ?? {})
          .filter(([other]) => !without.includes(other))
          .map(([other, { condition }]) => [other, condition]),
      ),
      isTask: tasks.has(name),
    };
    return { ...parts, hash: fingerprint(essenceOf(parts)) };
  });
  return {
    lab,
    project,
    services,
    networks: [...new Set(services.flatMap(({ networks }) => networks))],
    volumes: [...new Set(services.flatMap(({ mounts }) => mounts.map(({ volume }) => volume)))],
  };
}

function essenceOf(parts: Omit<StackService, 'hash' | 'isTask'>): unknown {
  const { name, container, networks, mounts } = parts;
  const definition = { ...parts.definition, depends_on: undefined, profiles: undefined, volumes: undefined };
  const files = parts.files.map(({ path, sha256 }) => ({ path, sha256 }));
  return { name, container, definition, networks, mounts, files };
}

function checkWithout(file: ComposeFile, without: readonly string[]): void {
  const optional = Object.entries(file.services)
    .filter(([, { profiles = [] }]) => profiles.length > 0)
    .map(([name]) => name);
  const wrong = without.find((name) => !optional.includes(name));
  if (wrong === undefined) return;
  const what = Object.hasOwn(file.services, wrong)
    ? `a lab does not work without ${wrong}`
    : `there is no service "${wrong}"`;
  throw new StreamlabError('INVALID_USAGE', `--without ${wrong}: ${what}.`, {
    suggestions: [`What can be left out: ${optional.join(', ')}.`],
  });
}

/**
 * The labels of a lab's part. Those of Compose let `docker compose ps`, `logs` and `down`, and every tool that groups by
 * them, see the lab as a project.
 */
export function labelsOf(
  stack: Pick<Stack, 'lab' | 'project'>,
  of: Readonly<Record<string, string>>,
): Record<string, string> {
  return { [labLabel]: stack.lab, [projectLabel]: stack.project, ...of };
}

export function containerLabels(stack: Stack, service: StackService): Record<string, string> {
  return {
    ...service.definition.labels,
    ...labelsOf(stack, {
      [serviceLabel]: service.name,
      [`${compose}.container-number`]: '1',
      [`${compose}.oneoff`]: 'False',
      [hashLabel]: service.hash,
      // Without one, `docker compose` does not see the container.
      [`${compose}.config-hash`]: service.hash,
    }),
  };
}

/** @param kind what it is; its short name in the compose file follows the project's */
export function partLabels(stack: Stack, kind: 'network' | 'volume', name: string): Record<string, string> {
  return labelsOf(stack, { [`${compose}.${kind}`]: name.slice(stack.project.length + 1) });
}

/** Whether a part of the engine is this lab's; only those are touched. */
export function isOurs(
  { labels }: { labels: Readonly<Record<string, string>> },
  stack: Pick<Stack, 'lab' | 'project'>,
): boolean {
  return labels[labLabel] === stack.lab && labels[projectLabel] === stack.project;
}
