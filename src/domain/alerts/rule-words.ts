import { formatDuration } from '../duration.js';
import type { Route } from '../notify/routes.js';
import { orList } from '../traffic/notation.js';
import { formatValue } from './message.js';
import type { AlertRule, Rate, RuleOf } from './rule.js';

/** What a rule watches for, in few words: `dead letters above 5% of the input, for 2m`. */
export function watches(rule: AlertRule): string {
  // Of zero_traffic the time is what is watched for.
  const lasting = rule.for > 0 && rule.kind !== 'zero_traffic' ? `, for ${formatDuration(rule.for)}` : '';
  return `${condition(rule)}${lasting}`;
}

function condition(rule: AlertRule): string {
  switch (rule.kind) {
    case 'dlq_rate':
      return deadLetters(rule);
    case 'error_share':
      return `more than ${formatValue(rule.above, 'share')} of ${orList(rule.event_type ?? ['an event type'])} refused`;
    case 'revenue_anomaly': {
      const side = { drop: 'below', rise: 'above', both: 'out of' }[rule.direction];
      return `revenue a minute ${side} the band of the last ${rule.windows} windows`;
    }
    case 'zero_traffic': {
      const what = rule.event_type === undefined ? 'record' : orList(rule.event_type);
      return `no ${what} for ${formatDuration(rule.for)}`;
    }
    case 'consumer_lag':
      return `${rule.group === undefined ? 'a consumer group' : `group ${rule.group}`} more than ${formatDuration(rule.above)} behind`;
    case 'watermark_lag':
      return `watermark more than ${formatDuration(rule.above)} behind`;
    case 'checkpoint_failures':
      return `more than ${rule.above} failed checkpoints within ${formatDuration(rule.within)}`;
    case 'job_restarts':
      return `more than ${rule.above} restarts of the job within ${formatDuration(rule.within)}`;
  }
}

function deadLetters({ reason, above, by_reason }: RuleOf<'dlq_rate'>): string {
  const of = reason === undefined ? '' : ` of ${orList(reason)}`;
  return `dead letters${of} above ${rateText(above)}${by_reason ? ', each reason by itself' : ''}`;
}

function rateText(rate: Rate): string {
  return 'share' in rate
    ? `${formatValue(rate.share, 'share')} of the input`
    : formatValue(rate.perMinute, 'per_minute');
}

/** `critical, team=payments, no resolved → slack, webhook`. */
export function routeText({ minSeverity, labels, resolved, channels }: Route): string {
  const least =
    minSeverity === undefined ? [] : [minSeverity === 'critical' ? minSeverity : `${minSeverity} and worse`];
  const named = Object.entries(labels ?? {}).map(([name, value]) => `${name}=${value}`);
  const conditions = [...least, ...named];
  return [
    conditions.length === 0 ? 'every alert' : conditions.join(', '),
    ...(resolved === false ? [', not when it is over'] : []),
    ` → ${channels.join(', ')}`,
  ].join('');
}
