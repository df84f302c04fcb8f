import { describe, expect, test } from 'vitest';
import { DockerEngine } from '../../../../src/adapters/runtime/docker/engine.js';
import { execute } from '../../../../src/adapters/runtime/docker/execute.js';
import { readComposeFile } from '../../../../src/domain/stack/compose-file.js';
import { planStack } from '../../../../src/domain/stack/plan.js';
import type { Observed } from '../../../../src/domain/stack/observed.js';
import type { StackPlan } from '../../../../src/domain/stack/steps.js';
import { stackOf } from '../../../../src/domain/stack/stack.js';
import { StreamlabError } from '../../../../src/errors.js';

/** An engine that writes down what it is asked, and finishes each call when the test says so, or at once. */
class FakeEngine extends DockerEngine {
  readonly asked: string[] = [];
  readonly held = new Map<string, () => void>();
  failing = new Map<string, Error>();
  isHolding: (call: string) => boolean = () => false;

  constructor() {
    super({ text: 'unix:///nowhere', source: 'the test', socketPath: '/nowhere' });
  }
  private async call(what: string): Promise<void> {
    this.asked.push(what);
    if (this.isHolding(what)) await new Promise<void>((resolve) => this.held.set(what, resolve));
    const error = this.failing.get(what);
    if (error !== undefined) throw error;
  }
  override pull = (image: string) => this.call(`pull ${image}`);
  override createNetwork = (_: unknown, name: string) => this.call(`network ${name}`);
  override createVolume = (_: unknown, name: string) => this.call(`volume ${name}`);
  override createContainer = (_: unknown, { name }: { name: string }) => this.call(`create ${name}`);
  override connect = (network: string, { name }: { name: string }) => this.call(`connect ${name} ${network}`);
  override start = (container: string) => this.call(`start ${container}`);
  override unpause = (container: string) => this.call(`unpause ${container}`);
  override stop = (id: string) => this.call(`stop ${id}`);
  override removeContainer = (id: string) => this.call(`remove ${id}`);
  override state = async (container: string) => {
    await this.call(`look at ${container}`);
    return { status: 'running', exitCode: 0, health: 'healthy' as const, error: '' };
  };
}

const document = {
  services: {
    a: { image: 'a:1', networks: ['lab'] },
    b: { image: 'b:1', networks: ['lab'], depends_on: { a: { condition: 'service_healthy' } } },
    c: { image: 'c:1', networks: ['lab'] },
  },
  networks: { lab: null },
};
const stack = stackOf({
  lab: 'x',
  file: readComposeFile(document, 'f', {}),
  without: [],
  filesOf: () => [],
  fingerprint: () => 'hash',
});
const nothing: Observed = { containers: [], networks: [], volumes: [], images: new Map() };
const plan = planStack(stack, nothing);

function run(engine: FakeEngine, steps: StackPlan = plan, signal = new AbortController().signal) {
  return execute(steps, { engine, stack, report: () => undefined, signal });
}
const settled = (promises: ReadonlyMap<string, Promise<void>>) => Promise.allSettled(promises.values());
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const startA = 'start streamlab-x-a-1';

describe('a plan that is executed', () => {
  test('takes every step once, each after what it needs', async () => {
    const engine = new FakeEngine();
    const promises = run(engine);
    await Promise.all(promises.values());
    expect([...promises.keys()].sort()).toEqual(plan.map(({ id }) => id).sort());
    expect(new Set(engine.asked).size).toBe(engine.asked.length);
    const order = ['pull a:1', 'create a', startA, 'look at streamlab-x-a-1', 'start streamlab-x-b-1'];
    expect(engine.asked.filter((call) => order.includes(call))).toEqual(order);
  });

  test('takes at the same time what needs nothing of each other', async () => {
    const engine = new FakeEngine();
    engine.isHolding = (call) => call.startsWith('pull');
    const promises = run(engine);
    await turn();
    expect(engine.asked).toEqual(['pull a:1', 'pull b:1', 'pull c:1']);
    for (const go of engine.held.values()) go();
    await Promise.all(promises.values());
  });

  test('fails what needs a failed step with its error, does not take it, and goes on with the rest', async () => {
    const engine = new FakeEngine();
    const error = new StreamlabError('PORT_TAKEN', 'Port 1 is taken.');
    engine.failing.set(startA, error);
    const promises = run(engine);
    await settled(promises);
    await expect(promises.get('start b')).rejects.toBe(error);
    await expect(promises.get('wait a healthy')).rejects.toBe(error);
    await expect(promises.get('start c')).resolves.toBeUndefined();
    expect(engine.asked).not.toContain('start streamlab-x-b-1');
  });

  test('begins nothing more once it is interrupted', async () => {
    const engine = new FakeEngine();
    engine.isHolding = (call) => call.startsWith('pull');
    const interrupt = new AbortController();
    const promises = run(engine, plan, interrupt.signal);
    await turn();
    const reason = new StreamlabError('INTERRUPTED', 'Interrupted.');
    interrupt.abort(reason);
    for (const go of engine.held.values()) go();
    await settled(promises);
    await expect(promises.get('start a')).rejects.toBe(reason);
    expect(engine.asked.filter((call) => /^(create|start)/.test(call))).toEqual([]);
  });

  test('stops a container before it removes it, and goes on with a paused one', async () => {
    const engine = new FakeEngine();
    const [service] = stack.services;
    const step = { needs: [], what: '', because: '' };
    await Promise.all(
      run(engine, [
        { ...step, id: '1', action: { type: 'remove-container', id: 'old', name: 'n' } },
        {
          ...step,
          id: '2',
          needs: ['1'],
          action: { type: 'start-container', service: service!, unpause: true },
        },
        {
          ...step,
          id: '3',
          needs: ['2'],
          action: { type: 'connect-network', service: service!, network: 'n' },
        },
      ]).values(),
    );
    expect(engine.asked).toEqual(['stop old', 'remove old', 'unpause streamlab-x-a-1', 'connect a n']);
  });

  test('of no steps is done', () => {
    expect(run(new FakeEngine(), []).size).toBe(0);
  });
});
