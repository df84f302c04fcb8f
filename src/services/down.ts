import type { ConsoleProcess } from '../adapters/runtime/console-process.js';
import type { Runtime } from '../adapters/runtime/runtime.js';
import { consoleService } from '../domain/lab-state.js';
import type { Report } from '../domain/progress.js';

export interface DownRequest {
  volumes: boolean;
  report: Report;
}

export interface DownResult {
  stopped: readonly string[];
  /** Where the job's state was written, or null if it was not running or did not answer in time. */
  savepoint: string | null;
  deleted: string | null;
}

export interface DownParts {
  runtime: Runtime;
  console: Pick<ConsoleProcess, 'stop'>;
  /** Bounded by its own deadline; undefined where no job runs. */
  savepointJob: () => Promise<string | undefined>;
}

/**
 * Stops the job with a savepoint (so that the next `up` goes on from there), then every service; with
 * `volumes` deletes the data too.
 */
export async function down(
  { runtime, console, savepointJob }: DownParts,
  request: DownRequest,
): Promise<DownResult> {
  const { report } = request;
  const savepoint = request.volumes ? undefined : await savepointOrNothing(savepointJob, report);
  report({ type: 'step', id: 'down', title: 'Stopping services', state: 'running' });
  // First, so that it does not find one service after the other gone.
  const hadConsole = await console.stop();
  const stopped = [...(hadConsole ? [consoleService] : []), ...(await runtime.stop({ report }))];
  const detail = stopped.length === 0 ? 'nothing was running' : stopped.join(', ');
  report({ type: 'step', id: 'down', ...endOf(runtime, request, detail), state: 'done' });
  if (!request.volumes) return { stopped, savepoint: savepoint ?? null, deleted: null };
  await runtime.deleteData();
  report({ type: 'step', id: 'delete', title: 'Data deleted', state: 'done', detail: runtime.dataLocation });
  return { stopped, savepoint: null, deleted: runtime.dataLocation };
}

function endOf(
  runtime: Runtime,
  { volumes }: DownRequest,
  detail: string,
): { title: string; detail: string } {
  const stay = runtime.servicesStay?.(volumes);
  return stay === undefined ? { title: 'Services stopped', detail } : { title: 'Services', detail: stay };
}

/** Without a savepoint nothing is lost: the next `up` goes on from the last checkpoint. */
async function savepointOrNothing(
  savepointJob: () => Promise<string | undefined>,
  report: Report,
): Promise<string | undefined> {
  const step = { type: 'step', id: 'savepoint', title: 'Savepoint of the job' } as const;
  report({ ...step, state: 'running' });
  try {
    const path = await savepointJob();
    if (path === undefined) report({ ...step, state: 'skipped', detail: 'no job runs' });
    else report({ ...step, state: 'done' });
    return path;
  } catch {
    report({
      ...step,
      state: 'skipped',
      detail: 'the job does not answer: it will go on from its last checkpoint',
    });
    return undefined;
  }
}
