import { StreamlabError } from '../../errors.js';
import type { Observed, ObservedContainer, ObservedPart } from './observed.js';
import { hashLabel, isOurs, serviceLabel, type Stack, type StackService } from './stack.js';
import { createId, pullId, removeId, startId, waitId, type StackPlan, type StackStep } from './steps.js';
import { hasCompleted, waitSteps } from './waits.js';

/**
 * The stack with its containers under the names that they have on the engine: docker-compose before version 2 joined the
 * parts of a name with underscores, and a container cannot be told from another one by anything but its labels.
 */
export function asNamed(stack: Stack, containers: readonly ObservedContainer[]): Stack {
  const own = containers.filter((container) => isOurs(container, stack));
  const nameOf = (service: StackService): string => {
    if (own.some(({ name }) => name === service.container)) return service.container;
    return own.find(({ labels }) => labels[serviceLabel] === service.name)?.name ?? service.container;
  };
  return {
    ...stack,
    services: stack.services.map((service) => ({ ...service, container: nameOf(service) })),
  };
}

/** What has to be done so that the engine has the stack, running, in an order in which it may be; empty when it has. */
export function planStack(stack: Stack, observed: Observed): StackPlan {
  refuseForeign(stack, observed);
  const containers = stack.services.flatMap((service) => serviceSteps(service, observed));
  const pulls = imageSteps(containers, observed);
  const changes = [
    ...partSteps(stack, observed),
    ...leftoverSteps(stack, observed),
    ...containers,
    ...waitSteps(stack, containers, observed),
  ].map((step, _, all) => afterRemovals(step, all, observed));
  // A lab that lacks an image stays as it is: nothing is created or removed before all of them are there.
  const pulled = pulls.map(({ id }) => id);
  const steps = [...pulls, ...changes.map((step) => ({ ...step, needs: [...pulled, ...step.needs] }))];
  // A step that was not necessary needs no waiting for.
  const ids = new Set(steps.map(({ id }) => id));
  return inOrder(steps.map((step) => ({ ...step, needs: step.needs.filter((id) => ids.has(id)) })));
}

/** Each step after what it needs, and otherwise as they are. */
function inOrder(steps: readonly StackStep[]): StackStep[] {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const ordered = new Set<StackStep>();
  const add = (step: StackStep): void => {
    for (const need of step.needs) {
      const needed = byId.get(need);
      if (needed !== undefined && !ordered.has(needed)) add(needed);
    }
    ordered.add(step);
  };
  steps.forEach(add);
  return [...ordered];
}

/** A container that ends gives back its ports, and its volumes: one that takes them over is started after that. */
function afterRemovals(step: StackStep, steps: readonly StackStep[], observed: Observed): StackStep {
  if (step.action.type !== 'start-container') return step;
  const { service } = step.action;
  const wanted = new Set((service.definition.ports ?? []).map(({ host }) => host));
  const removals = steps.filter(({ action }) => {
    const removed =
      action.type === 'remove-container' ? observed.containers.find(({ id }) => id === action.id) : undefined;
    if (removed === undefined) return false;
    return (
      removed.labels[serviceLabel] === service.name ||
      Object.values(removed.ports).some((port) => wanted.has(port))
    );
  });
  return { ...step, needs: [...new Set([...step.needs, ...removals.map(({ id }) => id)])] };
}

/** A name that we need and that belongs to something else: taking it would destroy what is not ours. */
function refuseForeign(stack: Stack, { containers, networks, volumes }: Observed): void {
  const names = new Set([
    ...stack.services.map(({ container }) => container),
    ...stack.networks,
    ...stack.volumes,
  ]);
  for (const [kind, parts] of [
    ['container', containers],
    ['network', networks],
    ['volume', volumes],
  ] as const) {
    const foreign = parts.find((part) => names.has(part.name) && !isOurs(part, stack));
    if (foreign === undefined) continue;
    throw new StreamlabError(
      'UNSUPPORTED',
      `The Docker engine has a ${kind} ${foreign.name} that does not belong to the lab "${stack.lab}".`,
      {
        suggestions: [
          `Look at it with: docker ${kind} inspect ${foreign.name}`,
          'Rename or remove it, or use another lab: --lab NAME.',
        ],
      },
    );
  }
}

/** Images of the containers that are to be created. */
function imageSteps(steps: readonly StackStep[], { images }: Observed): StackStep[] {
  const needed = steps.flatMap(({ action }) =>
    action.type === 'create-container' ? [action.service.definition.image] : [],
  );
  return [...new Set(needed)]
    .filter((image) => !images.has(image))
    .map((image) => ({
      id: pullId(image),
      needs: [],
      what: `pull image ${image}`,
      because: 'the engine does not have it',
      action: { type: 'pull-image', image },
    }));
}

function partSteps(stack: Stack, observed: Observed): StackStep[] {
  const missing = (wanted: readonly string[], there: readonly ObservedPart[]): string[] =>
    wanted.filter((name) => !there.some((part) => part.name === name));
  return [
    ...missing(stack.networks, observed.networks).map((network): StackStep => ({
      id: `network ${network}`,
      needs: [],
      what: `create network ${network}`,
      because: 'it does not exist',
      action: { type: 'create-network', network },
    })),
    ...missing(stack.volumes, observed.volumes).map((volume): StackStep => ({
      id: `volume ${volume}`,
      needs: [],
      what: `create volume ${volume}`,
      because: 'it does not exist',
      action: { type: 'create-volume', volume },
    })),
  ];
}

/** Containers of this lab that nothing asks for: of a service left out now, or under a name of an earlier version. */
function leftoverSteps(stack: Stack, { containers }: Observed): StackStep[] {
  const wanted = new Set(stack.services.map(({ container }) => container));
  return containers
    .filter((container) => isOurs(container, stack) && !wanted.has(container.name))
    .sort((a, b) => a.name.localeCompare(b.name, 'en'))
    .map(({ id, name, labels }) => ({
      id: removeId(name),
      needs: [],
      what: `remove container ${name}`,
      because: whyLeftOver(stack, labels[serviceLabel]),
      action: { type: 'remove-container', id, name },
    }));
}

function whyLeftOver(stack: Stack, service: string | undefined): string {
  const container = stack.services.find(({ name }) => name === service)?.container;
  return container === undefined
    ? `the lab has no service ${service ?? 'of that name'} now`
    : `the container of ${service ?? ''} is ${container}`;
}

function serviceSteps(service: StackService, observed: Observed): StackStep[] {
  const existing = observed.containers.find(({ name }) => name === service.container);
  if (existing === undefined) return creation(service, [], 'it does not exist');
  const change = whyRecreate(service, existing, observed);
  if (change !== undefined) {
    const remove: StackStep = {
      id: removeId(service.container),
      needs: [],
      what: `remove container ${service.container}`,
      because: change,
      action: { type: 'remove-container', id: existing.id, name: existing.name },
    };
    return [remove, ...creation(service, [remove.id], change)];
  }
  const missing = service.networks.filter((network) => !existing.networks.includes(network));
  const connects = missing.map((network) => connect(service, network, 'it is not connected to it'));
  if (existing.state === 'running' || hasCompleted(service, existing)) return connects;
  const because =
    existing.state === 'exited' ? `it has ended with code ${existing.exitCode}` : `it is ${existing.state}`;
  return [...connects, start(service, existing.state === 'paused', because)];
}

/** Undefined where the container is what the stack says. */
function whyRecreate(
  service: StackService,
  existing: ObservedContainer,
  { images, networks }: Observed,
): string | undefined {
  if (existing.state === 'dead' || existing.state === 'removing') return `it is ${existing.state}`;
  // Files are copied and networks connected between creation and start: what came of that is not known.
  if (existing.state === 'created') return 'it was created but never started';
  // A container refers to a network by its id: it does not find a new one of the same name.
  const gone = existing.networks.find(
    (network) => service.networks.includes(network) && !networks.some(({ name }) => name === network),
  );
  if (gone !== undefined) return `its network ${gone} is gone`;
  const hash = existing.labels[hashLabel];
  if (hash !== undefined && hash !== service.hash) return 'its definition has changed';
  // One that `docker compose` made from the same file is as good, where it was given the same values.
  if (hash === undefined && !hasValuesOf(service, existing))
    return 'it has other ports or another environment';
  const image = images.get(service.definition.image);
  if (image !== undefined && image !== existing.imageId) return 'its image has changed';
  return undefined;
}

function hasValuesOf({ definition }: StackService, { ports, environment }: ObservedContainer): boolean {
  const isSame = (name: string, value: string): boolean => environment[name]?.trim() === value.trim();
  return (
    (definition.ports ?? []).every(({ host, container }) => ports[container] === host) &&
    Object.entries(definition.environment ?? {}).every(([name, value]) => isSame(name, value))
  );
}

function creation(service: StackService, needs: readonly string[], because: string): StackStep[] {
  const { container, networks } = service;
  const create: StackStep = {
    id: createId(service),
    needs: [
      ...needs,
      ...networks.map((network) => `network ${network}`),
      ...service.mounts.map(({ volume }) => `volume ${volume}`),
    ],
    what: `create container ${container}`,
    because,
    action: { type: 'create-container', service },
  };
  // An engine of API 1.41 takes one network at creation; the others are connected before the start.
  const connects = networks.slice(1).map((network) => connect(service, network, 'the definition says so'));
  return [create, ...connects, start(service, false, 'it is new')];
}

function connect(service: StackService, network: string, because: string): StackStep {
  return {
    id: `connect ${service.name} ${network}`,
    needs: [createId(service), `network ${network}`],
    what: `connect ${service.container} to ${network}`,
    because,
    action: { type: 'connect-network', service, network },
  };
}

function start(service: StackService, unpause: boolean, because: string): StackStep {
  const waits = Object.entries(service.dependsOn).map(([other, condition]) =>
    condition === 'service_started' ? startId({ name: other }) : waitId(other, condition),
  );
  return {
    id: startId(service),
    needs: [
      createId(service),
      ...service.networks.map((network) => `connect ${service.name} ${network}`),
      ...waits,
    ],
    what: `${unpause ? 'unpause' : 'start'} container ${service.container}`,
    because,
    action: { type: 'start-container', service, unpause },
  };
}
