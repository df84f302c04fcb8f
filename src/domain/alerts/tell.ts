import type { Notification } from '../notify/notification.js';
import { dedupeKeyOf, groupKeyOf, type AlertEvent } from './events.js';
import type { AlertRecord, Evidence } from './record.js';

/** In one message that tells of several alerts, so many are named. */
const NAMED = 10;

/**
 * What people are told of what happened in one step: alerts of one rule, severity and end together. Silenced ones and
 * those that are only pending are not among it.
 * @param link where to look
 */
export function notificationsOf(events: readonly AlertEvent[], link: string | undefined): Notification[] {
  const groups = new Map<string, AlertEvent[]>();
  for (const event of events) {
    if (event.silenced || event.id === null) continue;
    if (event.kind === 'pending' || event.kind === 'cleared') continue;
    const key = groupKeyOf(event);
    groups.set(key, [...(groups.get(key) ?? []), event]);
  }
  return [...groups.values()].map((group) => withLink(ofGroup(group), link));
}

/** Of an alert that somebody else wrote to the topic. */
export function notificationOf(record: AlertRecord, link: string | undefined): Notification {
  const { alert_id, rule, severity, status, summary, labels, value, evidence } = record;
  const base = { id: idOf(alert_id), rule, severity, status, summary, labels, firedAt: record.fired_at };
  const isOver = status === 'resolved' && typeof record.resolved_at === 'number';
  return withLink(
    {
      ...base,
      ...(isOver ? { resolvedAt: record.resolved_at ?? record.fired_at } : {}),
      ...(evidence ? shownEvidence(evidence) : value === null ? {} : { value }),
    },
    link,
  );
}

function ofGroup(group: readonly AlertEvent[]): Notification {
  const sorted = group.toSorted((a, b) => (dedupeKeyOf(a) < dedupeKeyOf(b) ? -1 : 1));
  const [first] = sorted;
  if (first === undefined) throw new RangeError('a group of no alerts');
  if (sorted.length === 1) return ofEvent(first);
  const named = sorted.slice(0, NAMED).map(({ summary }) => `• ${summary}`);
  const more = sorted.length - named.length;
  const lines = [
    `${String(sorted.length)} alerts:`,
    ...named,
    ...(more > 0 ? [`and ${String(more)} more`] : []),
  ];
  return {
    ...headOf(first),
    id: idOf(`${first.id ?? ''}+${String(sorted.length - 1)}`),
    firedAt: Math.min(...sorted.map(({ firedAt, at }) => firedAt ?? at)),
    summary: lines.join('\n'),
    labels: commonLabels(sorted),
  };
}

function ofEvent(event: AlertEvent): Notification {
  return { ...headOf(event), ...shownEvidence(event.evidence) };
}

function headOf(event: AlertEvent): Notification {
  const { id, rule, severity, kind, at, firedAt, summary, labels, flapping } = event;
  const isOver = kind === 'resolved';
  return {
    id: idOf(id ?? ''),
    rule,
    severity,
    status: isOver ? 'resolved' : 'firing',
    summary: flapping && !isOver ? `${summary} (it comes and goes)` : summary,
    firedAt: firedAt ?? at,
    ...(isOver ? { resolvedAt: at } : {}),
    labels: { ...labels },
  };
}

export function shownEvidence({ unit, value, low, high, points }: Evidence): Partial<Notification> {
  const spark = points.map(([, point]) => point).filter((point) => point !== null);
  return {
    unit,
    ...(value === null ? {} : { value }),
    ...(low === null && high === null ? {} : { band: { low, high } }),
    ...(spark.length === 0 ? {} : { spark }),
  };
}

function commonLabels(events: readonly AlertEvent[]): Record<string, string> {
  const [first, ...others] = events.map(({ labels }) => labels);
  return Object.fromEntries(
    Object.entries(first ?? {}).filter(([name, value]) => others.every((labels) => labels[name] === value)),
  );
}

/** Ids of alerts that somebody else wrote may be of any length. */
function idOf(id: string): string {
  return id.length <= 200 ? id : `${id.slice(0, 150)}~${id.slice(-49)}`;
}

function withLink(notification: Notification, link: string | undefined): Notification {
  return link === undefined ? notification : { ...notification, link };
}
