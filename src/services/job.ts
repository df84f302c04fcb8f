import type {
  FlinkCluster,
  FlinkJobState,
  FlinkJobSummary,
  CompletedCheckpoint,
} from '../adapters/flink/flink-rest.js';
import type { SqlResult, SqlSession } from '../adapters/flink/sql-gateway.js';
import { planJob, statementSet, type JobPlan } from '../domain/flink-job.js';
import { SqlRejected } from '../domain/sql-rejected.js';
import type { Statement, TemplateFile } from '../domain/template.js';
import { StreamlabError } from '../errors.js';
import { withDeadline } from './deadline.js';
import { endedError, incurableError, invalidSql, notStarted, sentence } from './job-failures.js';

export interface JobTools {
  flink: FlinkCluster;
  /** Resolves after so many milliseconds, or when the signal is aborted. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Ctrl-C, or the caller's deadline. */
  signal: AbortSignal;
}

export interface SubmitTools extends JobTools {
  openSession: (properties: Readonly<Record<string, string>>, signal: AbortSignal) => Promise<SqlSession>;
  /**
   * Submits the job as it was planned before, going on from that state; undefined where no plan of it is kept, or Flink does
   * not take it.
   */
  submitKept?: (restoreFrom: string, signal: AbortSignal) => Promise<string | undefined>;
  /** The next submission plans anew. */
  forgetKept?: () => Promise<void>;
}

export interface SubmitRequest {
  name: string;
  files: readonly TemplateFile[];
  values: Readonly<Record<string, string | number>>;
  /** A checkpoint or savepoint to go on from; undefined begins at the earliest record. */
  restoreFrom: string | undefined;
}

export interface SubmittedJob {
  id: string;
  name: string;
  state: FlinkJobState;
  restoredFrom: string | undefined;
}

export interface JobStatus {
  id: string;
  name: string;
  state: FlinkJobState;
  /** Epoch milliseconds. */
  startedAt: number;
  tasks: { total: number; running: number };
  checkpoints: {
    completed: number;
    failed: number;
    latest: CompletedCheckpoint | undefined;
    restoredFrom: string | undefined;
  };
  /** Why the job last restarted or failed. */
  lastFailure: { at: number; sentence: string } | undefined;
}

/** A job that does not run by then is given up. Within it `up` also waits for TaskManager and SQL Gateway, at most 90 s. */
const START_TIMEOUT_MS = 210_000;
/** A job that runs completes one within its interval; the first may wait for a large state to be read. */
const CHECKPOINT_TIMEOUT_MS = 180_000;
const POLL_MS = 100;
const ended: readonly FlinkJobState[] = ['FAILED', 'CANCELED', 'FINISHED'];

export function isOver(state: FlinkJobState): boolean {
  return ended.includes(state);
}

/**
 * Plans the job's SQL, submits it, and waits until every subtask runs. A job that cannot start is cancelled again.
 * @throws StreamlabError UNSUPPORTED (one runs already), INVALID_TEMPLATE, INVALID_SQL, TOPIC_MISSING, JOB_FAILED,
 *   SERVICE_UNREACHABLE, TIMED_OUT, INTERRUPTED
 */
export async function submitJob(request: SubmitRequest, tools: SubmitTools): Promise<SubmittedJob> {
  const plan = planJob(request.files, request.values);
  const running = await runningJob(request.name, tools);
  if (running !== undefined) {
    throw new StreamlabError(
      'UNSUPPORTED',
      `The job ${running.name} is there already (${running.state}, ${running.id}).`,
      {
        suggestions: ['Stop it first, with a savepoint: streamlab job cancel'],
      },
    );
  }
  return withDeadline(tools.signal, START_TIMEOUT_MS, (signal) => start(request, plan, { ...tools, signal }));
}

async function start(request: SubmitRequest, plan: JobPlan, tools: SubmitTools): Promise<SubmittedJob> {
  const { restoreFrom } = request;
  const kept = restoreFrom === undefined ? undefined : await tools.submitKept?.(restoreFrom, tools.signal);
  const id = kept ?? (await planAndSubmit(plan, restoreFrom, tools));
  try {
    const { name, state } = await awaitRunning(id, tools);
    return { id, name, state, restoredFrom: restoreFrom };
  } catch (error) {
    // It may be the plan: then it would fail each time.
    if (kept !== undefined) await tools.forgetKept?.();
    throw error;
  }
}

/**
 * Has the SQL Gateway plan the statements and submit the job.
 * @returns the job's id
 * @throws StreamlabError INVALID_SQL, JOB_FAILED, SERVICE_UNREACHABLE, TIMED_OUT, INTERRUPTED
 */
export async function planAndSubmit(
  plan: JobPlan,
  restoreFrom: string | undefined,
  { openSession, signal }: Pick<SubmitTools, 'openSession' | 'signal'>,
): Promise<string> {
  const restore = restoreFrom === undefined ? {} : { 'execution.state-recovery.path': restoreFrom };
  const session = await openSession({ 'execution.runtime-mode': 'streaming', ...restore }, signal);
  try {
    for (const statement of plan.setup) await execute(session, statement.sql, [statement], signal);
    const { jobId } = await execute(session, statementSet(plan.inserts), plan.inserts, signal);
    if (jobId !== undefined) return jobId;
    throw new StreamlabError('JOB_FAILED', 'The SQL Gateway took the statements but started no job.');
  } finally {
    await session.close();
  }
}

/** The job of that name that has not ended, if there is one. */
export async function runningJob(
  name: string,
  { flink, signal }: Omit<JobTools, 'sleep'>,
): Promise<FlinkJobSummary | undefined> {
  const jobs = await flink.jobs(signal);
  return jobs.find((job) => job.name === name && !ended.includes(job.state));
}

/** The job of that name, and how its checkpoints do; the newest one when all have ended. */
export async function jobStatus(
  name: string,
  { flink, signal }: Omit<JobTools, 'sleep'>,
): Promise<JobStatus | undefined> {
  const jobs = (await flink.jobs(signal))
    .filter((job) => job.name === name)
    .sort((a, b) => b.startedAt - a.startedAt);
  const job = jobs.find(({ state }) => !ended.includes(state)) ?? jobs[0];
  if (job === undefined) return undefined;
  const [{ counts, latestCompleted, restoredFrom }, exceptions] = await Promise.all([
    flink.checkpoints(job.id, signal),
    flink.exceptions(job.id, signal),
  ]);
  const { completed, failed } = counts;
  const failure = exceptions[0];
  return {
    ...job,
    checkpoints: { completed, failed, latest: latestCompleted, restoredFrom },
    lastFailure: failure === undefined ? undefined : { at: failure.at, sentence: failure.sentence },
  };
}

/**
 * Stops the job. With a savepoint, which is complete and whose transactions are committed when this resolves, nothing
 * is lost and the next submit can go on from it; without one the last checkpoint stays.
 * @returns what was stopped, and the savepoint's path
 * @throws StreamlabError LAB_NOT_RUNNING when there is no such job; JOB_FAILED when the savepoint fails (the job runs on)
 */
export async function cancelJob(
  request: { name: string; savepoint: boolean; directory?: string },
  tools: JobTools,
): Promise<{ id: string; savepoint: string | undefined }> {
  const { id } = await theJob(request.name, tools);
  const { flink, signal } = tools;
  const savepoint = request.savepoint
    ? await flink.savepoint(id, stopInto(true, request.directory), signal)
    : undefined;
  if (!request.savepoint) await flink.cancel(id, signal);
  await poll('the job to end', tools, async () => {
    const job = await flink.job(id, signal);
    return job === undefined || ended.includes(job.state) ? (job?.state ?? 'gone') : undefined;
  });
  return { id, savepoint };
}

/**
 * Takes a savepoint of the running job, which runs on.
 * @returns the savepoint's path
 * @throws StreamlabError LAB_NOT_RUNNING, JOB_FAILED
 */
export async function savepointJob(
  request: { name: string; directory?: string },
  tools: JobTools,
): Promise<{ id: string; savepoint: string }> {
  const { id } = await theJob(request.name, tools);
  return { id, savepoint: await tools.flink.savepoint(id, stopInto(false, request.directory), tools.signal) };
}

/**
 * Resolves when the job has completed a checkpoint since it was started, so that its results can be seen. Asks for one at
 * once: the job's own first comes an interval after its start.
 * @throws StreamlabError JOB_FAILED, TOPIC_MISSING, TIMED_OUT with what Flink says, INTERRUPTED
 */
export async function awaitCheckpoint(
  id: string,
  tools: JobTools,
  timeoutMs = CHECKPOINT_TIMEOUT_MS,
): Promise<CompletedCheckpoint> {
  try {
    return await withDeadline(tools.signal, timeoutMs, async (signal) => {
      await tools.flink.checkpoint(id, signal);
      return poll('the first checkpoint', { ...tools, signal }, async () => {
        await failIfHopeless(id, { ...tools, signal });
        return (await tools.flink.checkpoints(id, signal)).latestCompleted;
      });
    });
  } catch (error) {
    throw await withFailure(error, id, tools);
  }
}

async function theJob(name: string, tools: JobTools): Promise<FlinkJobSummary> {
  const job = await runningJob(name, tools);
  if (job !== undefined) return job;
  throw new StreamlabError('LAB_NOT_RUNNING', `No job ${name} is running.`, {
    suggestions: ['Submit it with: streamlab job submit'],
  });
}

function stopInto(stop: boolean, directory: string | undefined): { stop: boolean; directory?: string } {
  return directory === undefined ? { stop } : { stop, directory };
}

async function execute(
  session: SqlSession,
  sql: string,
  sent: readonly Statement[],
  signal: AbortSignal,
): Promise<SqlResult> {
  try {
    return await session.execute(sql, signal);
  } catch (error) {
    if (!(error instanceof SqlRejected)) throw error;
    throw error.phase === 'sql' ? invalidSql(error, sent) : notStarted(error);
  }
}

/** Waits until every subtask runs; the job itself says RUNNING long before. */
async function awaitRunning(id: string, tools: JobTools): Promise<FlinkJobSummary> {
  try {
    return await poll('the job to run', tools, async () => {
      const job = (await tools.flink.jobs(tools.signal)).find((candidate) => candidate.id === id);
      if (job?.state === 'RUNNING' && job.tasks.total > 0 && job.tasks.running === job.tasks.total)
        return job;
      await failIfHopeless(id, tools);
      return undefined;
    });
  } catch (error) {
    const told = await withFailure(error, id, tools);
    await tools.flink.cancel(id, AbortSignal.timeout(5_000)).catch(() => undefined);
    throw told;
  }
}

/** A wait that ran out of time, with the reason why the job restarts again and again, if it does. */
async function withFailure(error: unknown, id: string, { flink }: JobTools): Promise<unknown> {
  if (!(error instanceof StreamlabError) || error.code !== 'TIMED_OUT') return error;
  const [failure] = await flink.exceptions(id, AbortSignal.timeout(5_000)).catch(() => []);
  if (failure === undefined) return error;
  return new StreamlabError('TIMED_OUT', `${error.message} Flink says: ${sentence(failure.sentence)}`, {
    cause: error,
  });
}

/** The job restarts without end by itself; what a restart cannot cure ends the wait. */
async function failIfHopeless(id: string, { flink, signal }: JobTools): Promise<void> {
  const job = await flink.job(id, signal);
  if (job?.state === 'RUNNING' || job?.state === 'CREATED' || job?.state === 'INITIALIZING') return;
  const [failure] = await flink.exceptions(id, signal).catch(() => []);
  const error = incurableError(failure);
  if (error !== undefined) throw error;
  if (job === undefined || ended.includes(job.state)) throw endedError(job?.state ?? 'gone', failure);
}

/** Asks until there is an answer. */
async function poll<T>(what: string, tools: JobTools, ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await tools.sleep(POLL_MS, tools.signal);
    if (!tools.signal.aborted) continue;
    const reason: unknown = tools.signal.reason;
    if (reason instanceof StreamlabError) throw reason;
    const isDeadline = reason instanceof Error && reason.name === 'TimeoutError';
    throw new StreamlabError(
      isDeadline ? 'TIMED_OUT' : 'INTERRUPTED',
      `${isDeadline ? 'Timed out' : 'Interrupted'} while waiting for ${what}.`,
      {
        cause: reason,
      },
    );
  }
}
