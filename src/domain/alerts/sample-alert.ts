import type { Notification } from '../notify/notification.js';
import { messageOf } from './message.js';
import type { Evidence } from './record.js';
import type { AlertRule, RuleOf } from './rule.js';
import { shownEvidence } from './tell.js';

/** What is shown where no rule is asked for. */
const anyRule = { name: 'alerts-test', severity: 'info' as const };
const testWords = 'This is a test, nothing is wrong.';
const MINUTE_MS = 60_000;
/** The last minutes before the sample, as shares of what is usual. */
const usual = [1, 0.95, 1.05, 1, 1.1, 0.9, 1, 1.05, 0.95];

export interface Sample {
  /** Undefined: a sample of no rule in particular. */
  rule: AlertRule | undefined;
  id: string;
  nowMs: number;
}

/**
 * An alert as the rule would send it, with made-up evidence, and marked as a test in its summary: to see whether it
 * arrives, and how it looks.
 */
export function sampleNotification({ rule, id, nowMs }: Sample): Notification {
  const common = { id, status: 'firing' as const, firedAt: nowMs };
  if (rule === undefined) {
    const summary = `${testWords} Alerts of streamlab arrive here.`;
    return { ...common, rule: anyRule.name, severity: anyRule.severity, summary, labels: { test: 'true' } };
  }
  const labels = { ...rule.labels, ...seriesLabels(rule) };
  const { before, ...seen } = measured(rule);
  const minutes = [...usual.map((share) => share * before), seen.value];
  const points = minutes.map((value, n): [number, number] => [
    nowMs - (minutes.length - n) * MINUTE_MS,
    value,
  ]);
  const evidence: Evidence = { ...seen, points };
  const lastedMs = Math.max(rule.for, MINUTE_MS);
  const startedAt = nowMs - lastedMs;
  return {
    ...common,
    rule: rule.name,
    severity: rule.severity,
    summary: `${testWords} It would say: ${messageOf({ rule, labels, evidence, startedAt, lastedMs })}`,
    labels,
    ...shownEvidence(evidence),
  };
}

/** Labels that the engine would give. */
function seriesLabels(rule: AlertRule): Record<string, string> {
  switch (rule.kind) {
    case 'dlq_rate':
      return rule.by_reason ? { reason: rule.reason?.[0] ?? 'malformed_json' } : {};
    case 'error_share':
      return { event_type: rule.event_type?.[0] ?? 'order_placed' };
    case 'zero_traffic':
      return rule.event_type?.[0] === undefined ? {} : { event_type: rule.event_type[0] };
    case 'consumer_lag':
      return { group: rule.group ?? 'streamlab-clickhouse' };
    case 'revenue_anomaly':
    case 'watermark_lag':
    case 'checkpoint_failures':
    case 'job_restarts':
      return {};
  }
}

type Measured = Omit<Evidence, 'points'> & {
  value: number;
  /** What the minutes before were like. */
  before: number;
};

/** A value that the rule calls bad. */
function measured(rule: AlertRule): Measured {
  switch (rule.kind) {
    case 'dlq_rate':
      return 'share' in rule.above
        ? tooMuch('share', rule.above.share, 1)
        : tooMuch('per_minute', rule.above.perMinute);
    case 'error_share':
      return tooMuch('share', rule.above, 1);
    case 'revenue_anomaly':
      return revenue(rule);
    case 'zero_traffic':
      return rule.event_type === undefined
        ? { ...tooMuch('seconds', rule.for / 1_000), value: rule.for / 1_000 + 30, before: 1 }
        : { unit: 'events', value: 0, low: 1, high: null, expected: null, before: 100 };
    case 'consumer_lag':
    case 'watermark_lag':
      return tooMuch('seconds', rule.above / 1_000);
    case 'checkpoint_failures':
    case 'job_restarts':
      return { ...tooMuch('count', rule.above), value: rule.above + 1, before: 0 };
  }
}

function tooMuch(unit: Evidence['unit'], high: number, most = Infinity): Measured {
  // A bound of 0 is passed by anything.
  const value = Math.min(most, high === 0 ? most / 10 : 2.5 * high);
  return {
    unit,
    value: Number.isFinite(value) ? value : 1,
    low: null,
    high,
    expected: null,
    before: high / 5,
  };
}

function revenue({ direction, min_change }: RuleOf<'revenue_anomaly'>): Measured {
  const expected = 1_000;
  const half = expected * Math.min(0.9, Math.max(0.2, min_change));
  const [low, high] = [expected - half, expected + half];
  return {
    unit: 'money',
    value: direction === 'rise' ? 1.5 * high : 0.5 * low,
    low: direction === 'rise' ? null : low,
    high: direction === 'drop' ? null : high,
    expected,
    before: expected,
  };
}
