import { z } from 'zod';
import type { StreamlabError } from '../../errors.js';
import { channelNames } from '../notify/channels.js';
import type { Route } from '../notify/routes.js';
import { didYouMean, orList, quoted } from '../traffic/notation.js';
import { severities } from './record.js';

const MAX_ROUTES = 100;

const channel = z.string(`give ${orList(channelNames)}`).superRefine((given, ctx) => {
  if (channelNames.some((name) => name === given)) return;
  ctx.addIssue({
    code: 'custom',
    message: `there is no channel ${quoted(given)}${didYouMean(given, channelNames)}; channels are ${channelNames.join(', ')}`,
  });
});

/** A route as a file writes it. */
const routeShape = z.strictObject({
  min_severity: z
    .enum(severities, {
      error: ({ input }) =>
        `give ${orList(severities)}${typeof input === 'string' ? didYouMean(input, severities) : ''}`,
    })
    .optional(),
  labels: z
    .record(
      z.string(),
      z.union([z.string(), z.number().transform(String)], 'give a text'),
      'give a mapping, such as team: payments',
    )
    .optional(),
  channels: z.array(channel, 'give a list, such as [discord]').min(1, 'the list is empty'),
  resolved: z.boolean('give true or false').optional(),
});

/**
 * The routes of a file of rules; none where it has no such key.
 * @param error makes the error of what stands at that path within the list
 * @throws what `error` made
 */
export function readRoutes(
  given: unknown,
  error: (path: readonly (string | number)[], sentence: string) => StreamlabError,
): Route[] {
  if (given === undefined) return [];
  if (!Array.isArray(given)) throw error([], 'routes: give a list of routes');
  if (given.length > MAX_ROUTES) throw error([], `routes: give ${MAX_ROUTES} at most`);
  return given.map((value: unknown, index) => {
    const route = mappingOf(value);
    if (route === undefined) throw error([index], 'a route is a mapping with the key channels');
    const parsed = routeShape.safeParse(route);
    if (parsed.success) return routeOf(parsed.data);
    throw faultOf(parsed.error, route, (path, sentence) =>
      error([index, ...path], `route ${index + 1}: ${sentence}`),
    );
  });
}

function routeOf({ min_severity, labels, channels, resolved }: z.infer<typeof routeShape>): Route {
  return {
    channels,
    ...(min_severity === undefined ? {} : { minSeverity: min_severity }),
    ...(labels === undefined ? {} : { labels }),
    ...(resolved === undefined ? {} : { resolved }),
  };
}

function faultOf(
  { issues }: z.ZodError,
  route: Record<string, unknown>,
  error: (path: readonly (string | number)[], sentence: string) => StreamlabError,
): StreamlabError {
  // A key that nobody knows is the likely cause of one that is missing.
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  if (issue?.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    return error([key], unknownKey(key, Object.keys(routeShape.shape), 'a route'));
  }
  const path = (issue?.path ?? []).filter((part) => typeof part !== 'symbol');
  const key = path.filter((part) => typeof part === 'string').join('.');
  const why = `${key in route || path.length > 1 ? '' : 'it is missing: '}${issue?.message ?? ''}`;
  return error(path, `${key}: ${why}`);
}

export function unknownKey(key: string, keys: readonly string[], place: string): string {
  const guess = didYouMean(key, keys);
  return `${quoted(key)} is no key of ${place}${guess === '' ? `; keys are ${keys.join(', ')}` : guess}`;
}

export function mappingOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
