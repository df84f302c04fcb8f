import { z } from 'zod';
import { StreamlabError } from '../../errors.js';
import { severities } from '../alerts/record.js';
import { nearest } from '../nearest.js';
import { howToSetUp } from './channels.js';
import type { Notification } from './notification.js';

/** Which notifications go where: all conditions that are given must hold. */
export const routeSchema = z.strictObject({
  /** This severity and those above it. */
  minSeverity: z.enum(severities).optional(),
  /** Labels with exactly these values. */
  labels: z.record(z.string(), z.string()).optional(),
  channels: z.array(z.string().min(1)).min(1),
  /** `false`: it does not want to hear that an alert is over. */
  resolved: z.boolean().optional(),
});
export type Route = z.infer<typeof routeSchema>;

/**
 * The channels of a notification, each once, in the order of `channels`: those of every route that fits. Without any
 * routes it goes to all channels.
 */
export function channelsFor(
  notification: Notification,
  routes: readonly Route[],
  channels: readonly string[],
): string[] {
  if (routes.length === 0) return [...channels];
  const named = new Set(
    routes.filter((route) => fits(route, notification)).flatMap((route) => route.channels),
  );
  return channels.filter((channel) => named.has(channel));
}

function fits({ minSeverity, labels, resolved }: Route, notification: Notification): boolean {
  const isSevere =
    minSeverity === undefined || severities.indexOf(notification.severity) >= severities.indexOf(minSeverity);
  return (
    isSevere &&
    (resolved !== false || notification.status === 'firing') &&
    Object.entries(labels ?? {}).every(
      ([name, value]) => Object.hasOwn(notification.labels, name) && notification.labels[name] === value,
    )
  );
}

/** @throws StreamlabError INVALID_CONFIG if a route names a channel that there is not */
export function checkRoutes(routes: readonly Route[], channels: readonly string[]): void {
  for (const [index, route] of routes.entries()) {
    const missing = route.channels.find((channel) => !channels.includes(channel));
    if (missing === undefined) continue;
    const meant = nearest(missing, channels);
    throw new StreamlabError(
      'INVALID_CONFIG',
      `Route ${index + 1} names the channel ${missing}, which is not set up.`,
      {
        suggestions: [
          ...(meant === undefined ? [] : [`Did you mean ${meant}?`]),
          ...howToSetUp(missing),
          channels.length === 0 ? 'No channel is set up yet.' : `Set up are: ${channels.join(', ')}.`,
        ],
      },
    );
  }
}
