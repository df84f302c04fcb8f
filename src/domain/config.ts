import { z } from 'zod';
import { StreamlabError } from '../errors.js';
import { attachConfigShape } from './attach/config.js';
import { durationMs } from './duration.js';

export const runtimeNames = ['local', 'docker', 'attach'] as const;
export type RuntimeName = (typeof runtimeNames)[number];
export const guarantees = ['exactly-once', 'at-least-once'] as const;

const wholeNumber = z.coerce.number({ error: 'not a whole number' }).int('not a whole number');
const port = wholeNumber.min(1, 'a port is 1 to 65535').max(65_535, 'a port is 1 to 65535');
const image = z.string().regex(/^[\w][\w./:@-]*$/, 'not the name of an image, such as registry/name:tag');
const serviceList = z
  .union([z.array(z.string()), z.string().transform((text) => text.split(',').map((name) => name.trim()))])
  .transform((names) => names.filter((name) => name !== ''));
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
  parallelism: wholeNumber.min(1, 'at least 1').max(1_024, 'at most 1024').default(2),
  rawPartitions: wholeNumber.min(1, 'at least 1').max(1_024, 'at most 1024').default(4),
  audit: flag.default(false),

  kafkaPort: port.optional(),
  flinkPort: port.optional(),
  sqlGatewayPort: port.optional(),
  clickhousePort: port.optional(),
  grafanaPort: port.optional(),
  kafkaUiPort: port.optional(),
  consolePort: port.optional(),

  kafkaImage: image.optional(),
  flinkImage: image.optional(),
  clickhouseImage: image.optional(),
  grafanaImage: image.optional(),
  kafkaUiImage: image.optional(),
  without: serviceList.default([]),

  javaHome: z.string().optional(),
  artifactMirror: z.url().optional(),
  alertRules: z.string().min(1, 'name a file of alert rules').optional(),

  ...attachConfigShape,
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
    suggestions: [
      ...secretHints(issue),
      'The settings and their defaults are listed in docs/configuration.md.',
    ],
  });
}

function whereIs(issue: z.core.$ZodIssue | undefined, sources: ConfigSources): string {
  if (issue?.code === 'unrecognized_keys')
    return `${issue.keys.join(', ')} in ${sources.file?.path ?? 'the configuration'}`;
  const key = issue?.path[0] as ConfigKey | undefined;
  if (key === undefined) return 'configuration';
  if (sources.flags[key] !== undefined)
    return withoutCredentials(`${flagOf(key)} ${JSON.stringify(sources.flags[key])}`);
  if (sources.environment[key] !== undefined)
    return withoutCredentials(`${variableOf(key)}=${sources.environment[key]}`);
  return `${key} in ${sources.file?.path ?? 'the configuration'}`;
}

/** Who writes a password into the file learns where it goes. */
function secretHints(issue: z.core.$ZodIssue | undefined): string[] {
  const keys = issue?.code === 'unrecognized_keys' ? issue.keys : [];
  return keys
    .filter((key) => /password|token|secret/i.test(key))
    .map((key) => {
      const variable = variableOf(key as ConfigKey);
      return `A secret comes from the variable ${variable}, or from a file that ${variable}_FILE names.`;
    });
}

/** An address as it may be shown: without the credentials that somebody put in. */
function withoutCredentials(text: string): string {
  return text.replace(/\/\/[^/@\s]*@/g, '//***@');
}

/** The ports of the services that a runtime starts. */
export const servicePorts = {
  kafka: 9092,
  flink: 8081,
  sqlGateway: 8083,
  clickhouse: 8123,
  grafana: 3000,
  kafkaUi: 8080,
} as const;
/** The ports of design and documentation; each is moved when it is taken and was not asked for. */
export const defaultPorts = { ...servicePorts, console: 4000 } as const;
export type PortName = keyof typeof defaultPorts;
