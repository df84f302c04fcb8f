import { bandText, formatValue } from '../alerts/message.js';
import type { Severity } from '../alerts/record.js';
import { formatDuration } from '../duration.js';
import { sparkLine } from '../dlq/stats-view.js';
import { dateAndTime, timeOfDay } from '../instant.js';
import type { Queued } from './backlog.js';
import type { Digest } from './digest.js';
import type { Notification } from './notification.js';

/** What a person is told, before a channel puts it into its own form. All texts are as they came: not yet safe to show. */
export interface Message {
  tone: Severity | 'resolved';
  title: string;
  text: string;
  facts: readonly { name: string; value: string }[];
  /** An http or https address. */
  link?: string;
  /** Epoch milliseconds. */
  at: number;
  id: string;
}

export function messageOf(queued: Queued): Message {
  return queued.digest === undefined
    ? notificationMessage(queued.notification)
    : digestMessage(queued.digest);
}

function notificationMessage(notification: Notification): Message {
  const { id, severity, status, rule, summary, firedAt, resolvedAt, labels } = notification;
  const isOver = status === 'resolved';
  const link = webLink(notification.link);
  return {
    tone: isOver ? 'resolved' : severity,
    title: `${isOver ? 'RESOLVED' : severity.toUpperCase()} ${rule}`,
    text: summary,
    facts: [
      ...evidence(notification),
      { name: 'since', value: `${wholeSeconds(firedAt)} UTC` },
      ...(resolvedAt === undefined
        ? []
        : [
            {
              name: 'until',
              value: `${timeOfDay(resolvedAt, firedAt)} (${formatDuration(Math.max(0, resolvedAt - firedAt))})`,
            },
          ]),
      ...Object.entries(labels).map(([name, value]) => ({ name, value })),
    ],
    ...(link === undefined ? {} : { link }),
    at: isOver ? (resolvedAt ?? firedAt) : firedAt,
    id,
  };
}

function evidence({ value, unit = 'count', band, spark }: Notification): Message['facts'] {
  return [
    ...(value === undefined ? [] : [{ name: 'value', value: formatValue(value, unit) }]),
    ...(band === undefined ? [] : [{ name: 'expected', value: bandText({ ...band, unit }) }]),
    ...(spark === undefined || spark.length === 0 ? [] : [{ name: 'last minutes', value: sparkOf(spark) }]),
  ];
}

/** Shares have their highest value below 1: the tallest bar is that, not 1. */
export function sparkOf(values: readonly number[]): string {
  const highest = Math.max(...values);
  return sparkLine(values.map((value) => (highest > 0 ? (1_000 * Math.max(0, value)) / highest : 0)));
}

function digestMessage(digest: Digest): Message {
  const { id, notifications, firing, resolved, bySeverity, byRule, firstAt, lastAt } = digest;
  const worst = bySeverity.critical > 0 ? 'critical' : bySeverity.warning > 0 ? 'warning' : 'info';
  const rules = Object.entries(byRule).sort(([, a], [, b]) => b - a);
  return {
    tone: worst,
    title: `${notifications} alerts could not be shown one by one`,
    text: `They came faster than this channel took them: ${firing} firing, ${resolved} resolved.`,
    facts: [
      { name: 'since', value: `${wholeSeconds(firstAt)} UTC` },
      { name: 'until', value: timeOfDay(lastAt, firstAt) },
      {
        name: 'critical, warning, info',
        value: [bySeverity.critical, bySeverity.warning, bySeverity.info].join(', '),
      },
      ...rules.map(([rule, count]) => ({ name: rule, value: String(count) })),
    ],
    at: lastAt,
    id: `digest of ${id}`,
  };
}

function wholeSeconds(at: number): string {
  return dateAndTime(at).replace(/\.\d+$/, '');
}

/** Only what a browser opens as a page: labels and templates may have put anything there. */
function webLink(link: string | undefined): string | undefined {
  if (link === undefined || !URL.canParse(link)) return undefined;
  const url = new URL(link);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : undefined;
}
