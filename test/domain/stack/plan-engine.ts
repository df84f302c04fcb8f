import type { Observed, ObservedContainer } from '../../../src/domain/stack/observed.js';
import { containerLabels, partLabels, type Stack } from '../../../src/domain/stack/stack.js';

/** The engine after the stack's plan was carried out, each container as `change` has it. */
export function engineOf(
  stack: Stack,
  change: Record<string, Partial<ObservedContainer> | 'missing'> = {},
): Observed {
  return {
    containers: stack.services.flatMap((service) => {
      const changed = change[service.name];
      if (changed === 'missing') return [];
      const container: ObservedContainer = {
        id: `id-${service.name}`,
        name: service.container,
        labels: containerLabels(stack, service),
        imageId: `sha-${service.definition.image}`,
        state: service.isTask ? 'exited' : 'running',
        exitCode: 0,
        networks: service.networks,
        ports: Object.fromEntries(
          (service.definition.ports ?? []).map((port) => [port.container, port.host]),
        ),
        environment: { ...service.definition.environment },
      };
      return [{ ...container, ...changed }];
    }),
    networks: stack.networks.map((name) => ({ id: name, name, labels: partLabels(stack, 'network', name) })),
    volumes: stack.volumes.map((name) => ({ id: name, name, labels: partLabels(stack, 'volume', name) })),
    images: new Map(stack.services.map(({ definition: { image } }) => [image, `sha-${image}`])),
  };
}
