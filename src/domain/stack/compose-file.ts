import { z } from 'zod';
import { StreamlabError } from '../../errors.js';
import { interpolate, type Variables } from './interpolation.js';

const text = z
  .union([z.string(), z.number(), z.boolean()], { error: 'must be a text, a number, true or false' })
  .transform(String);
const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((word) => word === 'true')], {
  error: 'must be true or false',
});
const words = z.array(text, { error: 'must be a list of words' });

/** `KEY: value` or a list of `KEY=value`; a null value (to be taken from the shell) is not supported. */
const mapping = z.union(
  [
    z.record(z.string(), text),
    z.array(z.string().regex(/^[^=]+=/, 'must be NAME=value')).transform((lines) =>
      Object.fromEntries(
        lines.map((line) => {
          const equals = line.indexOf('=');
          return [line.slice(0, equals), line.slice(equals + 1)] as const;
        }),
      ),
    ),
  ],
  { error: 'must be a mapping, or a list of NAME=value' },
);

const unitMs = { us: 1e-3, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
/** A duration of the Compose specification, such as `1m30s`; in milliseconds. */
const durationMs = z
  .string({ error: 'must be a duration such as 10s or 1m30s' })
  .regex(/^(\d+(us|ms|s|m|h))+$/, 'must be a duration such as 10s or 1m30s')
  .transform((value) =>
    [...value.matchAll(/(\d+)(us|ms|s|m|h)/g)].reduce(
      (sum, [, amount, unit]) => sum + Number(amount) * unitMs[unit as keyof typeof unitMs],
      0,
    ),
  );

const unitBytes = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 } as const;
/** A size such as `512m`; in bytes. */
const sizeBytes = z.union(
  [
    z.number().int().nonnegative(),
    z
      .string()
      .regex(/^\d+(b|[kmg]b?)$/i, 'must be a size such as 512m or 1g')
      .transform(
        (value) =>
          Number.parseInt(value, 10) *
          unitBytes[/[bkmg]/i.exec(value)?.[0].toLowerCase() as 'b' | 'k' | 'm' | 'g'],
      ),
  ],
  { error: 'must be a size such as 512m or 1g' },
);

const published = 'must be 127.0.0.1:PORT:PORT: a lab publishes on the loopback address only';
const port = z
  .string({ error: published })
  .regex(/^127\.0\.0\.1:\d{1,5}:\d{1,5}(\/tcp)?$/, published)
  .refine(
    (value) =>
      [...value.matchAll(/:(\d+)/g)].every(([, number]) => Number(number) >= 1 && Number(number) <= 65_535),
    'has a port that is not 1 to 65535',
  )
  .transform((value) => {
    const [hostIp = '', host, container] = value.replace('/tcp', '').split(':');
    return { hostIp, host: Number(host), container: Number(container) };
  });

const mounted = 'must be NAME:/path, ./path:/path or /path:/path, with :ro or :rw behind';
const mount = z
  .string({ error: mounted })
  .regex(/^[^:]+:\/[^:]*(:r[wo])?$/, mounted)
  .transform((value) => {
    const [source = '', target = '', mode] = value.split(':');
    return { source, target, readOnly: mode === 'ro', isFile: /^[./~]/.test(source) };
  });

const healthcheck = z.strictObject({
  test: z.union(
    [
      words.refine(
        ([kind]) => kind === 'CMD' || kind === 'CMD-SHELL' || kind === 'NONE',
        'must begin with CMD, CMD-SHELL or NONE',
      ),
      z.string().transform((line) => ['CMD-SHELL', line]),
    ],
    { error: 'must be a list of words or a line for the shell' },
  ),
  interval: durationMs.optional(),
  timeout: durationMs.optional(),
  start_period: durationMs.optional(),
  retries: z.coerce.number().int().positive().optional(),
});

export const dependencyConditions = [
  'service_started',
  'service_healthy',
  'service_completed_successfully',
] as const;
const dependsOn = z.union(
  [
    z
      .array(z.string())
      .transform((names) =>
        Object.fromEntries(names.map((name) => [name, { condition: 'service_started' as const }])),
      ),
    z.record(z.string(), z.strictObject({ condition: z.enum(dependencyConditions) })),
  ],
  { error: 'must be a mapping, or a list of services' },
);

const service = z.strictObject({
  image: z.string().min(1),
  command: words.optional(),
  entrypoint: words.optional(),
  environment: mapping.optional(),
  user: text.optional(),
  working_dir: z.string().optional(),
  labels: mapping.optional(),
  logging: z.strictObject({ driver: z.string(), options: z.record(z.string(), text).optional() }).optional(),
  networks: z.array(z.string()).min(1).optional(),
  ports: z.array(port).optional(),
  volumes: z.array(mount).optional(),
  depends_on: dependsOn.optional(),
  healthcheck: healthcheck.optional(),
  profiles: z.array(z.string()).optional(),
  init: flag.optional(),
  mem_limit: sizeBytes.optional(),
  cpus: z.coerce.number().positive().optional(),
  ulimits: z
    .record(z.string(), z.strictObject({ soft: z.coerce.number().int(), hard: z.coerce.number().int() }))
    .optional(),
  stop_grace_period: durationMs.optional(),
});
export type ComposeService = z.infer<typeof service>;

const named = z.union([z.null(), z.strictObject({ labels: mapping.optional() })], {
  error: 'must be empty or a mapping',
});

const composeFile = z.strictObject({
  services: z.record(z.string(), service),
  networks: z.record(z.string(), named).default({}),
  volumes: z.record(z.string(), named).default({}),
});
export type ComposeFile = z.infer<typeof composeFile>;

/**
 * The part of the Compose specification that streamlab supports, checked; variables replaced, `x-…` keys left out.
 * @param document the parsed YAML, anchors and merge keys resolved
 * @param name of the file, for messages
 * @throws StreamlabError INVALID_FILE naming the key that is wrong or not supported
 */
export function readComposeFile(document: unknown, name: string, variables: Variables): ComposeFile {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new StreamlabError('INVALID_FILE', `${name} must hold a mapping with the key "services".`);
  }
  const known = Object.fromEntries(Object.entries(document).filter(([key]) => !key.startsWith('x-')));
  const parsed = composeFile.safeParse(interpolate(known, variables), { error: mismatch });
  if (parsed.success) {
    checkReferences(parsed.data, name);
    return parsed.data;
  }
  throw new StreamlabError('INVALID_FILE', `${name}, ${explain(parsed.error.issues)}.`, {
    suggestions: ['What streamlab supports of the Compose specification is listed in docs/docker.md.'],
  });
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  record: 'a mapping',
  object: 'a mapping',
  array: 'a list',
  int: 'a whole number',
};

/** zod says "Invalid input: expected record, received array" and "Too small: expected number to be >0". */
function mismatch(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type') {
    const expected = typeNames[issue.expected] ?? `a ${issue.expected}`;
    return issue.input === undefined ? 'is missing' : `must be ${expected}`;
  }
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.map(String).join(', ')}`;
  if (issue.code !== 'too_small') return undefined;
  return issue.origin === 'number' ? 'must be greater than 0' : 'must not be empty';
}

/** What is not supported comes before what is wrong: without `build`, `image` would be there. */
function explain(issues: readonly z.core.$ZodIssue[]): string {
  const issue = closest(issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]);
  if (issue === undefined) return 'not valid';
  const place = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.map((key) => (place === '' ? key : `${place}.${key}`));
    return `${keys.join(', ')}: streamlab does not support ${keys.length === 1 ? 'this key' : 'these keys'}`;
  }
  return `${place}: ${issue.message}`;
}

/**
 * Of the ways to write a value, the one that was meant has the fault farthest inside, or at least the right type; where
 * none has, the union itself says what would be right.
 */
function closest(issue: z.core.$ZodIssue | undefined): z.core.$ZodIssue | undefined {
  if (issue?.code !== 'invalid_union') return issue;
  const inner = issue.errors
    .flat()
    .map((one) => closest({ ...one, path: [...issue.path, ...one.path] }) ?? one)
    .sort((a, b) => b.path.length - a.path.length);
  return (
    inner.find(({ path }) => path.length > issue.path.length) ??
    inner.find(({ code }) => code !== 'invalid_type' && code !== 'invalid_value') ??
    issue
  );
}

/** A misspelt volume would otherwise be a new one, and a misspelt service would be waited for in vain. */
function checkReferences({ services, networks, volumes }: ComposeFile, name: string): void {
  const fail = (place: string, what: string): never => {
    throw new StreamlabError('INVALID_FILE', `${name}, ${place}: ${what}.`);
  };
  for (const [id, { depends_on = {}, networks: joined = [], volumes: mounts = [] }] of Object.entries(
    services,
  )) {
    for (const other of Object.keys(depends_on))
      if (!Object.hasOwn(services, other))
        fail(`services.${id}.depends_on`, `there is no service "${other}"`);
    for (const network of joined)
      if (network !== 'default' && !Object.hasOwn(networks, network))
        fail(`services.${id}.networks`, `there is no network "${network}"`);
    for (const { source, isFile } of mounts)
      if (!isFile && !Object.hasOwn(volumes, source))
        fail(`services.${id}.volumes`, `there is no volume "${source}"`);
  }
  for (const id of Object.keys(services)) {
    const circle = circleFrom(id, services, []);
    if (circle !== undefined)
      fail(`services.${id}.depends_on`, `the services wait for each other: ${circle.join(' → ')}`);
  }
}

/** The way from a service along its dependencies back to one on the way; undefined where all of them end. */
function circleFrom(
  id: string,
  services: ComposeFile['services'],
  way: readonly string[],
): readonly string[] | undefined {
  if (way.includes(id)) return [...way.slice(way.indexOf(id)), id];
  return Object.keys(services[id]?.depends_on ?? {})
    .map((other) => circleFrom(other, services, [...way, id]))
    .find((circle) => circle !== undefined);
}
