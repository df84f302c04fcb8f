import { setTimeout as delay } from 'node:timers/promises';
import type { Runtime } from '../adapters/runtime/runtime.js';
import type { Config } from '../domain/config.js';
import { withoutSecrets } from '../domain/attach/secrets.js';
import type { LabConnections } from '../domain/connections.js';
import { jobName } from '../domain/flink-job.js';
import { topicSpecs } from '../domain/topics.js';
import type { JobTools } from '../services/job.js';
import type { TableTools } from '../services/clickhouse-tables.js';
import type { JobStatus as JobLine } from '../services/status.js';
import type { Pipeline } from '../services/up.js';

/** Waits; returns early when the signal is aborted. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}

export async function jobTools(connections: LabConnections, signal: AbortSignal): Promise<JobTools> {
  const { createFlinkRest } = await import('../adapters/flink/flink-rest.js');
  return { flink: createFlinkRest(connections.flink.restUrl, connections.flink.access), sleep, signal };
}

/** Topics, tables and job of a lab. */
export function pipelineTools(runtime: Runtime): Pipeline {
  return {
    createTopics: async ({ kafka }, config) => {
      const { rawPartitions, audit } = config;
      const specs = topicSpecs({ rawPartitions, audit, replicationFactor: replicationOf(runtime, config) });
      const { createKafkaAdmin } = await import('../adapters/kafka/admin.js');
      const admin = createKafkaAdmin(kafka);
      try {
        return await noting(runtime, () => admin.createMissing(specs));
      } finally {
        await admin.close();
      }
    },
    createTables: async (connections) => {
      const [{ createTables }, { createClickHouse }, { createKafkaAdmin }, { readPackageFile }] =
        await Promise.all([
          import('../services/clickhouse-tables.js'),
          import('../adapters/clickhouse/clickhouse.js'),
          import('../adapters/kafka/admin.js'),
          import('../adapters/files/package-files.js'),
        ]);
      const clickhouse = createClickHouse(connections.clickhouse);
      const kafka = createKafkaAdmin(connections.kafka);
      try {
        const tools: TableTools = {
          clickhouse,
          kafka,
          removeMembers: async (group, members) => {
            if (members.length === 0) return;
            const { removeMembers } = await import('../adapters/kafka/groups.js');
            await removeMembers(connections.kafka, group, members);
          },
          isOurs: (table) => runtime.ownsTable?.(table) ?? true,
          readFile: (name) => readPackageFile('clickhouse', name),
        };
        await withoutSecrets(connections, () => noting(runtime, () => createTables(connections, tools)));
        if (runtime.name === 'attach') {
          const { awaitQueues } = await import('../services/clickhouse-queues.js');
          await awaitQueues(clickhouse, { now: Date.now, sleep: (ms) => delay(ms) });
        }
      } finally {
        await Promise.all([clickhouse.close(), kafka.close()]);
      }
    },
    runningJob: async (connections, config, signal) => {
      const { runningJob } = await import('../services/job.js');
      return runningJob(jobName(config.lab), await jobTools(connections, signal));
    },
    submitJob: async (connections, config, planner, signal) => {
      const { submitFrom } = await import('./submit.js');
      return submitFrom(undefined, { runtime, connections, config, planner, signal });
    },
    awaitCheckpoint: async (connections, jobId, signal) => {
      const { awaitCheckpoint } = await import('../services/job.js');
      await awaitCheckpoint(jobId, await jobTools(connections, signal));
    },
  };
}

async function noting<T>(runtime: Runtime, create: () => Promise<T>): Promise<T> {
  return runtime.noteCreations === undefined ? create() : runtime.noteCreations(create);
}

/** Brokers of one's own are a single one; elsewhere -1 asks for the cluster's default (KIP-464). */
export function replicationOf({ name }: Pick<Runtime, 'name'>, { replicationFactor }: Config): number {
  return name === 'attach' ? (replicationFactor ?? -1) : 1;
}

/** Where savepoints go, if the configuration says it; otherwise the cluster's own does. */
export function savepointFolder({ flink }: LabConnections): { directory?: string } {
  return flink.stateDir === undefined ? {} : { directory: `${flink.stateDir}/savepoints` };
}

/** Stops the job with a savepoint; undefined where none runs. */
export async function stopJobOf(
  connections: LabConnections,
  config: Config,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { cancelJob, runningJob } = await import('../services/job.js');
  const tools = await jobTools(connections, signal);
  const name = jobName(config.lab);
  if ((await runningJob(name, tools)) === undefined) return undefined;
  return (await cancelJob({ name, savepoint: true, ...savepointFolder(connections) }, tools)).savepoint;
}

/** The line that `status` shows of the job. */
export async function jobOf(connections: LabConnections, config: Config): Promise<JobLine | undefined> {
  const { runningJob } = await import('../services/job.js');
  const job = await runningJob(jobName(config.lab), await jobTools(connections, AbortSignal.timeout(5_000)));
  return job === undefined ? undefined : { id: job.id, name: job.name, state: job.state };
}
