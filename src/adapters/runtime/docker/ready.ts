import { setTimeout as delay } from 'node:timers/promises';
import { formatDuration } from '../../../domain/duration.js';
import type { LabConnections } from '../../../domain/connections.js';
import type { StackPlan } from '../../../domain/stack/steps.js';
import type { Stack, StackService } from '../../../domain/stack/stack.js';
import { reasonOf, StreamlabError } from '../../../errors.js';
import type { Probes } from '../probes.js';
import type { StartedLab, StartRequest } from '../runtime.js';
import type { DockerEngine } from './engine.js';
import { lastLines } from './logs.js';
import { waitFor } from './waiting.js';

export interface ReadyRequest {
  engine: DockerEngine;
  stack: Stack;
  plan: StackPlan;
  /** The promise of each step of the plan. */
  done: ReadonlyMap<string, Promise<void>>;
  connections: LabConnections;
  slots: number;
  probes: Probes;
  request: StartRequest;
}

const healthyTimeoutMs = 180_000;
/** From healthy to answering on the published port. */
const answerTimeoutMs = 60_000;

/** Containers that nothing asks for any more are gone when `up` says so. */
async function removals({ plan, done }: ReadyRequest): Promise<void> {
  for (const { id, action } of plan) if (action.type === 'remove-container') await done.get(id);
}

type Probe = () => Promise<string | undefined>;

/** Promises that each part of the lab really answers, on the ports that people and streamlab use. */
export function readyServices(all: ReadyRequest): StartedLab['ready'] {
  const { probes, connections, slots, stack } = all;
  const core: Record<string, Probe> = {
    kafka: () => probes.kafka(connections),
    'flink-jobmanager': () => probes.jobManager(connections),
    'flink-taskmanager': () => probes.taskSlots(connections, slots),
    'flink-sql-gateway': () => probes.sqlGateway(connections),
    clickhouse: () => probes.clickhouse(connections),
  };
  const ready = new Map(
    stack.services
      .filter(({ isTask }) => !isTask)
      .map((service) => [service.name, serviceReady(service, core[service.name], all)] as const),
  );
  const of = async (...names: string[]): Promise<void> => {
    await Promise.all(
      names.map(async (name) => {
        await ready.get(name);
      }),
    );
  };
  const others = [...ready.keys()].filter((name) => !(name in core));
  const promises = {
    kafka: of('kafka'),
    clickhouse: of('clickhouse'),
    flink: of('flink-jobmanager', 'flink-taskmanager', 'flink-sql-gateway'),
    others: Promise.all([of(...others), removals(all)]).then(() => undefined),
  };
  // Who waits for one of them sees its failure; the failure of another must not end the process meanwhile.
  for (const promise of Object.values(promises)) promise.catch(() => undefined);
  return promises;
}

async function serviceReady(
  service: StackService,
  probe: Probe | undefined,
  all: ReadyRequest,
): Promise<void> {
  const { engine, plan, done, request } = all;
  const { report, signal } = request;
  const step = { type: 'step', id: service.name, title: service.name } as const;
  const begun = Date.now();
  const own = plan.filter(({ action }) => 'service' in action && action.service.name === service.name);
  report({ ...step, state: 'running', detail: own.length === 0 ? 'looking at it' : 'starting' });
  try {
    await Promise.all(
      own.map(async ({ id }) => {
        await done.get(id);
      }),
    );
    await waitFor(engine, service, 'healthy', {
      timeoutMs: healthyTimeoutMs,
      signal,
      isNew: own.length > 0,
    });
    if (probe !== undefined) await answers(service, probe, engine, signal);
  } catch (error) {
    report({ ...step, state: 'failed' });
    throw error;
  }
  const detail =
    own.length === 0 ? 'already running' : `ready after ${((Date.now() - begun) / 1000).toFixed(1)}s`;
  report({ ...step, state: 'done', detail });
}

/** A container may be healthy inside while its published port leads nowhere. */
async function answers(
  service: StackService,
  probe: Probe,
  engine: DockerEngine,
  signal: AbortSignal,
): Promise<void> {
  const giveUpAt = Date.now() + answerTimeoutMs;
  for (;;) {
    signal.throwIfAborted();
    const lacking = await probe().catch(reasonOf);
    if (lacking === undefined) return;
    if (Date.now() > giveUpAt) {
      const { host, text } = engine.address;
      const isFar = host !== undefined && host !== '127.0.0.1' && host !== 'localhost' && host !== '::1';
      throw new StreamlabError(
        'TIMED_OUT',
        `${service.name} is healthy, but does not answer on this machine after ${formatDuration(answerTimeoutMs)}: ${lacking}.`,
        {
          evidence: await lastLines(engine, service.container, 5),
          suggestions: isFar
            ? [
                `The engine at ${text} publishes ports on the loopback address of its own machine: forward them, for instance with ssh -L.`,
              ]
            : [`See more with: streamlab logs ${service.name}`],
        },
      );
    }
    await delay(100, undefined, { signal }).catch(() => undefined);
  }
}
