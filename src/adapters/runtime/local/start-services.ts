import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalLab, ProcessRecord } from '../../../domain/lab-state.js';
import { reasonOf, StreamlabError } from '../../../errors.js';
import type { LabStore } from '../../files/lab-store.js';
import { logFileOf, withoutStack } from '../log-files.js';
import { startDaemon } from '../processes.js';
import type { StartRequest } from '../runtime.js';
import { commandOf, formatCommand, type LocalService, type ServicePlan } from './services.js';

/** The process of each service; of one that is not started yet, the promise of it. */
export type Starting = Partial<Record<LocalService, ProcessRecord | Promise<ProcessRecord>>>;

interface Start {
  store: LabStore;
  plan: ServicePlan;
  state: LocalLab;
  request: StartRequest;
}

/**
 * Starts services, each noted in the lab's state as soon as it is there.
 * @param last the one that waits for `startLast`
 */
export async function startServices(
  services: readonly LocalService[],
  last: LocalService | undefined,
  start: Start,
): Promise<{ starting: Starting; startLast: () => void }> {
  const { store, state, request } = start;
  const noted = { ...state.services };
  const starting: Starting = {};
  const atOnce = services.filter((service) => service !== last);
  await Promise.all(
    atOnce.map(async (service) => {
      const record = await startOne(service, start);
      starting[service] = noted[service] = record;
      await store.write({ ...state, services: noted });
    }),
  );
  const { opened, open } = gate(request.signal);
  for (const service of services) {
    if (service === last) starting[service] = opened.then(() => startLate(service, start));
  }
  return { starting, startLast: open };
}

/** By then the state may have changed. */
async function startLate(service: LocalService, start: Start): Promise<ProcessRecord> {
  const { store, state } = start;
  const record = await startOne(service, start);
  const now = (await store.readOf('local')) ?? state;
  await store.write({ ...now, services: { ...now.services, [service]: record } });
  return record;
}

/** `opened` resolves at `open`, or rejects when the signal is aborted before. */
function gate(signal: AbortSignal): { opened: Promise<void>; open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve, reject) => {
    const stop = (): void => {
      reject(signal.reason as Error);
    };
    open = () => {
      signal.removeEventListener('abort', stop);
      resolve();
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  return { opened, open };
}

async function startOne(service: LocalService, start: Start): Promise<ProcessRecord> {
  const { store, plan, request } = start;
  if (service === 'kafka') await formatKafka(start);
  request.signal.throwIfAborted();
  request.report({ type: 'step', id: service, title: service, state: 'running', detail: 'starting' });
  return startDaemon({
    name: service,
    ...commandOf(service, plan),
    cwd: store.folders.root,
    logFile: logFileOf(store.folders, service),
  });
}

async function formatKafka({ store, plan, state, request: { signal } }: Start): Promise<void> {
  if (existsSync(join(store.folders.kafkaData, 'meta.properties'))) return;
  const { execa } = await import('execa');
  const { command, args, env } = formatCommand(plan, state.kafkaClusterId);
  try {
    await execa(command, args, { env, cancelSignal: signal, timeout: 60_000 });
  } catch (error) {
    signal.throwIfAborted();
    throw new StreamlabError('SERVICE_FAILED', 'Kafka could not format its data folder.', {
      evidence: withoutStack(reasonOf(error).split('\n')).slice(-6),
      cause: error,
    });
  }
}
