import type { Config } from '../domain/config.js';
import type { LabConnections } from '../domain/connections.js';
import { jobName } from '../domain/flink-job.js';
import { pipelineSettings } from '../domain/lab-state.js';
import type { Report } from '../domain/progress.js';
import { topicSpecs } from '../domain/topics.js';
import type { JobStatus, SubmittedJob } from '../services/job.js';
import { openLab } from './lab.js';
import { jobTools, savepointFolder } from './pipeline.js';
import { runtimeOf } from './runtimes.js';
import { submitFrom } from './submit.js';

interface Call {
  report: Report;
  signal: AbortSignal;
}

/** Submits the job with the settings of this call, and remembers them as the lab's. */
export async function runJobSubmit(
  config: Config,
  request: Call & { from: string | undefined },
): Promise<SubmittedJob> {
  const { report, signal } = request;
  const runtime = await runtimeOf(config);
  return runtime.exclusively(
    async () => {
      const { connections } = await openLab(config);
      report({ type: 'step', id: 'job', title: 'Submitting the job', state: 'running' });
      await requireTopics(connections, config);
      const job = await submitFrom(request.from, { runtime, connections, config, signal });
      await runtime.rememberPipeline(pipelineSettings(config));
      const { awaitCheckpoint } = await import('../services/job.js');
      await awaitCheckpoint(job.id, await jobTools(connections, signal));
      report({ type: 'step', id: 'job', title: 'The job runs', state: 'done' });
      return job;
    },
    { report, signal },
  );
}

/**
 * Flink itself would notice a missing sink topic only after a minute.
 * @throws StreamlabError TOPIC_MISSING
 */
async function requireTopics({ kafka }: LabConnections, { rawPartitions, audit }: Config): Promise<void> {
  const { createKafkaAdmin } = await import('../adapters/kafka/admin.js');
  const admin = createKafkaAdmin(kafka);
  try {
    for (const { name } of topicSpecs({ rawPartitions, audit, replicationFactor: 1 }))
      await admin.describe(name);
  } finally {
    await admin.close();
  }
}

export async function runJobStatus(config: Config, signal: AbortSignal): Promise<JobStatus | undefined> {
  const { connections } = await openLab(config);
  const { jobStatus } = await import('../services/job.js');
  return jobStatus(jobName(config.lab), await jobTools(connections, signal));
}

export async function runJobCancel(
  config: Config,
  request: Call & { savepoint: boolean },
): Promise<{ id: string; savepoint: string | null }> {
  const { report, signal } = request;
  const runtime = await runtimeOf(config);
  return runtime.exclusively(
    async () => {
      const { connections } = await openLab(config);
      const { cancelJob } = await import('../services/job.js');
      const title = request.savepoint ? 'Stopping the job with a savepoint' : 'Cancelling the job';
      report({ type: 'step', id: 'job', title, state: 'running' });
      const stopped = await cancelJob(
        { name: jobName(config.lab), savepoint: request.savepoint, ...savepointFolder(connections) },
        await jobTools(connections, signal),
      );
      if (stopped.savepoint !== undefined) await runtime.rememberSavepoint?.(stopped.savepoint);
      report({ type: 'step', id: 'job', title: 'The job is stopped', state: 'done' });
      return { id: stopped.id, savepoint: stopped.savepoint ?? null };
    },
    { report, signal },
  );
}

export async function runJobSavepoint(
  config: Config,
  { report, signal }: Call,
): Promise<{ id: string; savepoint: string }> {
  const { connections } = await openLab(config);
  const { savepointJob } = await import('../services/job.js');
  report({ type: 'step', id: 'job', title: 'Taking a savepoint', state: 'running' });
  const taken = await savepointJob(
    { name: jobName(config.lab), ...savepointFolder(connections) },
    await jobTools(connections, signal),
  );
  report({ type: 'step', id: 'job', title: 'Savepoint taken', state: 'done' });
  return taken;
}
