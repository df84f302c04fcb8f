import { setTimeout as delay } from 'node:timers/promises';
import type { StackService } from '../../../domain/stack/stack.js';
import { StreamlabError } from '../../../errors.js';
import type { DockerEngine } from './engine.js';
import { lastLines } from './logs.js';

export interface Patience {
  /** Whether an unhealthy container is given up: one that was there before may yet recover. */
  isNew: boolean;
  timeoutMs: number;
  signal: AbortSignal;
}

const lookEveryMs = 250;
const evidenceLines = 8;

/**
 * Resolves when a container is healthy (or, without a health check, runs), or a task has ended well.
 * @throws StreamlabError SERVICE_FAILED with the end of its log when it has ended otherwise, TIMED_OUT
 */
export async function waitFor(
  engine: DockerEngine,
  service: StackService,
  condition: 'healthy' | 'completed',
  { timeoutMs, signal, isNew }: Patience,
): Promise<void> {
  const giveUpAt = Date.now() + timeoutMs;
  for (;;) {
    signal.throwIfAborted();
    const state = await engine.state(service.container);
    const isRunning = state?.status === 'running';
    if (condition === 'healthy' && isRunning && (state.health ?? 'healthy') === 'healthy') return;
    if (condition === 'completed' && state?.status === 'exited' && state.exitCode === 0) return;
    if (state === undefined || (!isRunning && state.status !== 'created' && state.status !== 'restarting')) {
      throw await failed(
        engine,
        service,
        state === undefined ? 'is gone' : `ended with code ${state.exitCode}`,
      );
    }
    if (condition === 'healthy' && isNew && state.health === 'unhealthy')
      throw await failed(engine, service, 'is unhealthy');
    if (Date.now() > giveUpAt) throw await late(engine, service, condition, timeoutMs);
    await delay(lookEveryMs, undefined, { signal }).catch(() => undefined);
  }
}

async function failed(engine: DockerEngine, service: StackService, how: string): Promise<StreamlabError> {
  return new StreamlabError('SERVICE_FAILED', `The container ${service.container} ${how}.`, {
    evidence: await lastLines(engine, service.container, evidenceLines),
    suggestions: [`See more with: streamlab logs ${service.name}`],
  });
}

async function late(
  engine: DockerEngine,
  service: StackService,
  condition: 'healthy' | 'completed',
  timeoutMs: number,
): Promise<StreamlabError> {
  const what = condition === 'healthy' ? 'healthy' : 'done';
  return new StreamlabError(
    'TIMED_OUT',
    `The container ${service.container} was not ${what} within ${timeoutMs / 1000} s.`,
    {
      evidence: await lastLines(engine, service.container, evidenceLines),
      suggestions: [
        `See more with: streamlab logs ${service.name}`,
        'A slow machine may need another streamlab up.',
      ],
    },
  );
}
