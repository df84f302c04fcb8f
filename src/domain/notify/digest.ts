import { z } from 'zod';
import { severities } from '../alerts/record.js';
import type { Notification } from './notification.js';

/** Rules that a digest counts one by one; what is beyond is counted together. */
const mostRules = 20;
export const otherRules = '(other rules)';

const count = z.number().int().min(0);

/** What is left of notifications that were too many to wait one by one. */
export const digestSchema = z.object({
  /** Of the first notification in it: stable, as theirs are. */
  id: z.string(),
  notifications: count,
  firing: count,
  resolved: count,
  bySeverity: z.object({ info: count, warning: count, critical: count }),
  byRule: z.record(z.string(), count),
  /** Between which times the alerts in it began, epoch milliseconds. */
  firstAt: z.number().int(),
  lastAt: z.number().int(),
});
export type Digest = z.infer<typeof digestSchema>;

/** The digest of one notification. */
export function digestOf({ id, status, severity, rule, firedAt }: Notification): Digest {
  return {
    id,
    notifications: 1,
    firing: status === 'firing' ? 1 : 0,
    resolved: status === 'resolved' ? 1 : 0,
    bySeverity: { info: 0, warning: 0, critical: 0, [severity]: 1 },
    byRule: { [rule]: 1 },
    firstAt: firedAt,
    lastAt: firedAt,
  };
}

/** Both in one, which has the id of the first. */
export function merged(one: Digest, other: Digest): Digest {
  const bySeverity = { ...one.bySeverity };
  for (const severity of severities) bySeverity[severity] += other.bySeverity[severity];
  return {
    id: one.id,
    notifications: one.notifications + other.notifications,
    firing: one.firing + other.firing,
    resolved: one.resolved + other.resolved,
    bySeverity,
    byRule: mergedRules(one.byRule, other.byRule),
    firstAt: Math.min(one.firstAt, other.firstAt),
    lastAt: Math.max(one.lastAt, other.lastAt),
  };
}

function mergedRules(one: Digest['byRule'], other: Digest['byRule']): Record<string, number> {
  const counts = new Map(Object.entries(one));
  for (const [rule, times] of Object.entries(other)) {
    const name = counts.has(rule) || counts.size < mostRules ? rule : otherRules;
    counts.set(name, (counts.get(name) ?? 0) + times);
  }
  return Object.fromEntries(counts);
}
