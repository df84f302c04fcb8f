import { Worker as Thread } from 'node:worker_threads';
import timers from 'node:timers/promises';
import type { KafkaConnection } from '../domain/connections.js';
import type { Compression } from '../domain/traffic/options.js';
import type { RunRequest } from '../domain/traffic/run-request.js';
import type { RunState } from '../domain/traffic/summary.js';
import { StreamlabError, type ErrorCode } from '../errors.js';
import type { ManifestTarget, PaceClock } from '../services/produce-run.js';
import type { Worker } from '../services/produce.js';

/** What a worker thread is started with. */
export interface ThreadData {
  request: RunRequest;
  kafka: KafkaConnection;
  topic: string;
  compression: Compression;
}

export type ToThread = { type: 'start'; startMs: number } | { type: 'interrupt' };
export type FromThread =
  | { type: 'ready' }
  | { type: 'state'; state: RunState }
  | { type: 'manifest'; lines: string }
  | { type: 'ended'; state: RunState }
  | { type: 'failed'; error: { code: ErrorCode; message: string; suggestions: readonly string[] } };

/** The monotonic clock as epoch milliseconds: a computer that sleeps, or whose time is set, takes no schedule along. */
export function realClock(): PaceClock {
  return {
    now: () => performance.timeOrigin + performance.now(),
    sleep: async (ms, signal) => {
      if (ms <= 0) await timers.setImmediate();
      else
        await timers.setTimeout(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    },
  };
}

/** A worker in a thread of its own; `closed` ends it, whatever it does. */
export async function openThread(
  data: ThreadData,
  closed: AbortSignal,
  tools: { emit: (state: RunState) => void; manifest: ManifestTarget | undefined; signal: AbortSignal },
): Promise<Worker> {
  const thread = new Thread(new URL('./produce-thread.js', import.meta.url), { workerData: data });
  const post = (message: ToThread): void => {
    thread.postMessage(message);
  };
  closed.addEventListener('abort', () => void thread.terminate());
  const interrupt = (): void => {
    post({ type: 'interrupt' });
  };
  const ended = new Promise<RunState>((resolve, reject) => {
    thread.on('message', (message: FromThread) => {
      if (message.type === 'state') tools.emit(message.state);
      else if (message.type === 'manifest') tools.manifest?.write(message.lines);
      else if (message.type === 'ended') resolve(message.state);
      else if (message.type === 'failed')
        reject(new StreamlabError(message.error.code, message.error.message, message.error));
    });
    thread.on('error', reject);
    thread.on('exit', (code) => {
      reject(new StreamlabError('SERVICE_FAILED', `A worker ended by itself with code ${String(code)}.`));
    });
  }).finally(() => {
    tools.signal.removeEventListener('abort', interrupt);
  });
  const ready = new Promise<void>((resolve) => {
    thread.on('message', (message: FromThread) => {
      if (message.type === 'ready') resolve();
    });
  });
  await Promise.race([ready, ended]);
  tools.signal.addEventListener('abort', interrupt);
  return {
    run: (startMs) => {
      post({ type: 'start', startMs });
      if (tools.signal.aborted) interrupt();
      return ended;
    },
  };
}
