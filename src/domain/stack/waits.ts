import type { Observed, ObservedContainer } from './observed.js';
import type { Stack, StackService } from './stack.js';
import { startId, waitId, type StackStep, type WaitCondition } from './steps.js';

/** Whether a task has done its work. */
export function hasCompleted(service: StackService, { state, exitCode }: ObservedContainer): boolean {
  return service.isTask && state === 'exited' && exitCode === 0;
}

/** Before a service is started, what it depends on must be there: once for all services that wait for the same. */
export function waitSteps(stack: Stack, steps: readonly StackStep[], observed: Observed): StackStep[] {
  const starting = steps.flatMap(({ action }) => (action.type === 'start-container' ? [action.service] : []));
  const waits = new Map<string, { needed: StackService; condition: WaitCondition; waiting: string[] }>();
  for (const service of starting) {
    for (const [other, condition] of Object.entries(service.dependsOn)) {
      const needed = stack.services.find(({ name }) => name === other);
      if (needed === undefined || condition === 'service_started') continue;
      const existing = observed.containers.find(({ name }) => name === needed.container);
      const isDone = existing !== undefined && hasCompleted(needed, existing) && !starting.includes(needed);
      if (isDone) continue;
      const id = waitId(other, condition);
      const waiting = [...(waits.get(id)?.waiting ?? []), service.name];
      waits.set(id, { needed, condition, waiting });
    }
  }
  return [...waits.entries()].map(([id, { needed, condition, waiting }]) => ({
    id,
    needs: [startId(needed)],
    what: `wait until ${needed.container} ${condition === 'service_healthy' ? 'is healthy' : 'has completed'}`,
    because: `${waiting.join(' and ')} ${waiting.length === 1 ? 'depends' : 'depend'} on it`,
    action: {
      type: 'wait-for',
      service: needed,
      condition: condition === 'service_healthy' ? 'healthy' : 'completed',
    },
  }));
}
