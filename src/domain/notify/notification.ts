import { z } from 'zod';
import { severities, units } from '../alerts/record.js';
import { shortened } from '../printable.js';

/** One thing that people are told: an alert that has begun, or one that is over. Times are epoch milliseconds. */
export const notificationSchema = z.object({
  /** Stable: the same alert has the same id after a restart, so that it is shown once. */
  id: z.string().min(1).max(200),
  rule: z.string().min(1),
  severity: z.enum(severities),
  status: z.enum(['firing', 'resolved']),
  summary: z.string(),
  firedAt: z.number().int(),
  resolvedAt: z.number().int().optional(),
  labels: z.record(z.string(), z.string()),
  /** What was measured, in what, and between which bounds it should have been; null where there is none on that side. */
  value: z.number().optional(),
  unit: z.enum(units).optional(),
  band: z.object({ low: z.number().nullable(), high: z.number().nullable() }).optional(),
  /** The last minutes, the oldest first. */
  spark: z.array(z.number()).optional(),
  /** Where to look: an address that a browser opens. */
  link: z.string().optional(),
});
export type Notification = z.infer<typeof notificationSchema>;

/**
 * What is sent at most once to a channel: the end of an alert is something else than its beginning, also where both have
 * one id.
 */
export function keyOf(notification: Pick<Notification, 'id' | 'status'>): string {
  return `${notification.status}:${notification.id}`;
}

const longest = { rule: 200, summary: 4_000, labelName: 256, labelValue: 1_024, link: 2_000 };
const mostLabels = 40;
const mostSparks = 60;

/** The notification, cut to what is kept of one: texts and labels come from events, and events may be of any length. */
export function bounded(notification: Notification): Notification {
  const { rule, summary, labels, spark, link, ...rest } = notification;
  const kept = Object.entries(labels).slice(0, mostLabels);
  return {
    ...rest,
    rule: shortened(rule, longest.rule),
    summary: shortened(summary, longest.summary),
    labels: Object.fromEntries(
      kept.map(([name, value]) => [shortened(name, longest.labelName), shortened(value, longest.labelValue)]),
    ),
    ...(spark === undefined ? {} : { spark: spark.slice(-mostSparks) }),
    // Half an address is none.
    ...(link === undefined || link.length > longest.link ? {} : { link }),
  };
}
