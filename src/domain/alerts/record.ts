import { z } from 'zod';

/** From the mildest to the worst. */
export const severities = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof severities)[number];

export const units = ['share', 'per_minute', 'money', 'seconds', 'count', 'events'] as const;
/** Of a value: a share is 0 to 1, money is in the lab's currency. */
export type Unit = (typeof units)[number];

const time = z.int().min(0);

/** What the alert was judged by; enough to draw it. */
export const evidenceSchema = z.object({
  unit: z.enum(units),
  value: z.number().nullable().describe('At the moment it fired or resolved'),
  low: z.number().nullable().describe('Below it the value is bad; null where no bound is below'),
  high: z.number().nullable().describe('Above it the value is bad; null where no bound is above'),
  expected: z.number().nullable().describe('The middle of the band, of a rule that has one'),
  points: z
    .array(z.tuple([time, z.number().nullable()]))
    .describe('The last minutes, oldest first: epoch milliseconds and value, null where it is not known'),
});
export type Evidence = z.infer<typeof evidenceSchema>;

/**
 * A value on the topic of alerts: one when an alert fires, one more when it resolves, both of the same `alert_id`. What a
 * statement of Flink writes need not have more than the fields that are not optional here; fields nobody knows are kept.
 * Times are epoch milliseconds.
 */
export const alertRecordSchema = z.looseObject({
  alert_id: z.string().min(1).describe('The same whenever the same alert is found again: to show it once'),
  rule: z.string().min(1),
  severity: z.enum(severities),
  status: z.enum(['firing', 'resolved']),
  summary: z.string().describe('One line for people'),
  labels: z.record(z.string(), z.string()).default({}),
  value: z.number().nullable().default(null),
  fired_at: time.describe('When it fired; in the record that resolves it too'),
  resolved_at: time.nullish(),
  started_at: time
    .nullish()
    .describe('Since when it was bad; of a rule on windows, the start of the first one'),
  resolution: z.enum(['recovered', 'corrected', 'rule_removed']).nullish(),
  silenced: z.boolean().optional().describe('Not sent to anybody'),
  flapping: z.boolean().optional(),
  evidence: evidenceSchema.nullish(),
});
export type AlertRecord = z.infer<typeof alertRecordSchema>;
