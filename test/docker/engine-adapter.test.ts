import { randomBytes } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { pack } from 'tar-stream';
import { GenericContainer, type StartedTestContainer } from 'testcontainers';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { engineAddress } from '../../src/adapters/runtime/docker/engine-address.js';
import { DockerEngine } from '../../src/adapters/runtime/docker/engine.js';
import { execute } from '../../src/adapters/runtime/docker/execute.js';
import { observe, wantedBy } from '../../src/adapters/runtime/docker/observe.js';
import type { ProgressEvent } from '../../src/domain/progress.js';
import { readComposeFile } from '../../src/domain/stack/compose-file.js';
import { planStack } from '../../src/domain/stack/plan.js';
import { stackOf, type Stack } from '../../src/domain/stack/stack.js';
import { StreamlabError } from '../../src/errors.js';
import { freePort } from './support/free-port.js';
import { DockerHome } from './support/lab-home.js';
import { startRegistry, type TestRegistry } from './support/registry.js';
import { standIns } from './support/stand-in-names.js';

// testcontainers reads these; its reaper is an image that cannot be had, and what it starts is stopped below.
process.env.DOCKER_HOST = inject('dockerHost');
process.env.TESTCONTAINERS_RYUK_DISABLED = 'true';

const image = standIns.STREAMLAB_KAFKA_UI_IMAGE;
const home = new DockerHome(inject('dockerHost'));
let engine: DockerEngine;

beforeAll(async () => {
  engine = new DockerEngine(await engineAddress({ DOCKER_HOST: inject('dockerHost') }));
});
afterAll(() => home.end(['foreign', 'crowded']));

/** A container that is nobody's but the test's. */
async function somebodys(
  make: (container: GenericContainer) => GenericContainer,
): Promise<StartedTestContainer> {
  const started = await make(
    new GenericContainer(image)
      .withEntrypoint(['node', '-e'])
      .withCommand(["require('http').createServer().listen(8080)"]),
  ).start();
  onTestFinished(async () => {
    await started.stop({ timeout: 0 });
  });
  return started;
}

/** A stack of one service that sleeps, with what the test adds. */
function sleeper(lab: string, more: object = {}): Stack {
  const service = { image, entrypoint: ['sleep'], command: ['infinity'], init: true, ...more };
  const file = readComposeFile({ services: { sleeper: service } }, 'test.yaml', {});
  return stackOf({ lab, file, without: [], filesOf: () => [], fingerprint: JSON.stringify });
}

async function bringUp(stack: Stack): Promise<void> {
  const plan = planStack(stack, await observe(engine, wantedBy(stack)));
  const signal = AbortSignal.timeout(60_000);
  await Promise.all(execute(plan, { engine, stack, report: () => undefined, signal }).values());
}

async function takeAway(stack: Stack): Promise<void> {
  for (const { container } of stack.services) await engine.removeContainer(container);
  for (const network of stack.networks) await engine.removeNetwork(network);
}

describe('what belongs to somebody else', () => {
  test('a container with a name that the lab needs is named, and left as it is', async () => {
    const theirs = await somebodys((container) => container.withName('streamlab-foreign-kafka-1'));
    const up = await home.cli(['up', '--lab', 'foreign']);
    expect([up.exitCode, up.stderr]).toEqual([
      2,
      expect.stringContaining('streamlab-foreign-kafka-1 that does not belong to the lab "foreign"'),
    ]);
    expect((await home.cli(['down', '--lab', 'foreign', '--volumes', '--yes'])).exitCode).toBe(0);
    expect((await engine.state(theirs.getName().replace('/', '')))?.status).toBe('running');
    expect(await home.traces('foreign')).toEqual([]);
  });

  test('a port that another container publishes is moved away from, and is refused where it was asked for', async () => {
    const port = await freePort();
    await somebodys((container) => container.withExposedPorts({ container: 8080, host: port }));
    const asked = await home.cli(['up', '--lab', 'crowded', '--dry-run', '--kafka-port', String(port)]);
    expect([asked.exitCode, asked.stderr]).toEqual([
      3,
      expect.stringContaining(`--kafka-port ${port}: the port is taken`),
    ]);
  });

  test('a port that is taken between its choice and the start is said to be taken', async () => {
    const port = await freePort();
    await somebodys((container) => container.withExposedPorts({ container: 8080, host: port }));
    const stack = sleeper('late', { ports: [`127.0.0.1:${port}:8080`] });
    onTestFinished(() => takeAway(stack));
    await expect(bringUp(stack)).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      message: expect.stringContaining(String(port)) as string,
    });
  });
});

describe('a stack', () => {
  test('that was created but never started is made anew, and then left alone', async () => {
    const stack = sleeper('half');
    onTestFinished(() => takeAway(stack));
    await engine.createNetwork(stack, stack.networks[0]!);
    await engine.createContainer(stack, stack.services[0]!);
    await bringUp(stack);
    expect(await engine.state('streamlab-half-sleeper-1')).toMatchObject({ status: 'running' });
    expect(planStack(stack, await observe(engine, wantedBy(stack)))).toEqual([]);
  });

  test('whose container ends at once is an error with the end of its log', async () => {
    const stack = sleeper('ends', {
      entrypoint: ['sh', '-c', 'echo out of luck; exit 3'],
      command: [],
      healthcheck: { test: ['CMD', 'true'], interval: '30s' },
    });
    const waiting = {
      ...sleeper('ends').services[0]!,
      name: 'waiting',
      container: 'streamlab-ends-waiting-1',
    };
    const both: Stack = {
      ...stack,
      services: [...stack.services, { ...waiting, dependsOn: { sleeper: 'service_healthy' } }],
    };
    onTestFinished(() => takeAway(both));
    await expect(bringUp(both)).rejects.toMatchObject({
      message: 'The container streamlab-ends-sleeper-1 ended with code 3.',
      evidence: ['out of luck'],
    });
  });
});

describe('an image', () => {
  let registry: TestRegistry;
  const soon = (): AbortSignal => AbortSignal.timeout(120_000);

  beforeAll(async () => {
    registry = await startRegistry();
    const docker = engine.docker;
    // Bytes that the engine has in no other image, so that there is something to pull.
    const content = pack();
    content.entry({ name: 'random' }, randomBytes(8_000_000));
    content.finalize();
    const made = await docker.importImage(content.pipe(new PassThrough()), {
      repo: `${registry.host}/ui`,
      tag: '1',
    });
    await new Promise((resolve) => {
      docker.modem.followProgress(made, resolve);
    });
    const target = docker.getImage(`${registry.host}/ui:1`);
    // Its type wants a callback; without one it gives a promise.
    const push = target.push.bind(target) as unknown as (o: object) => Promise<NodeJS.ReadableStream>;
    const pushed = await push({ authconfig: { username: '', password: '' } });
    await new Promise<void>((resolve, reject) => {
      docker.modem.followProgress(pushed, (error: Error | null) => {
        if (error === null) resolve();
        else reject(error);
      });
    });
    await docker.getImage(`${registry.host}/ui:1`).remove();
  });
  afterAll(() => registry.stop());

  test('is pulled from its registry, with the progress of its layers', async () => {
    const name = `${registry.host}/ui:1`;
    expect(await engine.imageId(name)).toBeUndefined();
    expect(await engine.whyNotPullable(name)).toBeUndefined();
    expect(await engine.imageId(name)).toBeUndefined();
    const seen: ProgressEvent[] = [];
    await engine.pull(name, (event) => seen.push(event), soon());
    expect(await engine.imageId(name)).toBeDefined();
    expect(seen.at(-1)).toMatchObject({
      id: `pull ${name}`,
      state: 'done',
      detail: expect.stringMatching(/^\d+ layers?$/) as string,
    });
  });

  test('that its registry lacks is refused by name, with what to do', async () => {
    const name = `${registry.host}/nosuch:1`;
    expect(await engine.whyNotPullable(name)).toMatch(/manifest unknown|not found/i);
    const error: unknown = await engine
      .pull(name, () => undefined, soon())
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StreamlabError);
    expect(error).toMatchObject({
      code: 'DOWNLOAD_FAILED',
      message: `The image ${name} could not be pulled: the registry does not have it.`,
    });
  });

  test('of a registry that wants a login, or that is not there, is refused with the reason', async () => {
    const closed = await startRegistry({ isClosed: true });
    onTestFinished(() => closed.stop());
    await expect(engine.pull(`${closed.host}/ui:1`, () => undefined, soon())).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      message: expect.stringContaining('the registry refuses it') as string,
    });
    await expect(
      engine.pull(`127.0.0.1:${await freePort()}/ui:1`, () => undefined, soon()),
    ).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      message: expect.stringContaining('the registry cannot be reached') as string,
    });
  });

  test('that cannot be had ends up before anything is created, and auto goes local', async () => {
    const nowhere = { STREAMLAB_KAFKA_IMAGE: `${registry.host}/nosuch:1` };
    const up = await home.cli(['up', '--lab', 'crowded'], nowhere);
    expect([up.exitCode, up.stderr]).toEqual([3, expect.stringContaining('could not be pulled')]);
    await home.cli(['down', '--lab', 'crowded', '--volumes', '--yes']);
    const offline = await home.cli(['up', '--lab', 'crowded', '--offline'], nowhere);
    expect([offline.exitCode, offline.stderr]).toEqual([
      3,
      expect.stringContaining('The engine lacks 1 image'),
    ]);
    expect(await home.traces('crowded')).toEqual([]);
    await home.cli(['down', '--lab', 'crowded', '--volumes', '--yes']);
    const auto = await home.json<{ runtime: string; because: string }>(
      ['up', '--dry-run', '--lab', 'auto'],
      [0],
    );
    expect(auto.runtime).toBe('docker');
    const local = await home.cli(['up', '--dry-run', '--lab', 'auto'], {
      ...nowhere,
      STREAMLAB_RUNTIME: 'auto',
    });
    expect(local.stderr).toMatch(
      /Runtime: local, because Docker is no way here: .*nosuch:1 cannot be pulled/,
    );
  });
});
