import { z } from 'zod';
import { runtimeNames, guarantees, type Config } from './config.js';

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

export const portsSchema = z.object({
  kafka: z.number(),
  kafkaController: z.number(),
  flink: z.number(),
  flinkRpc: z.number(),
  sqlGateway: z.number(),
  clickhouse: z.number(),
});
export type Ports = z.infer<typeof portsSchema>;

/** What is remembered of a lab between commands, in `lab.json` in its state folder. */
export const labStateSchema = z.object({
  format: z.literal(1),
  lab: z.string(),
  runtime: z.enum(runtimeNames),
  createdAt: z.string(),
  /** When the ports were last claimed, epoch milliseconds. */
  claimedAt: z.number(),
  clickhousePassword: z.string(),
  kafkaClusterId: z.string(),
  ports: portsSchema,
  services: z.record(z.string(), processRecordSchema),
  pipeline: pipelineSettingsSchema,
});
export type LabState = z.infer<typeof labStateSchema>;

export function pipelineSettings(config: Config): PipelineSettings {
  return pipelineSettingsSchema.parse(config);
}

/** The configuration as the lab runs it: what the job was submitted with wins over today's defaults. */
export function withPipeline(config: Config, pipeline: PipelineSettings): Config {
  return { ...config, ...pipeline };
}
