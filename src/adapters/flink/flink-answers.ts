import { z } from 'zod';

/** https://nightlies.apache.org/flink/flink-docs-release-2.2/docs/internals/job_scheduling/ lists the job states. */
const jobStates = [
  'INITIALIZING',
  'CREATED',
  'RUNNING',
  'FAILING',
  'FAILED',
  'CANCELLING',
  'CANCELED',
  'FINISHED',
  'RESTARTING',
  'SUSPENDED',
  'RECONCILING',
] as const;
export type FlinkJobState = (typeof jobStates)[number];

export const overviewAnswer = z.object({
  taskmanagers: z.number(),
  'slots-total': z.number(),
  'slots-available': z.number(),
  'flink-version': z.string(),
});
export const jobsAnswer = z.object({
  jobs: z.array(
    z.object({
      jid: z.string(),
      name: z.string(),
      state: z.enum(jobStates),
      'start-time': z.number(),
      tasks: z.object({ total: z.number(), running: z.number() }),
    }),
  ),
});
const vertexSchema = z.object({
  id: z.string(),
  name: z.string(),
  parallelism: z.number(),
  status: z.string(),
});
export const jobAnswer = z.object({
  jid: z.string(),
  name: z.string(),
  state: z.enum(jobStates),
  'start-time': z.number(),
  duration: z.number(),
  vertices: z.array(vertexSchema),
});
export const completedSchema = z.object({
  id: z.number(),
  is_savepoint: z.boolean(),
  trigger_timestamp: z.number(),
  end_to_end_duration: z.number(),
  state_size: z.number(),
  external_path: z.string().nullish(),
});
export const checkpointsAnswer = z.object({
  counts: z.object({
    restored: z.number(),
    total: z.number(),
    in_progress: z.number(),
    completed: z.number(),
    failed: z.number(),
  }),
  latest: z.object({
    completed: completedSchema.nullable(),
    savepoint: completedSchema.nullable(),
    failed: z.object({ id: z.number(), failure_message: z.string().nullish() }).nullable(),
    restored: z.object({ id: z.number(), external_path: z.string().nullish() }).nullable(),
  }),
  /** Newest first; the last ten. */
  history: z.array(z.object({ status: z.string(), trigger_timestamp: z.number() })).optional(),
});
export const exceptionsAnswer = z.object({
  exceptionHistory: z.object({
    entries: z.array(z.object({ timestamp: z.number(), stacktrace: z.string() })),
  }),
});
export const triggerAnswer = z.object({ 'request-id': z.string() });
/** What becomes of a checkpoint or a savepoint that was asked for. */
export const operationAnswer = z.object({
  status: z.object({ id: z.enum(['IN_PROGRESS', 'COMPLETED']) }),
});
export const savepointAnswer = operationAnswer.extend({
  operation: z
    .object({
      location: z.string().optional(),
      'failure-cause': z.object({ 'stack-trace': z.string() }).optional(),
    })
    .nullish(),
});
export const settingsAnswer = z.array(z.object({ key: z.string(), value: z.string() }));
