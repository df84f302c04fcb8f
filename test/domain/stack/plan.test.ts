import { describe, expect, test } from 'vitest';
import { planLines } from '../../../src/domain/plan.js';
import { readComposeFile } from '../../../src/domain/stack/compose-file.js';
import { planStack } from '../../../src/domain/stack/plan.js';
import type { Observed, ObservedContainer } from '../../../src/domain/stack/observed.js';
import type { StackPlan } from '../../../src/domain/stack/steps.js';
import { stackOf, type Stack } from '../../../src/domain/stack/stack.js';
import { engineOf } from './plan-engine.js';

const services = {
  db: { image: 'db:1', networks: ['lab'], volumes: ['data:/d'], ports: ['127.0.0.1:5000:5000'] },
  prepare: { image: 'tool:1', networks: ['lab'], volumes: ['data:/d'] },
  app: {
    image: 'app:1',
    networks: ['lab', 'front'],
    ports: ['127.0.0.1:6000:6000'],
    depends_on: {
      db: { condition: 'service_healthy' },
      prepare: { condition: 'service_completed_successfully' },
    },
  },
  ui: { image: 'app:1', networks: ['front'], depends_on: ['app'], profiles: ['ui'] },
};

function stackWith(changed: Record<string, unknown> = {}, without: string[] = []): Stack {
  const document = {
    services: { ...services, ...changed },
    networks: { lab: null, front: null },
    volumes: { data: null },
  };
  return stackOf({
    lab: 'x',
    file: readComposeFile(document, 'compose.yaml', {}),
    without,
    filesOf: () => [],
    fingerprint: (value) => JSON.stringify(value),
  });
}

const nothing: Observed = { containers: [], networks: [], volumes: [], images: new Map() };

const textOf = (plan: StackPlan): string => `\n${planLines(plan).join('\n')}\n`;
const planned = (observed: Observed, stack = stackWith()): string => textOf(planStack(stack, observed));
const stepsOf = (plan: StackPlan) => plan.map(({ action }) => action.type);

describe('the plan of a stack', () => {
  test('for an empty engine makes everything, and says why', () => {
    expect(planned(nothing)).toMatchInlineSnapshot(`
      "
      pull image db:1                                 because the engine does not have it
      pull image tool:1                               because the engine does not have it
      pull image app:1                                because the engine does not have it
      create network streamlab-x_lab                  because it does not exist
      create network streamlab-x_front                because it does not exist
      create volume streamlab-x_data                  because it does not exist
      create container streamlab-x-db-1               because it does not exist
      start container streamlab-x-db-1                because it is new
      create container streamlab-x-prepare-1          because it does not exist
      start container streamlab-x-prepare-1           because it is new
      create container streamlab-x-app-1              because it does not exist
      connect streamlab-x-app-1 to streamlab-x_front  because the definition says so
      wait until streamlab-x-db-1 is healthy          because app depends on it
      wait until streamlab-x-prepare-1 has completed  because app depends on it
      start container streamlab-x-app-1               because it is new
      create container streamlab-x-ui-1               because it does not exist
      start container streamlab-x-ui-1                because it is new
      "
    `);
  });

  test('for a lab that runs is empty', () => {
    expect(planStack(stackWith(), engineOf(stackWith()))).toEqual([]);
    expect(planned(engineOf(stackWith()))).toMatchInlineSnapshot(`
      "
      Nothing to do: everything is there and runs.
      "
    `);
  });

  test('recreates a container that was created only: what was copied into it is not known', () => {
    const observed = engineOf(stackWith(), { app: { state: 'created' }, ui: 'missing' });
    expect(planned(observed)).toMatchInlineSnapshot(`
      "
      remove container streamlab-x-app-1              because it was created but never started
      create container streamlab-x-app-1              because it was created but never started
      connect streamlab-x-app-1 to streamlab-x_front  because the definition says so
      wait until streamlab-x-db-1 is healthy          because app depends on it
      start container streamlab-x-app-1               because it is new
      create container streamlab-x-ui-1               because it does not exist
      start container streamlab-x-ui-1                because it is new
      "
    `);
  });

  test('recreates the one service whose definition has changed, and waits for what it needs', () => {
    const changed = stackWith({ app: { ...services.app, environment: { NEW: '1' } } });
    expect(planned(engineOf(stackWith()), changed)).toMatchInlineSnapshot(`
      "
      remove container streamlab-x-app-1              because its definition has changed
      create container streamlab-x-app-1              because its definition has changed
      connect streamlab-x-app-1 to streamlab-x_front  because the definition says so
      wait until streamlab-x-db-1 is healthy          because app depends on it
      start container streamlab-x-app-1               because it is new
      "
    `);
  });

  test('recreates what is of another image than the name means now', () => {
    const observed = {
      ...engineOf(stackWith()),
      images: new Map([
        ['app:1', 'sha-new'],
        ['db:1', 'sha-db:1'],
      ]),
    };
    expect(planned(observed)).toMatchInlineSnapshot(`
      "
      remove container streamlab-x-app-1              because its image has changed
      create container streamlab-x-app-1              because its image has changed
      connect streamlab-x-app-1 to streamlab-x_front  because the definition says so
      wait until streamlab-x-db-1 is healthy          because app depends on it
      start container streamlab-x-app-1               because it is new
      remove container streamlab-x-ui-1               because its image has changed
      create container streamlab-x-ui-1               because its image has changed
      start container streamlab-x-ui-1                because it is new
      "
    `);
  });

  test('leaves a container alone whose image has lost its name, and pulls nothing', () => {
    expect(planStack(stackWith(), { ...engineOf(stackWith()), images: new Map() })).toEqual([]);
  });

  test('pulls an image only for what is to be created, and once', () => {
    const observed = { ...engineOf(stackWith(), { app: 'missing', ui: 'missing' }), images: new Map() };
    const pulls = planStack(stackWith(), observed).filter(({ action }) => action.type === 'pull-image');
    expect(pulls.map(({ what }) => what)).toEqual(['pull image app:1']);
  });

  test('starts what has ended, goes on with what is paused, and says how each was found', () => {
    const observed = engineOf(stackWith(), {
      db: { state: 'exited', exitCode: 137 },
      app: { state: 'paused' },
      ui: { state: 'exited' },
    });
    expect(planned(observed)).toMatchInlineSnapshot(`
      "
      start container streamlab-x-db-1        because it has ended with code 137
      wait until streamlab-x-db-1 is healthy  because app depends on it
      unpause container streamlab-x-app-1     because it is paused
      start container streamlab-x-ui-1        because it has ended with code 0
      "
    `);
    const starts = planStack(stackWith(), observed).flatMap(({ action }) =>
      action.type === 'start-container' ? [[action.service.name, action.unpause]] : [],
    );
    expect(starts).toEqual([
      ['db', false],
      ['app', true],
      ['ui', false],
    ]);
  });

  test.each(['dead', 'removing'] as const)(
    'removes a container that is %s before it makes another',
    (state) => {
      const plan = planStack(stackWith(), engineOf(stackWith(), { ui: { state } }));
      expect(stepsOf(plan)).toEqual(['remove-container', 'create-container', 'start-container']);
      expect(plan[0]).toMatchObject({ because: `it is ${state}`, action: { id: 'id-ui' } });
    },
  );

  test('removes what belongs to no service of the lab any more, whatever it was', () => {
    const observed = engineOf(stackWith());
    expect(planned(observed, stackWith({}, ['ui']))).toMatchInlineSnapshot(`
      "
      remove container streamlab-x-ui-1  because the lab has no service ui now
      "
    `);
  });

  test('connects a container that is in one network of two, without touching it otherwise', () => {
    const observed = engineOf(stackWith(), { app: { networks: ['streamlab-x_lab'] } });
    expect(planned(observed)).toMatchInlineSnapshot(`
      "
      connect streamlab-x-app-1 to streamlab-x_front  because it is not connected to it
      "
    `);
  });

  test('recreates a container whose network is gone: it would look for the one of the old id', () => {
    const engine = engineOf(stackWith(), { app: { state: 'exited' }, ui: { state: 'exited' } });
    const observed = {
      ...engine,
      networks: engine.networks.filter(({ name }) => name === 'streamlab-x_lab'),
    };
    expect(planned(observed)).toMatchInlineSnapshot(`
      "
      create network streamlab-x_front                because it does not exist
      remove container streamlab-x-app-1              because its network streamlab-x_front is gone
      create container streamlab-x-app-1              because its network streamlab-x_front is gone
      connect streamlab-x-app-1 to streamlab-x_front  because the definition says so
      wait until streamlab-x-db-1 is healthy          because app depends on it
      start container streamlab-x-app-1               because it is new
      remove container streamlab-x-ui-1               because its network streamlab-x_front is gone
      create container streamlab-x-ui-1               because its network streamlab-x_front is gone
      start container streamlab-x-ui-1                because it is new
      "
    `);
  });

  test('makes a volume that is gone anew', () => {
    expect(planned({ ...engineOf(stackWith()), volumes: [] })).toMatchInlineSnapshot(`
      "
      create volume streamlab-x_data  because it does not exist
      "
    `);
  });

  test('takes what docker compose made from the same file as it is', () => {
    const stack = stackWith();
    const observed = engineOf(stack);
    const { containers } = observed;
    const byCompose = containers.map((container) => ({
      ...container,
      labels: Object.fromEntries(
        Object.entries(container.labels).filter(([label]) => label !== 'dev.streamlab.config-hash'),
      ),
    }));
    expect(planStack(stack, { ...observed, containers: byCompose })).toEqual([]);
    const elsewhere = byCompose.map((container) => ({ ...container, environment: {}, ports: {} }));
    const changed = planStack(stack, { ...observed, containers: elsewhere });
    const withValues = stack.services.filter(
      ({ definition: { ports, environment } }) => ports !== undefined || environment !== undefined,
    );
    expect(changed.filter(({ action }) => action.type === 'remove-container')).toHaveLength(
      withValues.length,
    );
  });
});

describe('a task', () => {
  test('that has succeeded is not run again, and nobody waits for it', () => {
    const plan = planStack(stackWith(), engineOf(stackWith(), { app: { state: 'exited' } }));
    expect(textOf(plan)).toMatchInlineSnapshot(`
      "
      wait until streamlab-x-db-1 is healthy  because app depends on it
      start container streamlab-x-app-1       because it has ended with code 0
      "
    `);
  });

  test('that has failed is run again', () => {
    const observed = engineOf(stackWith(), { prepare: { exitCode: 1 }, app: { state: 'exited' } });
    expect(planned(observed)).toMatchInlineSnapshot(`
      "
      start container streamlab-x-prepare-1           because it has ended with code 1
      wait until streamlab-x-db-1 is healthy          because app depends on it
      wait until streamlab-x-prepare-1 has completed  because app depends on it
      start container streamlab-x-app-1               because it has ended with code 0
      "
    `);
  });

  test('that still runs is waited for', () => {
    const observed = engineOf(stackWith(), { prepare: { state: 'running' }, app: 'missing' });
    const plan = planStack(stackWith(), observed);
    expect(plan.map(({ what }) => what)).toContain('wait until streamlab-x-prepare-1 has completed');
    expect(plan.find(({ id }) => id === 'start app')?.needs).toContain('wait prepare completed');
  });

  test('that one service waits for while another needs it only healthy is waited for both ways', () => {
    const odd = { image: 'y', depends_on: { prepare: { condition: 'service_healthy' } } };
    const plan = planStack(stackWith({ odd }), nothing);
    expect(plan.find(({ id }) => id === 'start app')?.needs).toContain('wait prepare completed');
    expect(plan.find(({ id }) => id === 'start odd')?.needs).toContain('wait prepare healthy');
  });
});

describe('what is not the lab’s', () => {
  const theirs = { 'dev.streamlab.lab': 'other', 'com.docker.compose.project': 'streamlab-other' };

  test.each([
    [
      'container',
      { containers: [{ ...engineOf(stackWith()).containers[0]!, labels: {} }] },
      'streamlab-x-db-1',
    ],
    [
      'container',
      { containers: [{ ...engineOf(stackWith()).containers[0]!, labels: theirs }] },
      'streamlab-x-db-1',
    ],
    ['network', { networks: [{ id: '1', name: 'streamlab-x_lab', labels: {} }] }, 'streamlab-x_lab'],
    ['volume', { volumes: [{ id: '1', name: 'streamlab-x_data', labels: theirs }] }, 'streamlab-x_data'],
  ])('but has a name that the lab needs stops everything before it begins: a %s', (kind, parts, name) => {
    expect(() => planStack(stackWith(), { ...nothing, ...parts })).toThrow(
      expect.objectContaining({
        code: 'UNSUPPORTED',
        message: `The Docker engine has a ${kind} ${name} that does not belong to the lab "x".`,
        suggestions: [
          `Look at it with: docker ${kind} inspect ${name}`,
          'Rename or remove it, or use another lab: --lab NAME.',
        ],
      }) as Error,
    );
  });

  test('is left alone: another lab’s container, and one of another project with the same label', () => {
    const observed = engineOf(stackWith());
    const strangers = [
      { ...observed.containers[0]!, id: '1', name: 'streamlab-other-db-1', labels: theirs },
      {
        ...observed.containers[0]!,
        id: '2',
        name: 'theirs-db-1',
        labels: { 'dev.streamlab.lab': 'x', 'com.docker.compose.project': 'theirs' },
      },
    ];
    expect(
      planStack(stackWith(), { ...observed, containers: [...observed.containers, ...strangers] }),
    ).toEqual([]);
  });
});

describe('what gives back a port or a volume', () => {
  const leftover = (parts: Partial<ObservedContainer>): Observed => {
    const observed = engineOf(stackWith(), { db: 'missing' });
    const stack = stackWith();
    const base = engineOf(stack).containers[0]!;
    return { ...observed, containers: [...observed.containers, { ...base, id: 'old', ...parts }] };
  };

  test('is removed before the same service starts under its name of now', () => {
    const plan = planStack(stackWith(), leftover({ name: 'streamlab-x_db_1', ports: {} }));
    expect(plan.find(({ id }) => id === 'start db')?.needs).toContain('remove streamlab-x_db_1');
    expect(plan.find(({ id }) => id === 'remove streamlab-x_db_1')?.because).toBe(
      'the container of db is streamlab-x-db-1',
    );
  });

  test('is removed before another service takes its port', () => {
    const labels = { ...engineOf(stackWith()).containers[0]!.labels, 'com.docker.compose.service': 'gone' };
    const plan = planStack(stackWith(), leftover({ name: 'streamlab-x-gone-1', labels }));
    expect(plan.find(({ id }) => id === 'start db')?.needs).toContain('remove streamlab-x-gone-1');
  });

  test('is removed before its port goes to another one that is recreated', () => {
    const swapped = stackWith({
      db: { ...services.db, ports: ['127.0.0.1:6000:5000'] },
      app: { ...services.app, ports: ['127.0.0.1:5000:6000'] },
    });
    const plan = planStack(swapped, engineOf(stackWith()));
    expect(plan.find(({ id }) => id === 'start db')?.needs).toContain('remove streamlab-x-app-1');
    expect(plan.find(({ id }) => id === 'start app')?.needs).toContain('remove streamlab-x-db-1');
  });
});
