import { formatDuration } from '../duration.js';
import { dateAndTime } from '../instant.js';
import type { Evidence, Unit } from './record.js';
import type { AlertRule, RuleKind } from './rule.js';

/** What a message may name, and what it stands for. */
const everywhere = ['rule', 'severity', 'value', 'started', 'minutes'] as const;
const byKind = {
  dlq_rate: ['threshold', 'reason'],
  error_share: ['threshold', 'event_type'],
  revenue_anomaly: ['band', 'low', 'high', 'expected', 'change', 'direction'],
  zero_traffic: ['event_type'],
  consumer_lag: ['threshold', 'group'],
  watermark_lag: ['threshold'],
  checkpoint_failures: ['threshold', 'within'],
  job_restarts: ['threshold', 'within'],
} as const satisfies Record<RuleKind, readonly string[]>;

export function messageNames(kind: RuleKind, labels: readonly string[]): string[] {
  return [...everywhere, ...byKind[kind], ...labels];
}

const defaults: Record<RuleKind, string> = {
  dlq_rate: 'Dead letters ({reason}): {value}, more than {threshold}, since {started}',
  error_share: '{value} of {event_type} are refused, more than {threshold}, since {started}',
  revenue_anomaly: 'Revenue a minute is {value} ({change}), expected {band}, since {started}',
  zero_traffic: 'No {event_type} for {minutes} min, since {started}',
  consumer_lag: '{group} is {value} behind, more than {threshold}',
  watermark_lag: 'The watermark is {value} behind, more than {threshold}',
  checkpoint_failures: '{value} checkpoints failed within {within}, more than {threshold}',
  job_restarts: 'The job restarted {value} times within {within}, more than {threshold}',
};

export interface Placeholder {
  name: string;
  /** Missing: a brace that is never closed. */
  isClosed: boolean;
}

const placeholder = /\{([^{}]*)(\}?)/g;

export function placeholdersOf(message: string): Placeholder[] {
  return [...message.matchAll(placeholder)].map(([, name = '', end]) => ({ name, isClosed: end === '}' }));
}

export interface MessageFacts {
  rule: AlertRule;
  labels: Readonly<Record<string, string>>;
  evidence: Evidence;
  /** Since when it is bad, and for how long it was seen to be. */
  startedAt: number;
  lastedMs: number;
}

/** The summary of an alert: the rule's message with its names filled in. */
export function messageOf(facts: MessageFacts): string {
  const values = valuesOf(facts);
  const message = facts.rule.message ?? defaults[facts.rule.kind];
  return message.replace(placeholder, (whole, name: string) => values[name] ?? whole);
}

/** The summary of an alert that is over. */
export function overMessageOf(
  { rule, evidence, lastedMs }: MessageFacts,
  resolution: 'recovered' | 'corrected',
): string {
  const { value, unit } = evidence;
  const now = value === null ? 'unknown' : formatValue(value, unit);
  const band = bandText(evidence);
  if (resolution === 'corrected')
    return `${rule.name} was nothing: what came late made up for it; now ${now}, ${band}`;
  return `${rule.name} is over after ${formatDuration(lastedMs)}: ${now}, ${band}`;
}

function valuesOf({
  rule,
  labels,
  evidence,
  startedAt,
  lastedMs,
}: MessageFacts): Partial<Record<string, string>> {
  const { unit, value, low, high, expected } = evidence;
  const text = (number: number | null): string => (number === null ? 'unknown' : formatValue(number, unit));
  return {
    event_type: 'events',
    reason: 'any reason',
    ...rule.labels,
    ...labels,
    rule: rule.name,
    severity: rule.severity,
    value: text(value),
    threshold: text(high ?? low),
    band: bandText(evidence),
    low: text(low),
    high: text(high),
    expected: text(expected),
    change: changeText(value, expected),
    within: 'within' in rule ? formatDuration(rule.within) : '',
    started: `${dateAndTime(startedAt).slice(11, 16)} UTC`,
    minutes: String(Math.max(1, Math.round(lastedMs / 60_000))),
  };
}

export function bandText({ low, high, unit }: Pick<Evidence, 'low' | 'high' | 'unit'>): string {
  if (low !== null && high !== null) return `${formatValue(low, unit)} to ${formatValue(high, unit)}`;
  if (high !== null) return `at most ${formatValue(high, unit)}`;
  return low === null ? 'unknown' : `at least ${formatValue(low, unit)}`;
}

function changeText(value: number | null, expected: number | null): string {
  if (value === null || expected === null || expected === 0) return 'unknown';
  const percent = Math.round((100 * (value - expected)) / Math.abs(expected));
  return `${percent > 0 ? '+' : ''}${percent}%`;
}

/** A value with its unit, for people. */
export function formatValue(value: number, unit: Unit): string {
  switch (unit) {
    case 'share':
      return `${trimmed(value * 100, 1)}%`;
    case 'per_minute':
      return `${trimmed(value, 1)}/min`;
    case 'money':
      return value.toFixed(2);
    case 'seconds':
      return formatDuration(value * 1_000);
    case 'count':
    case 'events':
      return trimmed(value, 1);
  }
}

function trimmed(value: number, digits: number): string {
  return value.toFixed(digits).replace(/\.0+$/, '');
}
