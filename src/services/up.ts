import type { ConsoleClaim, ConsoleProcess } from '../adapters/runtime/console-process.js';
import type { Runtime, StartedLab } from '../adapters/runtime/runtime.js';
import type { Config } from '../domain/config.js';
import type { LabConnections } from '../domain/connections.js';
import { formatDuration } from '../domain/duration.js';
import { consoleService, pipelineSettings, type PipelineSettings } from '../domain/lab-state.js';
import type { Report } from '../domain/progress.js';
import { StreamlabError } from '../errors.js';

/** What makes services into a pipeline; each does nothing where its work is done already. */
export interface Pipeline {
  /** Resolves to the names of the topics that were created. */
  createTopics(connections: LabConnections, config: Config): Promise<readonly string[]>;
  /** Creates the tables and the queues that read Kafka. */
  createTables(connections: LabConnections): Promise<void>;
  /** Whether the job runs, and under which settings it was submitted is remembered by the runtime. */
  runningJob(
    connections: LabConnections,
    config: Config,
    signal: AbortSignal,
  ): Promise<{ id: string } | undefined>;
  /**
   * Submits the job from its last checkpoint or savepoint, or from the beginning when there is none.
   * @param planner resolves when the SQL Gateway answers; not called where the job needs no planning
   */
  submitJob(
    connections: LabConnections,
    config: Config,
    planner: () => Promise<void>,
    signal: AbortSignal,
  ): Promise<SubmittedJob>;
  /** Resolves when the job is RUNNING and has completed a checkpoint since it was submitted. */
  awaitCheckpoint(connections: LabConnections, jobId: string, signal: AbortSignal): Promise<void>;
}

export type LabConsole = Pick<ConsoleProcess, 'claim' | 'start'>;

export interface SubmittedJob {
  id: string;
  restoredFrom: string | undefined;
}

export interface UpRequest {
  config: Config;
  offline: boolean;
  /** Settings given by flag: on a running lab they cannot take effect, and that is said. */
  asked: readonly (keyof PipelineSettings)[];
  report: Report;
  signal: AbortSignal;
}

export interface UpResult {
  runtime: string;
  connections: LabConnections;
  started: readonly string[];
  job: { id: string; submitted: boolean };
  notices: readonly string[];
  seconds: number;
}

/**
 * Brings the lab up: starts the services that are missing, then topics, tables and job as soon as what each of
 * them needs answers. On a lab that runs it changes nothing.
 */
export async function up(
  { runtime, pipeline, console }: { runtime: Runtime; pipeline: Pipeline; console: LabConsole },
  request: UpRequest,
  now: () => number,
): Promise<UpResult> {
  const begun = now();
  const failed = new AbortController();
  const signal = AbortSignal.any([request.signal, failed.signal]);
  const claim = await console.claim(request.config, signal);
  const lab = await runtime.start({
    // Which no service may take meanwhile.
    config: { ...request.config, consolePort: claim.port },
    offline: request.offline,
    report: request.report,
    signal,
  });
  const parts = startPipeline(lab, runtime, pipeline, { ...request, signal });
  const others = Promise.all([
    lab.ready.others,
    startConsole(console, claim, Promise.all([parts.tables, parts.running]), { ...request, signal }),
  ]);
  try {
    const [job, lacking] = await Promise.all([parts.job, whatLacks(others), parts.tables, lab.ready.flink]);
    return {
      runtime: runtime.name,
      connections: { ...lab.connections, pages: { ...lab.connections.pages, console: claim.url } },
      started: [...lab.started, ...(claim.isRunning ? [] : [consoleService])],
      job: { id: job.id, submitted: job.submitted },
      notices: [...claim.notices, ...lab.notices, ...lacking, ...job.notices],
      seconds: (now() - begun) / 1000,
    };
  } catch (error) {
    // The first failure is the cause; the rest stop waiting for what cannot come.
    failed.abort(error);
    await Promise.allSettled([parts.job, parts.tables, others, ...Object.values(lab.ready)]);
    throw error;
  }
}

/** While the job waits for its first checkpoint: before that, the services need every core. */
async function startConsole(
  console: LabConsole,
  { isRunning, port }: ConsoleClaim,
  pipeline: Promise<unknown>,
  { config, report, signal }: UpRequest,
): Promise<void> {
  if (isRunning) return;
  await pipeline;
  await console.start({ port, config, report, signal });
}

/** The pipeline works without these services: what keeps one of them from coming up is said, and no more. */
async function whatLacks(others: Promise<unknown>): Promise<string[]> {
  try {
    await others;
    return [];
  } catch (error) {
    if (!(error instanceof StreamlabError) || error.code === 'INTERRUPTED') throw error;
    return [[`The lab works, but not all of it is up: ${error.message}`, ...error.suggestions].join(' ')];
  }
}

interface JobOutcome {
  id: string;
  submitted: boolean;
  restoredFrom?: string | undefined;
  notices: readonly string[];
}

function startPipeline(
  lab: StartedLab,
  runtime: Runtime,
  pipeline: Pipeline,
  request: UpRequest,
): { tables: Promise<void>; running: Promise<JobOutcome>; job: Promise<JobOutcome> } {
  const topics = lab.ready.kafka.then(() =>
    step(request.report, 'topics', 'Topics', async () => {
      const created = await pipeline.createTopics(lab.connections, request.config);
      return created.length === 0 ? 'all there' : `${created.length} created`;
    }),
  );
  const tables = Promise.all([lab.ready.clickhouse, topics]).then(() =>
    step(request.report, 'tables', 'ClickHouse tables', async () => {
      await pipeline.createTables(lab.connections);
      return 'results, dead letters, replays, alerts, measurements';
    }),
  );
  const takesJobs = lab.ready.jobManager ?? lab.ready.flink;
  const running = Promise.all([takesJobs, topics])
    .then(() => ensureJob(lab, runtime, pipeline, request))
    .finally(() => {
      lab.startLast?.();
    });
  const job = running.then((outcome) => firstCheckpoint(outcome, lab, pipeline, request));
  // All are awaited together; without this the slower one's failure would count as unhandled.
  for (const part of [tables, running, job]) part.catch(() => undefined);
  return { tables, running, job };
}

const jobStep = { type: 'step', id: 'job', title: 'Flink job' } as const;

async function ensureJob(
  lab: StartedLab,
  runtime: Runtime,
  pipeline: Pipeline,
  { config, asked, report, signal }: UpRequest,
): Promise<JobOutcome> {
  report({ ...jobStep, state: 'running', detail: 'looking for it' });
  try {
    const running = await pipeline.runningJob(lab.connections, config, signal);
    if (running !== undefined) {
      report({ ...jobStep, state: 'done', detail: 'already running' });
      return {
        id: running.id,
        submitted: false,
        notices: await unappliedSettings(runtime, { config, asked }),
      };
    }
    report({ ...jobStep, state: 'running', detail: 'submitting' });
    const job = await pipeline.submitJob(lab.connections, config, plannerOf(lab), signal);
    await runtime.rememberPipeline(pipelineSettings(config));
    return { ...job, submitted: true, notices: [] };
  } catch (error) {
    report({ ...jobStep, state: 'failed' });
    throw error;
  }
}

async function firstCheckpoint(
  job: JobOutcome,
  lab: StartedLab,
  pipeline: Pipeline,
  { report, signal }: UpRequest,
): Promise<JobOutcome> {
  if (!job.submitted) return job;
  report({ ...jobStep, state: 'running', detail: 'waiting for its first checkpoint' });
  try {
    await pipeline.awaitCheckpoint(lab.connections, job.id, signal);
  } catch (error) {
    report({ ...jobStep, state: 'failed' });
    throw error;
  }
  const detail = job.restoredFrom === undefined ? 'running' : 'running, from its last state';
  report({ ...jobStep, state: 'done', detail });
  return job;
}

function plannerOf({ startLast, ready }: StartedLab): () => Promise<void> {
  return () => {
    startLast?.();
    return ready.flink;
  };
}

async function unappliedSettings(
  runtime: Runtime,
  request: Pick<UpRequest, 'config' | 'asked'>,
): Promise<string[]> {
  const current = (await runtime.view())?.pipeline;
  const wanted = pipelineSettings(request.config);
  const different = current === undefined ? [] : request.asked.filter((key) => current[key] !== wanted[key]);
  if (different.length === 0) return [];
  const list = different
    .map((key) => `${key} is ${show(current?.[key])}, not ${show(wanted[key])}`)
    .join('; ');
  return [
    `The job already runs with other settings (${list}). To apply yours: streamlab job cancel, then streamlab up again.`,
  ];
}

function show(value: unknown): string {
  return typeof value === 'number' && value >= 1000 ? formatDuration(value) : String(value);
}

async function step(report: Report, id: string, title: string, work: () => Promise<string>): Promise<void> {
  report({ type: 'step', id, title, state: 'running' });
  try {
    report({ type: 'step', id, title, state: 'done', detail: await work() });
  } catch (error) {
    report({ type: 'step', id, title, state: 'failed' });
    throw error;
  }
}
