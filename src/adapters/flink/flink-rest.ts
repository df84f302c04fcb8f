import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { HttpAccess } from '../../domain/connections.js';
import { StreamlabError } from '../../errors.js';
import {
  checkpointsAnswer,
  type completedSchema,
  exceptionsAnswer,
  jobAnswer,
  jobsAnswer,
  operationAnswer,
  overviewAnswer,
  savepointAnswer,
  triggerAnswer,
  type FlinkJobState,
} from './flink-answers.js';
import { abortError, RefusedRequest, request, type RestOptions, type RestRequest } from './http.js';
import { rootCauseOf } from './java-errors.js';

export type { FlinkJobState } from './flink-answers.js';

export interface ClusterOverview {
  version: string;
  taskManagers: number;
  slotsTotal: number;
  slotsFree: number;
}

export interface FlinkJobSummary {
  id: string;
  name: string;
  state: FlinkJobState;
  /** Epoch milliseconds. */
  startedAt: number;
  /** A job says RUNNING before its subtasks do. */
  tasks: { total: number; running: number };
}

export interface FlinkJobDetail {
  id: string;
  name: string;
  state: FlinkJobState;
  /** Epoch milliseconds. */
  startedAt: number;
  durationMs: number;
  vertices: { id: string; name: string; parallelism: number; status: string }[];
}

export interface CompletedCheckpoint {
  id: number;
  isSavepoint: boolean;
  /** Epoch milliseconds. */
  triggeredAt: number;
  durationMs: number;
  stateSizeBytes: number;
  /** Where it can be restored from: a URI such as `file:/…`. */
  path: string | undefined;
}

export interface CheckpointSummary {
  counts: { restored: number; total: number; inProgress: number; completed: number; failed: number };
  latestCompleted: CompletedCheckpoint | undefined;
  latestSavepoint: CompletedCheckpoint | undefined;
  /** Why the last failed one failed, when Flink says so. */
  latestFailure: string | undefined;
  /** When the oldest of those that are under way began; epoch milliseconds. */
  runningSince: number | undefined;
  /** What this run of the job began with. */
  restoredFrom: string | undefined;
}

export interface JobException {
  /** Epoch milliseconds. */
  at: number;
  /** The root cause, one sentence, no stack. */
  sentence: string;
  /** The whole trace, to look for more in. */
  trace: string;
}

/**
 * What streamlab asks of a JobManager. Every method throws StreamlabError SERVICE_UNREACHABLE, TIMED_OUT or
 * INTERRUPTED; JOB_FAILED where Flink refuses.
 */
export interface FlinkCluster {
  overview(signal?: AbortSignal): Promise<ClusterOverview>;
  jobs(signal?: AbortSignal): Promise<FlinkJobSummary[]>;
  /** Undefined when the cluster does not know the job, for instance after it was restarted. */
  job(id: string, signal?: AbortSignal): Promise<FlinkJobDetail | undefined>;
  checkpoints(id: string, signal?: AbortSignal): Promise<CheckpointSummary>;
  /** Newest first. */
  exceptions(id: string, signal?: AbortSignal): Promise<JobException[]>;
  /**
   * Takes a savepoint and, unless the job is to run on, stops it when the savepoint is complete and its Kafka
   * transactions are committed. Resolves with the savepoint's path.
   */
  savepoint(
    id: string,
    options: { stop: boolean; directory?: string },
    signal?: AbortSignal,
  ): Promise<string>;
  /**
   * Asks for a checkpoint now, and resolves when it is complete or will not be: then the job makes its own in time.
   */
  checkpoint(id: string, signal?: AbortSignal): Promise<void>;
  /** Asks for an immediate end; the last checkpoint is kept if the job retains them. */
  cancel(id: string, signal?: AbortSignal): Promise<void>;
}

const OPERATION_POLL_MS = 50;

/** @param restUrl address of the JobManager's REST interface, without a slash at the end */
export function createFlinkRest(restUrl: string, access?: HttpAccess): FlinkCluster {
  return new RestCluster({ service: 'Flink', url: restUrl, access });
}

class RestCluster implements FlinkCluster {
  constructor(private readonly rest: RestOptions) {}

  async overview(signal?: AbortSignal): Promise<ClusterOverview> {
    const answer = await this.ask('/overview', overviewAnswer, signal);
    return {
      version: answer['flink-version'],
      taskManagers: answer.taskmanagers,
      slotsTotal: answer['slots-total'],
      slotsFree: answer['slots-available'],
    };
  }

  async jobs(signal?: AbortSignal): Promise<FlinkJobSummary[]> {
    const { jobs } = await this.ask('/jobs/overview', jobsAnswer, signal);
    return jobs.map((job) => ({
      id: job.jid,
      name: job.name,
      state: job.state,
      startedAt: job['start-time'],
      tasks: job.tasks,
    }));
  }

  async job(id: string, signal?: AbortSignal): Promise<FlinkJobDetail | undefined> {
    try {
      const job = await request(this.rest, { method: 'GET', path: `/jobs/${id}`, answer: jobAnswer, signal });
      const { jid, name, state, duration, vertices } = job;
      return { id: jid, name, state, startedAt: job['start-time'], durationMs: duration, vertices };
    } catch (error) {
      if (error instanceof RefusedRequest && error.status === 404) return undefined;
      throw this.refusal(error);
    }
  }

  async checkpoints(id: string, signal?: AbortSignal): Promise<CheckpointSummary> {
    const {
      counts,
      latest,
      history = [],
    } = await this.ask(`/jobs/${id}/checkpoints`, checkpointsAnswer, signal);
    const { in_progress: inProgress, ...others } = counts;
    const failure = latest.failed?.failure_message;
    return {
      counts: { ...others, inProgress },
      latestCompleted: latest.completed === null ? undefined : completedCheckpoint(latest.completed),
      latestSavepoint: latest.savepoint === null ? undefined : completedCheckpoint(latest.savepoint),
      latestFailure: failure === undefined || failure === null ? undefined : rootCauseOf(failure),
      runningSince: history.findLast(({ status }) => status === 'IN_PROGRESS')?.trigger_timestamp,
      restoredFrom: latest.restored?.external_path ?? undefined,
    };
  }

  async exceptions(id: string, signal?: AbortSignal): Promise<JobException[]> {
    const { exceptionHistory } = await this.ask(`/jobs/${id}/exceptions`, exceptionsAnswer, signal);
    return exceptionHistory.entries.map(({ timestamp, stacktrace }) => ({
      at: timestamp,
      sentence: rootCauseOf(stacktrace),
      trace: stacktrace,
    }));
  }

  async savepoint(
    id: string,
    options: { stop: boolean; directory?: string },
    signal?: AbortSignal,
  ): Promise<string> {
    const target = options.directory;
    const trigger = await this.ask(
      options.stop ? `/jobs/${id}/stop` : `/jobs/${id}/savepoints`,
      triggerAnswer,
      signal,
      {
        method: 'POST',
        body: options.stop
          ? { drain: false, ...(target === undefined ? {} : { targetDirectory: target }) }
          : { 'cancel-job': false, ...(target === undefined ? {} : { 'target-directory': target }) },
      },
    );
    const path = `/jobs/${id}/savepoints/${trigger['request-id']}`;
    for (;;) {
      const { status, operation } = await this.ask(path, savepointAnswer, signal);
      if (status.id === 'COMPLETED') return savepointLocation(operation);
      await pause(OPERATION_POLL_MS, signal);
    }
  }

  async checkpoint(id: string, signal?: AbortSignal): Promise<void> {
    const path = `/jobs/${id}/checkpoints`;
    try {
      const trigger = { method: 'POST', path, body: {}, answer: triggerAnswer, signal } as const;
      const { 'request-id': asked } = await request(this.rest, trigger);
      // Its end must be asked for: a JobManager waits seconds for that before it ends itself.
      for (;;) {
        const { status } = await request(this.rest, {
          method: 'GET',
          path: `${path}/${asked}`,
          answer: operationAnswer,
          signal,
        });
        if (status.id === 'COMPLETED') return;
        await pause(OPERATION_POLL_MS, signal);
      }
    } catch (error) {
      if (!(error instanceof RefusedRequest)) throw error;
    }
  }

  async cancel(id: string, signal?: AbortSignal): Promise<void> {
    await this.ask(`/jobs/${id}`, z.unknown(), signal, { method: 'PATCH' });
  }

  private async ask<T>(
    path: string,
    answer: z.ZodType<T>,
    signal: AbortSignal | undefined,
    more: Partial<Pick<RestRequest<T>, 'method' | 'body'>> = {},
  ): Promise<T> {
    try {
      return await whenInitialized(signal, () =>
        request(this.rest, { method: 'GET', ...more, path, answer, signal }),
      );
    } catch (error) {
      throw this.refusal(error);
    }
  }

  private refusal(error: unknown): unknown {
    if (!(error instanceof RefusedRequest)) return error;
    return new StreamlabError('JOB_FAILED', `Flink at ${this.rest.url} refused: ${error.message}`, {
      cause: error,
    });
  }
}

const initializingPauseMs = 100;
const initializingPatience = 100;

/**
 * A job that has just been submitted may be listed as running a moment before its JobMaster takes questions (Flink's
 * `UnavailableDispatcherOperationException`): they are put again, for some 10 s.
 */
async function whenInitialized<T>(signal: AbortSignal | undefined, ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      const isEarly = error instanceof RefusedRequest && error.detail.includes('JobManager is initializing');
      if (!isEarly || attempt >= initializingPatience) throw error;
      await pause(initializingPauseMs, signal);
    }
  }
}

function completedCheckpoint(checkpoint: z.infer<typeof completedSchema>): CompletedCheckpoint {
  return {
    id: checkpoint.id,
    isSavepoint: checkpoint.is_savepoint,
    triggeredAt: checkpoint.trigger_timestamp,
    durationMs: checkpoint.end_to_end_duration,
    stateSizeBytes: checkpoint.state_size,
    path: checkpoint.external_path ?? undefined,
  };
}

function savepointLocation(operation: z.infer<typeof savepointAnswer>['operation']): string {
  if (operation?.location !== undefined) return operation.location;
  const trace = operation?.['failure-cause']?.['stack-trace'];
  const why = trace === undefined ? 'Flink does not say why' : rootCauseOf(trace);
  throw new StreamlabError('JOB_FAILED', `The savepoint failed: ${why}`, {
    suggestions: ['The job runs on. Look at its checkpoints with: streamlab job status'],
  });
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    if (signal?.aborted === true) throw abortError(signal, 'waiting for a checkpoint or a savepoint');
    throw error;
  }
}
