import { z } from 'zod';
import { createdSchema } from './attach/created.js';
import { guarantees, type Config, type RuntimeName } from './config.js';

/** A process of a lab: the pid alone is not enough, since pids are reused. */
export const processRecordSchema = z.object({
  pid: z.number().int().positive(),
  /** What the operating system says of the moment the process began; compared as text. */
  startToken: z.string(),
});
export type ProcessRecord = z.infer<typeof processRecordSchema>;

/** The settings the running job was submitted with. */
export const pipelineSettingsSchema = z.object({
  watermarkDelay: z.number(),
  allowedLateness: z.number(),
  checkpointInterval: z.number(),
  guarantee: z.enum(guarantees),
  maxFutureSkew: z.number(),
  dedupeHorizon: z.number(),
  idleTimeout: z.number(),
  parallelism: z.number(),
  rawPartitions: z.number(),
  audit: z.boolean(),
});
export type PipelineSettings = z.infer<typeof pipelineSettingsSchema>;

const everyLab = {
  format: z.literal(1),
  lab: z.string(),
  createdAt: z.string(),
  pipeline: pipelineSettingsSchema,
};

const publicPorts = {
  kafka: z.number(),
  flink: z.number(),
  sqlGateway: z.number(),
  clickhouse: z.number(),
};

export const localPortsSchema = z.object({
  ...publicPorts,
  kafkaController: z.number(),
  flinkRpc: z.number(),
});
export type LocalPorts = z.infer<typeof localPortsSchema>;

const localLabSchema = z.object({
  ...everyLab,
  runtime: z.literal('local'),
  /** When the ports were last claimed, epoch milliseconds. */
  claimedAt: z.number(),
  clickhousePassword: z.string(),
  kafkaClusterId: z.string(),
  ports: localPortsSchema,
  services: z.record(z.string(), processRecordSchema),
});
export type LocalLab = z.infer<typeof localLabSchema>;

export const dockerPortsSchema = z.object({ ...publicPorts, grafana: z.number(), kafkaUi: z.number() });
export type DockerPorts = z.infer<typeof dockerPortsSchema>;

const dockerLabSchema = z.object({
  ...everyLab,
  runtime: z.literal('docker'),
  claimedAt: z.number(),
  clickhousePassword: z.string(),
  ports: dockerPortsSchema,
  /** Services that are left out. */
  without: z.array(z.string()),
  /** Of the TaskManager, as long as it runs. */
  slots: z.number(),
});
export type DockerLab = z.infer<typeof dockerLabSchema>;

const attachLabSchema = z.object({
  ...everyLab,
  runtime: z.literal('attach'),
  /** Whether a job of this lab was ever submitted. */
  hasRun: z.boolean().default(false),
  /** Whether the lab is up: between `up` and `down`. The services run on in any case. */
  isUp: z.boolean(),
  created: createdSchema,
  /** What the brokers allow at most, found out by the preflight; milliseconds. */
  transactionTimeoutMs: z.number(),
  /** The savepoint of the last `down` or `job cancel`, and when it was taken (epoch milliseconds). */
  savepoint: z.object({ path: z.string(), takenAt: z.number() }).nullable(),
  /** Runs of a job of this name that Flink knew before this lab was there: their state is not this lab's. */
  foreignJobs: z.array(z.string()),
});
export type AttachLab = z.infer<typeof attachLabSchema>;

/** What is remembered of a lab between commands, in `lab.json` in its state folder. */
export const labStateSchema = z.discriminatedUnion('runtime', [
  localLabSchema,
  dockerLabSchema,
  attachLabSchema,
]);
export type LabState = z.infer<typeof labStateSchema>;
export type LabStateOf<R extends RuntimeName> = Extract<LabState, { runtime: R }>;

/** How the console is called among the services. */
export const consoleService = 'console';

/** What is remembered of the lab's console, a process of this machine whatever runtime the lab is on. */
export const consoleStateSchema = z.object({
  port: z.number(),
  /** When the port was last claimed, epoch milliseconds. */
  claimedAt: z.number(),
  /** Null until it is started. */
  process: processRecordSchema.nullable(),
});
export type ConsoleState = z.infer<typeof consoleStateSchema>;

export function pipelineSettings(config: Config): PipelineSettings {
  return pipelineSettingsSchema.parse(config);
}

/** The configuration as the lab runs it: what the job was submitted with wins over today's defaults. */
export function withPipeline(config: Config, pipeline: PipelineSettings): Config {
  return { ...config, ...pipeline };
}
