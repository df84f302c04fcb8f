import type { Report } from '../../../domain/progress.js';
import type { StackAction, StackPlan, StackStep } from '../../../domain/stack/steps.js';
import type { Stack } from '../../../domain/stack/stack.js';
import type { DockerEngine } from './engine.js';
import { waitFor } from './waiting.js';

export interface Execution {
  engine: DockerEngine;
  stack: Stack;
  report: Report;
  signal: AbortSignal;
}

const dependencyTimeoutMs = 120_000;

/**
 * Takes the steps of a plan, each as soon as what it needs is done, so in parallel where that is allowed.
 * @returns a promise for each step; one whose needs failed fails with their error, and does nothing
 */
export function execute(plan: StackPlan, execution: Execution): ReadonlyMap<string, Promise<void>> {
  const promises = new Map<string, Promise<void>>();
  const steps = new Map(plan.map((step) => [step.id, step]));
  const promiseOf = (step: StackStep): Promise<void> => {
    const known = promises.get(step.id);
    if (known !== undefined) return known;
    const needed = step.needs.map((id) => steps.get(id)).filter((need) => need !== undefined);
    const promise = Promise.all(needed.map(promiseOf)).then(async () => {
      execution.signal.throwIfAborted();
      await take(step.action, execution);
    });
    // Whoever waits for a step sees its failure; until somebody does it is no unhandled one.
    promise.catch(() => undefined);
    promises.set(step.id, promise);
    return promise;
  };
  for (const step of plan) void promiseOf(step);
  return promises;
}

async function take(action: StackAction, { engine, stack, report, signal }: Execution): Promise<void> {
  switch (action.type) {
    case 'pull-image':
      await engine.pull(action.image, report, signal);
      return;
    case 'create-network':
      await engine.createNetwork(stack, action.network);
      return;
    case 'create-volume':
      await engine.createVolume(stack, action.volume);
      return;
    case 'remove-container':
      await engine.stop(action.id, action.name);
      await engine.removeContainer(action.id);
      return;
    case 'create-container':
      await engine.createContainer(stack, action.service);
      return;
    case 'connect-network':
      await engine.connect(action.network, action.service);
      return;
    case 'start-container':
      if (action.unpause) await engine.unpause(action.service.container);
      else await engine.start(action.service.container);
      return;
    case 'wait-for':
      await waitFor(engine, action.service, action.condition, {
        timeoutMs: dependencyTimeoutMs,
        signal,
        isNew: false,
      });
  }
}
