import { z } from 'zod';
import { StreamlabError } from '../errors.js';
import { durationMs } from './duration.js';

export const runtimeNames = ['local', 'docker', 'attach'] as const;
export type RuntimeName = (typeof runtimeNames)[number];
export const guarantees = ['exactly-once', 'at-least-once'] as const;

const wholeNumber = z.coerce.number({ error: 'not a whole number' }).int('not a whole number');
const port = wholeNumber.min(1, 'a port is 1 to 65535').max(65_535, 'a port is 1 to 65535');
const flag = z
  .union([z.boolean(), z.enum(['true', 'false', '1', '0'])])
  .transform((v) => v === true || v === 'true' || v === '1');

/**
 * Every setting of a lab. The same name is the key in the config file, the variable `STREAMLAB_<UPPER_SNAKE>`
 * and, where a command takes it, the flag `--<kebab>`. Lengths of time are milliseconds once parsed.
 */
export const configSchema = z.strictObject({
  lab: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,30}$/, 'a lab name has lower-case letters, digits and dashes, 31 at most')
    .default('default'),
  runtime: z.enum(['auto', ...runtimeNames]).default('auto'),

  watermarkDelay: durationMs.default(5_000),
  allowedLateness: durationMs.default(60_000),
  checkpointInterval: durationMs.refine((ms) => ms >= 100, 'at least 100ms').default(5_000),
  guarantee: z.enum(guarantees).default('exactly-once'),
  maxFutureSkew: durationMs.default(60_000),
  dedupeHorizon: durationMs.refine((ms) => ms >= 1_000, 'at least 1s').default(3_600_000),
  idleTimeout: durationMs.default(10_000),
  parallelism: wholeNumber.min(1, 'at least 1').max(64, 'at most 64').default(2),
  rawPartitions: wholeNumber.min(1, 'at least 1').max(256, 'at most 256').default(4),
  audit: flag.default(false),

  kafkaPort: port.optional(),
  flinkPort: port.optional(),
  sqlGatewayPort: port.optional(),
  clickhousePort: port.optional(),

  javaHome: z.string().optional(),
  artifactMirror: z.url().optional(),
});

export type Config = z.infer<typeof configSchema>;
export type ConfigKey = keyof Config;
/** Settings as text or a parsed flag, not yet checked. */
export type ConfigValues = Partial<Record<ConfigKey, string | number | boolean | undefined>>;

export const configKeys = Object.keys(configSchema.shape) as ConfigKey[];

/** `watermarkDelay` -> `STREAMLAB_WATERMARK_DELAY`. */
export function variableOf(key: ConfigKey): string {
  return `STREAMLAB_${key.replace(/[A-Z]/g, (c) => `_${c}`).toUpperCase()}`;
}

/** `watermarkDelay` -> `--watermark-delay`. */
export function flagOf(key: ConfigKey): string {
  return `--${key.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;
}

/** The settings that the environment gives. */
export function valuesFromEnvironment(env: Readonly<Record<string, string | undefined>>): ConfigValues {
  return Object.fromEntries(
    configKeys.flatMap((key) => {
      const value = env[variableOf(key)];
      return value === undefined || value === '' ? [] : [[key, value]];
    }),
  );
}

export interface ConfigSources {
  file?: { path: string; values: Record<string, unknown> } | undefined;
  environment: ConfigValues;
  flags: ConfigValues;
}

/**
 * One configuration out of file, environment and flags; flags win over variables, variables over the file.
 * @throws StreamlabError INVALID_CONFIG naming the flag, the variable or the key and file that is wrong
 */
export function resolveConfig(sources: ConfigSources): Config {
  const given = (values: ConfigValues): ConfigValues =>
    Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
  const merged = { ...sources.file?.values, ...given(sources.environment), ...given(sources.flags) };
  const parsed = configSchema.safeParse(merged);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new StreamlabError('INVALID_CONFIG', `${whereIs(issue, sources)}: ${issue?.message ?? 'not valid'}`, {
    suggestions: ['The settings and their defaults are listed in docs/configuration.md.'],
  });
}

function whereIs(issue: z.core.$ZodIssue | undefined, sources: ConfigSources): string {
  if (issue?.code === 'unrecognized_keys')
    return `${issue.keys.join(', ')} in ${sources.file?.path ?? 'the configuration'}`;
  const key = issue?.path[0] as ConfigKey | undefined;
  if (key === undefined) return 'configuration';
  if (sources.flags[key] !== undefined) return `${flagOf(key)} ${JSON.stringify(sources.flags[key])}`;
  if (sources.environment[key] !== undefined) return `${variableOf(key)}=${sources.environment[key]}`;
  return `${key} in ${sources.file?.path ?? 'the configuration'}`;
}

/** The ports of design and documentation; each is moved when it is taken and was not asked for. */
export const defaultPorts = { kafka: 9092, flink: 8081, sqlGateway: 8083, clickhouse: 8123 } as const;
export type PortName = keyof typeof defaultPorts;
