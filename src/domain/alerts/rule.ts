import { z } from 'zod';
import { knownReasons } from '../dlq/filter.js';
import { parseDurationMs } from '../duration.js';
import { eventTypes, type EventType } from '../events.js';
import { didYouMean, orList, quoted } from '../traffic/notation.js';
import { severities } from './record.js';

/** The schemas of rules, by kind. Durations are parsed to milliseconds, shares to 0 to 1. */

/** Above 0 and at most this many milliseconds: longer is a slip of the finger. */
const MAX_SPAN_MS = 7 * 86_400_000;

function word<T extends string>(words: readonly T[]) {
  return z.string(`give ${orList(words)}`).transform((given, ctx) => {
    const found = words.find((each) => each === given.trim());
    if (found !== undefined) return found;
    ctx.addIssue({
      code: 'custom',
      message: `${quoted(given)}: give ${orList(words)}${didYouMean(given, words)}`,
    });
    return z.NEVER;
  });
}

const span = z
  .union([z.string(), z.number()], 'give a duration with a unit, such as 30s or 5m')
  .transform((given, ctx) => {
    const ms = given === 0 ? 0 : parseDurationMs(String(given));
    if (ms !== undefined && ms <= MAX_SPAN_MS) return ms;
    const why = ms === undefined ? 'give a duration with a unit, such as 30s or 5m' : 'give a week at most';
    ctx.addIssue({ code: 'custom', message: `${quoted(String(given))}: ${why}` });
    return z.NEVER;
  });
const positiveSpan = span.refine((ms) => ms > 0, 'give a duration above 0');

const share = z.union([z.string(), z.number()], 'give a share such as 5%').transform((given, ctx) => {
  const percent = Number(/^(\d+(?:\.\d+)?)\s*%$/.exec(String(given).trim())?.[1]);
  if (percent >= 0 && percent <= 100) return percent / 100;
  ctx.addIssue({ code: 'custom', message: `${quoted(String(given))}: give a share such as 5%` });
  return z.NEVER;
});

/** Letters against what came in, or letters a minute. */
export type Rate = { share: number } | { perMinute: number };

const rate = z
  .union([z.string(), z.number()], 'give a share such as 5%, or a count such as 100/min')
  .transform((given, ctx): Rate => {
    const [, number, unit] = /^(\d+(?:\.\d+)?)\s*(%|\/\s*min)$/.exec(String(given).trim()) ?? [];
    if (unit === '%' && Number(number) <= 100) return { share: Number(number) / 100 };
    if (unit !== undefined && unit !== '%') return { perMinute: Number(number) };
    ctx.addIssue({
      code: 'custom',
      message: `${quoted(String(given))}: give a share such as 5%, or a count such as 100/min`,
    });
    return z.NEVER;
  });

const reason = z.string('give a reason such as malformed_json, or a list of them').transform((text, ctx) => {
  const pattern = text.trim().replace(/^(missing_field|invalid_field):\*$/, '$1');
  if (knownReasons.includes(pattern)) return pattern;
  ctx.addIssue({
    code: 'custom',
    message: `there is no reason ${quoted(text)}${didYouMean(pattern, knownReasons)}; streamlab dlq stats shows those that occur`,
  });
  return z.NEVER;
});

const list = <T extends z.ZodType>(item: T) =>
  z.preprocess(
    (value) => (Array.isArray(value) ? (value as unknown[]) : [value]),
    z.array(item).min(1, 'the list is empty'),
  );
const eventType = word<EventType>(eventTypes);
const whole = (min: number, max: number) => {
  const message = `give a whole number from ${min} to ${max}`;
  return z.int(message).min(min, message).max(max, message);
};
const count = whole(0, 1_000_000_000);
const number = (min: number, max: number) => {
  const message = `give a number from ${min} to ${max}`;
  return z.number(message).min(min, message).max(max, message);
};

const nameShape = /^[a-z][a-z0-9-]{0,59}$/;
const labelShape = /^[a-z][a-z0-9_]{0,39}$/;
/** Given by the engine, and so not to be given by a file. */
const ownLabels = ['rule', 'severity', 'event_type', 'reason', 'group', 'direction'];

const line = (maxLength: number) =>
  z
    .string('give one line of text')
    .trim()
    .min(1, 'it is empty')
    .max(maxLength, `give ${maxLength} characters at most`)
    .refine((text) => !/\p{Cc}/u.test(text), 'give one line of text');

const labels = z
  .record(z.string(), z.union([line(100), z.number().transform(String)], 'give a text'), 'give a mapping')
  .superRefine((given, ctx) => {
    for (const key of Object.keys(given)) {
      if (!labelShape.test(key))
        ctx.addIssue({
          code: 'custom',
          path: [key],
          message: 'give a name of small letters, digits and _',
        });
      if (ownLabels.includes(key))
        ctx.addIssue({ code: 'custom', path: [key], message: 'that label is given by streamlab itself' });
    }
  });

const common = {
  name: z
    .string('give a name')
    .regex(nameShape, 'give a name of small letters, digits and -, such as dead-letter-spike'),
  enabled: z.boolean('give true or false').default(true),
  severity: word(severities).default('warning'),
  for: span.default(0),
  keep_firing_for: span.default(0),
  cooldown: span.default(300_000),
  labels: labels.default({}),
  message: line(300).optional(),
};
const onWindows = {
  ...common,
  wait_for_late: span.default(0),
  /** Alerts that somebody else writes to the topic, and that are not told while this rule is enabled. */
  replaces: list(line(200)).default([]),
};

export const ruleSchemas = {
  dlq_rate: z.strictObject({
    ...onWindows,
    kind: z.literal('dlq_rate'),
    above: rate,
    reason: list(reason).optional(),
    by_reason: z.boolean('give true or false').default(false),
    min_events: count.default(100),
  }),
  error_share: z.strictObject({
    ...onWindows,
    kind: z.literal('error_share'),
    above: share,
    event_type: list(eventType).optional(),
    min_events: count.default(100),
  }),
  revenue_anomaly: z.strictObject({
    ...onWindows,
    kind: z.literal('revenue_anomaly'),
    detector: word(['robust_z', 'ewma']).default('robust_z'),
    direction: word(['both', 'drop', 'rise']).default('both'),
    windows: whole(5, 240).default(60),
    min_windows: whole(3, 240).default(5),
    sensitivity: number(1, 20).default(5),
    min_change: share.default(0.25),
    min_events: count.default(30),
  }),
  zero_traffic: z.strictObject({
    ...onWindows,
    kind: z.literal('zero_traffic'),
    for: positiveSpan.default(300_000),
    event_type: list(eventType).optional(),
  }),
  consumer_lag: z.strictObject({
    ...common,
    kind: z.literal('consumer_lag'),
    above: positiveSpan,
    group: z.string('give the name of a consumer group').min(1).optional(),
  }),
  watermark_lag: z.strictObject({ ...common, kind: z.literal('watermark_lag'), above: positiveSpan }),
  checkpoint_failures: z.strictObject({
    ...common,
    kind: z.literal('checkpoint_failures'),
    above: count,
    within: positiveSpan.default(600_000),
  }),
  job_restarts: z.strictObject({
    ...common,
    kind: z.literal('job_restarts'),
    above: count,
    within: positiveSpan.default(600_000),
  }),
} as const;

export type RuleKind = keyof typeof ruleSchemas;
export const ruleKinds = Object.keys(ruleSchemas) as RuleKind[];
export type RuleOf<K extends RuleKind> = z.infer<(typeof ruleSchemas)[K]>;
export type AlertRule = { [K in RuleKind]: RuleOf<K> }[RuleKind];
/** Judged per window, in event time. */
export type WindowRule = RuleOf<'dlq_rate' | 'error_share' | 'revenue_anomaly' | 'zero_traffic'>;
/** Judged per look at the lab, in wall time. */
export type SampleRule = RuleOf<
  'consumer_lag' | 'watermark_lag' | 'checkpoint_failures' | 'job_restarts' | 'zero_traffic'
>;

/** `zero_traffic` of no type in particular is about everything: then no window ever closes, so the clock must tell. */
export function isOnWindows(rule: AlertRule): rule is WindowRule {
  switch (rule.kind) {
    case 'dlq_rate':
    case 'error_share':
    case 'revenue_anomaly':
      return true;
    case 'zero_traffic':
      return rule.event_type !== undefined;
    case 'consumer_lag':
    case 'watermark_lag':
    case 'checkpoint_failures':
    case 'job_restarts':
      return false;
  }
}

/** By the name of a rule of somebody else, the first enabled rule that replaces it. */
export function replacedBy(rules: readonly AlertRule[]): ReadonlyMap<string, string> {
  const replacing = new Map<string, string>();
  for (const rule of rules.filter(({ enabled }) => enabled)) {
    const names = 'replaces' in rule ? rule.replaces : [];
    for (const name of names) if (!replacing.has(name)) replacing.set(name, rule.name);
  }
  return replacing;
}

/** What decides which labels a rule's alerts can have: where it changes, nothing would ever resolve those of before. */
export function seriesShape(rule: AlertRule): string {
  switch (rule.kind) {
    case 'dlq_rate':
      return JSON.stringify(rule.by_reason ? ['by_reason', rule.reason] : []);
    case 'error_share':
    case 'zero_traffic':
      return JSON.stringify([rule.event_type]);
    case 'consumer_lag':
      return JSON.stringify([rule.group]);
    case 'revenue_anomaly':
    case 'watermark_lag':
    case 'checkpoint_failures':
    case 'job_restarts':
      return '';
  }
}
