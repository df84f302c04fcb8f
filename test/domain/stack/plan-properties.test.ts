import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readComposeFile } from '../../../src/domain/stack/compose-file.js';
import { planStack } from '../../../src/domain/stack/plan.js';
import type { Observed, ObservedContainer } from '../../../src/domain/stack/observed.js';
import type { StackPlan } from '../../../src/domain/stack/steps.js';
import { stackOf, type Stack } from '../../../src/domain/stack/stack.js';
import { engineOf } from './plan-engine.js';

const names = ['a', 'b', 'c', 'd', 'e'];
const conditions = ['service_started', 'service_healthy', 'service_completed_successfully'] as const;

/** Services that wait only for those before them, so that there is no circle. */
const anyStack = fc
  .array(
    fc.record({
      image: fc.constantFrom('i:1', 'i:2'),
      networks: fc.subarray(['lab', 'front'], { minLength: 1 }),
      volumes: fc.subarray(['v1:/v1', 'v2:/v2']),
      ports: fc.subarray([1000, 1001, 1002]),
      depends: fc.dictionary(fc.constantFrom(...names), fc.constantFrom(...conditions), { maxKeys: 3 }),
    }),
    { minLength: 1, maxLength: names.length },
  )
  .map((list) => {
    const entries = list.map(({ ports, depends, ...rest }, index) => {
      const earlier = Object.entries(depends).filter(([name]) => names.indexOf(name) < index);
      return [
        names[index] ?? '',
        {
          ...rest,
          ports: ports.map((port) => `127.0.0.1:${port}:${port}`),
          depends_on: Object.fromEntries(earlier.map(([name, condition]) => [name, { condition }])),
        },
      ] as const;
    });
    const document = {
      services: Object.fromEntries(entries) as Record<string, unknown>,
      networks: { lab: null, front: null },
      volumes: { v1: null, v2: null },
    };
    return stackOf({
      lab: 'x',
      file: readComposeFile(document, 'f', {}),
      without: [],
      filesOf: () => [],
      fingerprint: (value) => JSON.stringify(value),
    });
  });

const states = ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead'] as const;
const anyFound = fc.record({
  isThere: fc.boolean(),
  state: fc.constantFrom(...states),
  exitCode: fc.constantFrom(0, 1),
  isOther: fc.boolean(),
  imageId: fc.constantFrom('sha-i:1', 'sha-i:2', 'other'),
  networks: fc.subarray(['streamlab-x_lab', 'streamlab-x_front']),
  publishes: fc.subarray([1000, 1001, 1002]),
  name: fc.constantFrom('', '-old'),
});

/** A stack, and an engine in any state of having it. */
const anySituation = fc
  .record({
    stack: anyStack,
    found: fc.array(anyFound, { minLength: names.length, maxLength: names.length }),
    parts: fc.subarray(['streamlab-x_lab', 'streamlab-x_front', 'streamlab-x_v1', 'streamlab-x_v2']),
    images: fc.subarray(['i:1', 'i:2']),
  })
  .map(({ stack, found, parts, images }) => {
    const whole = engineOf(stack);
    const observed: Observed = {
      containers: whole.containers.flatMap((container, index) => {
        const { isThere, isOther, publishes, name, ...rest } = found[index]!;
        if (!isThere) return [];
        const labels = isOther
          ? { ...container.labels, 'dev.streamlab.config-hash': 'other' }
          : container.labels;
        const ports = Object.fromEntries(publishes.map((port) => [port, port]));
        return [{ ...container, ...rest, labels, ports, name: container.name + name }];
      }),
      networks: whole.networks.filter(({ name }) => parts.includes(name)),
      volumes: whole.volumes.filter(({ name }) => parts.includes(name)),
      images: new Map(images.map((image) => [image, `sha-${image}`])),
    };
    return { stack, observed };
  });

/** The engine after the plan; a task that was started has succeeded. */
function carriedOut(plan: StackPlan, stack: Stack, observed: Observed): Observed {
  const whole = engineOf(stack);
  let containers = [...observed.containers];
  const networks = [...observed.networks];
  const volumes = [...observed.volumes];
  const images = new Map(observed.images);
  const edit = (name: string, change: (container: ObservedContainer) => Partial<ObservedContainer>): void => {
    if (!containers.some((one) => one.name === name)) throw new Error(`${name} is not there`);
    containers = containers.map((one) => (one.name === name ? { ...one, ...change(one) } : one));
  };
  for (const { action } of plan) {
    switch (action.type) {
      case 'pull-image':
        images.set(action.image, `sha-${action.image}`);
        break;
      case 'create-network':
        networks.push(whole.networks.find(({ name }) => name === action.network)!);
        break;
      case 'create-volume':
        volumes.push(whole.volumes.find(({ name }) => name === action.volume)!);
        break;
      case 'remove-container':
        containers = containers.filter(({ id }) => id !== action.id);
        break;
      case 'create-container': {
        const { service } = action;
        const image = images.get(service.definition.image);
        if (image === undefined) throw new Error('created without its image');
        if (containers.some(({ name }) => name === service.container)) throw new Error('created twice');
        const created = whole.containers.find(({ name }) => name === service.container)!;
        const state = 'created';
        containers.push({
          ...created,
          id: `new-${created.id}`,
          state,
          imageId: image,
          networks: [service.networks[0]!],
        });
        break;
      }
      case 'connect-network':
        edit(action.service.container, (one) => ({ networks: [...one.networks, action.network] }));
        break;
      case 'start-container':
        edit(action.service.container, () => ({
          state: action.service.isTask ? 'exited' : 'running',
          exitCode: 0,
        }));
        break;
      case 'wait-for':
        break;
    }
  }
  return { containers, networks, volumes, images };
}

describe('for any stack and any state of an engine, a plan', () => {
  const always = (property: (situation: { stack: Stack; observed: Observed }) => void): void => {
    fc.assert(fc.property(anySituation, property), { numRuns: 300 });
  };

  test('has each step once, and after every step that it needs', () => {
    always(({ stack, observed }) => {
      const plan = planStack(stack, observed);
      const ids = plan.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      for (const [index, { needs }] of plan.entries())
        expect(needs.filter((need) => !ids.slice(0, index).includes(need))).toEqual([]);
    });
  });

  test('starts a service only after what it waits for', () => {
    always(({ stack, observed }) => {
      const order = planStack(stack, observed);
      const at = (id: string): number => order.findIndex((step) => step.id === id);
      for (const { name, dependsOn } of stack.services) {
        for (const other of Object.keys(dependsOn)) {
          if (at(`start ${name}`) >= 0 && at(`start ${other}`) >= 0)
            expect(at(`start ${other}`)).toBeLessThan(at(`start ${name}`));
        }
      }
    });
  });

  test('carried out, leaves nothing to do', () => {
    always(({ stack, observed }) => {
      const after = carriedOut(planStack(stack, observed), stack, observed);
      const again = planStack(stack, after).filter(
        ({ action, because }) =>
          action.type !== 'wait-for' &&
          // A container of an image that the engine did not know by its name is compared once it does.
          !('service' in action && !observed.images.has(action.service.definition.image)) &&
          because !== 'its image has changed',
      );
      expect(again.map(({ what }) => what)).toEqual([]);
    });
  });
});
